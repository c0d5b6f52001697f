"""Lens and sensor: fisheye, blur, few pixels, noise, something in the way."""

import cv2
import numpy as np

from training.augment.step import pixels
from training.pictures import Picture


def fisheye(picture: Picture, rng: np.random.Generator) -> Picture:
    """Barrel distortion around a point near the middle, as of a wide lens."""
    h, w = picture.shape[:2]
    strength, (cx, cy) = rng.uniform(0.1, 0.6), rng.normal(0, 0.2, 2)
    x = np.linspace(-1, 1, w, dtype=np.float32)[None] - np.float32(cx)
    y = np.linspace(-1, 1, h, dtype=np.float32)[:, None] - np.float32(cy)
    grow = (1 + strength * (x * x + y * y)) / (1 + strength * 1.2)
    across = ((x * grow + cx + 1) / 2 * (w - 1)).astype(np.float32)
    down = ((y * grow + cy + 1) / 2 * (h - 1)).astype(np.float32)
    return cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def blur(picture: Picture, rng: np.random.Generator) -> Picture:
    """Out of focus, or moved while exposed."""
    if rng.random() < 0.5:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 2.0))
    line = np.zeros((13, 13), np.float32)
    angle, half = rng.uniform(0, np.pi), rng.uniform(1, 6)
    dx, dy = half * np.cos(angle), half * np.sin(angle)
    cv2.line(line, (round(6 - dx), round(6 - dy)), (round(6 + dx), round(6 + dy)), 1.0)
    return cv2.filter2D(picture, -1, line / line.sum())


def coarse(picture: Picture, rng: np.random.Generator) -> Picture:
    """Few pixels, enlarged: a bed far away or a sub-stream."""
    h, w = picture.shape[:2]
    small = cv2.resize(picture, tuple(rng.integers(40, 128, 2).tolist()), interpolation=cv2.INTER_AREA)
    how = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)[rng.choice(3, p=(0.5, 0.4, 0.1))]
    return cv2.resize(small, (w, h), interpolation=how)


def noise(picture: Picture, rng: np.random.Generator) -> Picture:
    """A sensor's grain, fine or as large as a denoiser leaves it, alike in all channels or not."""
    h, w = picture.shape[:2]
    part, channels = (1, 2)[rng.integers(2)], (1, 3)[rng.integers(2)]
    grain = rng.standard_normal((h // part, w // part, channels), np.float32) * rng.uniform(2, 14)
    return pixels(picture + cv2.resize(grain, (w, h)).reshape(h, w, channels))


def patch(picture: Picture, rng: np.random.Generator) -> Picture:
    """A rectangle of one colour over part of the picture."""
    h, w = picture.shape[:2]
    across, down = rng.integers(w // 10, w // 3), rng.integers(h // 10, h // 3)
    x, y = rng.integers(0, w - across), rng.integers(0, h - down)
    picture = picture.copy()
    picture[y : y + down, x : x + across] = rng.integers(0, 255, 3)
    return picture
