"""From light to a picture: exposure, glare, grey, fisheye. Arrays are (height, width, 3) float32 RGB."""

import math

import numpy as np
import numpy.typing as npt

from training.scenes.lens import Camera
from training.scenes.scene import Light

LIMIT = 1.0  # the brightest tenths of what matters are at most this bright: white keeps some pattern

Picture = npt.NDArray[np.float32]


def develop(light: Picture, shine: Light, camera: Camera) -> npt.NDArray[np.uint8]:
    """The picture a camera would make of linear light: 8 bit sRGB."""
    seen = bend(light, camera) if camera.fisheye else light
    if shine.kind == "infrared":
        weights = np.array([0.2 + 0.6 * shine.warmth, 0.5, 0.8 - 0.6 * shine.warmth], np.float32)
        seen = np.repeat((seen @ (weights / weights.sum()))[..., None], 3, 2)
    seen = expose(seen, shine.key)
    if shine.kind in ("headlights", "dusk", "flood"):
        seen = glare(seen, 0.12 if shine.kind == "headlights" else 0.05)
    return (_curve(seen, shine.contrast) * 255 + 0.5).clip(0, 255).astype(np.uint8)


def expose(light: Picture, key: float) -> Picture:
    """Brightness such that the middle of the picture is `key` on average, as a camera's automatic would."""
    h, w = light.shape[:2]
    middle = light[h // 8 : h - h // 8, w // 8 : w - w // 8].mean(2)
    mean = 0.5 * float(np.exp(np.log(middle + 1e-5).mean())) + 0.5 * float(np.median(middle))
    bright = float(np.quantile(middle, 0.96))
    scaled: Picture = light * np.float32(min(key / max(mean, 1e-6), LIMIT / max(bright, 1e-6), 1e4))
    return scaled


def glare(light: Picture, share: float) -> Picture:
    """Light that bright spots spill over the picture."""
    bright = np.minimum(np.maximum(light - 1, 0), 12)
    spilt = sum((_blur(bright, r) for r in (2, 8, 24)), np.zeros_like(bright))
    made: Picture = light + np.float32(share) * spilt
    return made


def bend(light: Picture, camera: Camera) -> Picture:
    """A fisheye's picture out of the flat one that `camera.flat_fov` wide was rendered."""
    h, w = light.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    x, y = (x + 0.5) / w * 2 - 1, ((y + 0.5) / h * 2 - 1) * (h / w)
    reach = np.hypot(x, y) + 1e-9
    angle = reach * math.radians(camera.fov / 2)
    flat = np.tan(np.minimum(angle, 1.5)) / math.tan(math.radians(camera.flat_fov / 2)) / reach
    return _sample(light, (x * flat + 1) / 2 * w - 0.5, (y * flat * (w / h) + 1) / 2 * h - 0.5)


def _sample(light: Picture, x: Picture, y: Picture) -> Picture:
    h, w = light.shape[:2]
    x, y = x.clip(0, w - 1.001), y.clip(0, h - 1.001)
    i, j = x.astype(int), y.astype(int)
    a, b = (x - i)[..., None], (y - j)[..., None]
    upper = light[j, i] * (1 - a) + light[j, i + 1] * a
    lower = light[j + 1, i] * (1 - a) + light[j + 1, i + 1] * a
    made: Picture = (upper * (1 - b) + lower * b).astype(np.float32)
    return made


def _blur(light: Picture, radius: int) -> Picture:
    """Three box blurs each way, nearly a Gaussian."""
    made = light
    for axis in (0, 1):
        for _ in range(3):
            room = [(radius + 1, radius) if k == axis else (0, 0) for k in range(3)]
            total = np.cumsum(np.pad(made, room, mode="edge"), axis=axis)
            n = 2 * radius + 1
            ends = (
                np.take(total, range(n, total.shape[axis]), axis),
                np.take(total, range(total.shape[axis] - n), axis),
            )
            made = ((ends[0] - ends[1]) / n).astype(np.float32)
    return made


def _curve(light: Picture, contrast: float) -> Picture:
    """sRGB with a shoulder at the bright end and more or less contrast around the middle."""
    soft = light * (1 + light / 6.0) / (1 + light * 0.6)
    coded = np.where(
        soft <= 0.0031308, 12.92 * soft, 1.055 * np.maximum(soft, 1e-6) ** (1 / 2.4) - 0.055
    ).clip(0, 1)
    made: Picture = (0.5 + (coded - 0.5) * contrast).clip(0, 1).astype(np.float32)
    return made
