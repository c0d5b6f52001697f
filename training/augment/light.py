"""Light: colour, tone, shadows, night under a lamp, headlight glare, infrared."""

import cv2
import numpy as np

from training.augment.step import blend, pixels
from training.pictures import Picture


def colour(picture: Picture, rng: np.random.Generator) -> Picture:
    """Another hue and saturation."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
    hue = (np.arange(256) + round(rng.normal(0, 8))) % 180
    saturation = pixels(np.arange(256) * rng.uniform(0.3, 1.4))
    table = np.stack([hue.astype(np.uint8), saturation, np.arange(256, dtype=np.uint8)], 1)[None]
    return cv2.cvtColor(cv2.LUT(hsv, table), cv2.COLOR_HSV2BGR)


def tone(picture: Picture, rng: np.random.Generator) -> Picture:
    """Another exposure, contrast, gamma and white balance, by one table per channel."""
    x = (np.arange(256) / 255.0) ** rng.uniform(0.6, 1.6)
    middle = float(picture.mean()) / 255
    x = (x - middle) * rng.uniform(0.5, 1.4) + middle + rng.normal(0, 0.08)
    return cv2.LUT(picture, pixels(x[:, None] * rng.normal(1, 0.05, 3) * 255)[None])


def shadow(picture: Picture, rng: np.random.Generator) -> Picture:
    """A soft-edged shadow, or sun between shadows."""
    h, w = picture.shape[:2]
    corners = (rng.uniform(-0.3, 1.3, (4, 2)) * (w, h)).astype(np.int32)
    mask = cv2.fillConvexPoly(np.zeros((h, w), np.float32), cv2.convexHull(corners), 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(1, 8))[..., None]
    return pixels(picture * (1 + mask * (rng.choice((0.45, 0.65, 1.5)) - 1)))


def night(picture: Picture, rng: np.random.Generator) -> Picture:
    """A dark scene under one lamp of its own colour, with the noise of a high gain."""
    h, w = picture.shape[:2]
    lamp = np.array([rng.uniform(0.35, 1.1), rng.uniform(0.7, 1), 1.0])
    fall = rng.uniform(0.1, 0.5) + _glow((h, w), rng.uniform(0, 1, 2), rng.uniform(0.4, 0.9))
    made = picture * fall[..., None] * lamp
    made *= rng.uniform(16, 60) / max(made.mean(), 1)
    grain = cv2.resize(rng.normal(0, 1, (h // 2, w // 2, 3)).astype(np.float32), (w, h))
    return pixels(made + grain * rng.uniform(2, 12) + rng.uniform(0, 10))


def headlight(picture: Picture, rng: np.random.Generator) -> Picture:
    """One or two lamps shining into the lens: a white core, a halo, and a veil over everything."""
    made, shape = picture.astype(np.float32), picture.shape[:2]
    for _ in range(rng.integers(1, 3)):
        place = rng.uniform(-0.1, 1.1, 2)
        halo = _glow(shape, place, rng.uniform(0.1, 0.4)) * rng.uniform(60, 200)
        core = _glow(shape, place, rng.uniform(0.02, 0.08)) * 255
        made += (halo + core)[..., None] * rng.uniform(0.8, 1, 3)
    return pixels(made * rng.uniform(0.7, 1) + rng.uniform(0, 35))


def infrared(picture: Picture, rng: np.random.Generator) -> Picture:
    """Grey as an infrared camera sees: colours weigh anew, its own lamp leaves the corners dark."""
    weights = rng.dirichlet((1.5, 2.0, 2.5))
    grey = picture @ weights.astype(np.float32)
    if rng.random() < 0.6:
        grey = grey * (0.35 + _glow(picture.shape[:2], rng.normal(0.5, 0.15, 2), rng.uniform(0.35, 0.8)))
        grey = 255 * (grey.clip(0, 255) / 255) ** rng.uniform(0.6, 1.3)
    return cv2.cvtColor(pixels(grey), cv2.COLOR_GRAY2BGR)


def _glow(shape: tuple[int, int], place: np.ndarray, width: float) -> np.ndarray:
    h, w = shape
    x = np.exp(-(((np.arange(w, dtype=np.float32) / w - place[0]) / width) ** 2))
    y = np.exp(-(((np.arange(h, dtype=np.float32) / h - place[1]) / width) ** 2))
    return np.outer(y, x).astype(np.float32)


def veil(picture: Picture, grey: float, share: np.ndarray) -> Picture:
    """Scattered light of one grey level over the share of each pixel."""
    return blend(picture, np.full(3, grey), share)
