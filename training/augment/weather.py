"""Weather and dirt: fog, snow, rain in the air, drops and dust on the lens."""

import cv2
import numpy as np

from training.augment.light import veil
from training.augment.step import blend, cloud, pixels, spots
from training.pictures import Picture


def fog(picture: Picture, rng: np.random.Generator) -> Picture:
    """Haze to dense fog, thicker towards the far (upper) end, a little uneven."""
    shape = picture.shape[:2]
    far = np.linspace(1, rng.uniform(0.2, 1), shape[0], dtype=np.float32)[:, None]
    share = (rng.uniform(0.15, 0.7) * far * (0.7 + 0.3 * cloud(shape, 3, rng))).astype(np.float32)
    return veil(picture, rng.uniform(100, 235), share)


def flakes(picture: Picture, rng: np.random.Generator) -> Picture:
    """Falling snow: bright soft spots, drawn long by the wind."""
    shape = picture.shape[:2]
    mask = spots(shape, int(rng.integers(20, 150)), rng.uniform(0.01, 0.035), rng)
    mask = _drawn(mask, rng.uniform(0.5, 4), rng.uniform(0.2, 2.9))
    return veil(picture, rng.uniform(190, 255), (mask * rng.uniform(0.5, 1)).clip(0, 1))


def streaks(picture: Picture, rng: np.random.Generator) -> Picture:
    """Falling rain: thin bright lines all one way, contrast lost behind them."""
    h, w = picture.shape[:2]
    mask, lean = np.zeros((h, w), np.float32), rng.uniform(-0.4, 0.4)
    for x, y, length in rng.random((int(rng.integers(40, 160)), 3)):
        far = (0.03 + 0.09 * length) * h
        start = (int(x * w), int(y * h))
        cv2.line(mask, start, (int(x * w + lean * far), int(y * h + far)), 1.0, 1, cv2.LINE_AA)
    made = veil(picture, 150, np.full((h, w), rng.uniform(0, 0.25), np.float32))
    return veil(made, rng.uniform(150, 230), cv2.GaussianBlur(mask, (3, 3), 0) * rng.uniform(0.3, 0.7))


def drops(picture: Picture, rng: np.random.Generator) -> Picture:
    """Drops on the lens: each shows the scene upside down and blurred, with a light lower rim."""
    shape = picture.shape[:2]
    mask = spots(shape, int(rng.integers(3, 28)), rng.uniform(0.04, 0.13), rng)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.8, 2.5))
    inside = cv2.blur(picture[::-1], (9, 9)) * rng.uniform(0.6, 1.15)
    edge = cv2.Sobel(mask, cv2.CV_32F, 0, 1, ksize=3)
    made = blend(picture, pixels(inside), mask * rng.uniform(0.6, 0.95))
    return pixels(made + edge[..., None] * rng.uniform(-40, -10))


def dust(picture: Picture, rng: np.random.Generator) -> Picture:
    """Dried dust as an uneven brown veil, sometimes with specks of mud that hide what is behind."""
    shape = picture.shape[:2]
    brown = np.array([rng.uniform(70, 150), rng.uniform(95, 165), rng.uniform(110, 180)])
    thick = cloud(shape, int(rng.integers(2, 9)), rng) * rng.uniform(0.2, 0.7)
    made = blend(picture, brown, thick)
    if rng.random() < 0.5:
        mud = spots(shape, int(rng.integers(2, 25)), rng.uniform(0.02, 0.09), rng)
        mud = cv2.GaussianBlur(mud, (0, 0), rng.uniform(0.6, 3))
        made = blend(made, brown * rng.uniform(0.25, 0.7), mud * rng.uniform(0.6, 1))
    return made


def _drawn(mask: np.ndarray, length: float, angle: float) -> np.ndarray:
    line = np.zeros((9, 9), np.float32)
    dx, dy = length * np.cos(angle), length * np.sin(angle)
    cv2.line(line, (round(4 - dx), round(4 - dy)), (round(4 + dx), round(4 + dy)), 1.0)
    return cv2.filter2D(mask, -1, line / max(line.sum() / 2, 1))
