"""What augmentation steps have in common: BGR uint8 in, BGR uint8 of the same size out, chance from `rng`."""

from collections.abc import Callable

import cv2
import numpy as np

from training.pictures import Picture

Step = Callable[[Picture, np.random.Generator], Picture]


def some(
    picture: Picture, steps: tuple[tuple[Step, float], ...], share: float, rng: np.random.Generator
) -> Picture:
    """`picture` after those steps, in order, whose chance, times `share`, came up."""
    for step, chance in steps:
        if rng.random() < share * chance:
            picture = step(picture, rng)
    return picture


def pixels(values: np.ndarray) -> Picture:
    """Grey levels of any type as uint8, cut at 0 and 255."""
    return np.clip(values, 0, 255).astype(np.uint8)


def blend(picture: Picture, over: Picture | np.ndarray, share: np.ndarray) -> Picture:
    """`over` laid on `picture` where `share` (h, w) float32 is 1; `over` may be one colour."""
    part = share[..., None]
    return pixels(picture * (1 - part) + np.asarray(over, np.float32) * part)


def cloud(shape: tuple[int, int], coarse: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise 0..1, (h, w) float32, with about `coarse` bumps a side."""
    grid = rng.random((coarse + 1, coarse + 1), np.float32)
    return cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def spots(shape: tuple[int, int], count: int, largest: float, rng: np.random.Generator) -> np.ndarray:
    """A mask (h, w) float32 with `count` filled ellipses, half axes up to `largest` of the height."""
    mask = np.zeros(shape, np.float32)
    h, w = shape
    for x, y, a, b, angle in rng.random((count, 5)):
        axes = (1 + int(a * a * largest * h), 1 + int((0.5 + b / 2) * a * a * largest * h))
        cv2.ellipse(mask, (int(x * w), int(y * h)), axes, angle * 180, 0, 360, 1.0, -1, cv2.LINE_AA)
    return mask
