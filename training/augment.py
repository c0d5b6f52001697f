"""From a render to what a cheap camera on a shaking truck might have made of it; all steps on BGR uint8."""

from collections.abc import Callable

import cv2
import numpy as np

from agent.vision.preprocess import Roi, bed_box, shrink

Picture = np.ndarray
Step = Callable[[Picture, np.random.Generator], Picture]


def view(picture: Picture, rim: Roi, rng: np.random.Generator, size: int) -> Picture:
    """A random crop around the bed, tilted, degraded; `size` x `size` px BGR."""
    picture = _tilt(picture, rng)
    picture = shrink(_crop(picture, rim, rng), size)
    for step, chance in _STEPS:
        if rng.random() < chance:
            picture = step(picture, rng)
    if rng.random() < 0.15:
        picture = picture.transpose(1, 0, 2)  # a bed seen from above may lie any way
    return picture[:, ::-1] if rng.random() < 0.5 else picture


def _tilt(picture: Picture, rng: np.random.Generator) -> Picture:
    h, w = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), rng.normal(0, 5), 1.0)
    turn[0, 1] += rng.normal(0, 0.06)
    return cv2.warpAffine(picture, turn, (w, h), borderMode=cv2.BORDER_REFLECT_101)


def _crop(picture: Picture, rim: Roi, rng: np.random.Generator) -> Picture:
    h, w = picture.shape[:2]
    if rng.random() < 0.1:
        rim = ()
    x0, y0, x1, y1 = bed_box(w, h, rim, rng.uniform(-0.03, 0.2))
    bw, bh = x1 - x0, y1 - y0
    x0, x1 = (int(v + rng.normal(0, 0.035) * bw) for v in (x0, x1))
    y0, y1 = (int(v + rng.normal(0, 0.035) * bh) for v in (y0, y1))
    x0, y0 = min(max(x0, 0), w - 16), min(max(y0, 0), h - 16)
    return picture[y0 : max(y1, y0 + 16), x0 : max(x1, x0 + 16)]


def _colour(picture: Picture, rng: np.random.Generator) -> Picture:
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + rng.normal(0, 8)) % 180
    hsv[..., 1] *= rng.uniform(0.3, 1.4)
    hsv[..., 1:] = hsv[..., 1:].clip(0, 255)
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)


def _tone(picture: Picture, rng: np.random.Generator) -> Picture:
    x = (picture / 255.0) ** rng.uniform(0.6, 1.6)
    x = (x - x.mean()) * rng.uniform(0.5, 1.4) + x.mean() + rng.normal(0, 0.08)
    return _pixels(x * rng.normal(1, 0.05, 3) * 255)


def _grey(picture: Picture, rng: np.random.Generator) -> Picture:  # noqa: ARG001 - a step like the others
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def _shadow(picture: Picture, rng: np.random.Generator) -> Picture:
    h, w = picture.shape[:2]
    corners = (rng.uniform(-0.3, 1.3, (4, 2)) * (w, h)).astype(np.int32)
    mask = cv2.fillConvexPoly(np.zeros((h, w), np.float32), cv2.convexHull(corners), 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(1, 8))[..., None]
    return _pixels(picture * (1 + mask * (rng.choice((0.5, 0.65, 1.5)) - 1)))


def _haze(picture: Picture, rng: np.random.Generator) -> Picture:
    share = rng.uniform(0.1, 0.45)
    return _pixels(picture * (1 - share) + rng.uniform(90, 230) * share)


def _blur(picture: Picture, rng: np.random.Generator) -> Picture:
    if rng.random() < 0.5:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.8))
    line = np.zeros((9, 9), np.float32)
    angle, half = rng.uniform(0, np.pi), rng.uniform(1, 4)
    dx, dy = half * np.cos(angle), half * np.sin(angle)
    cv2.line(line, (round(4 - dx), round(4 - dy)), (round(4 + dx), round(4 + dy)), 1.0)
    return cv2.filter2D(picture, -1, line / line.sum())


def _coarse(picture: Picture, rng: np.random.Generator) -> Picture:
    size = picture.shape[0]
    small = cv2.resize(picture, (int(rng.integers(48, 128)),) * 2, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR)


def _noise(picture: Picture, rng: np.random.Generator) -> Picture:
    return _pixels(picture + rng.normal(0, rng.uniform(2, 14), picture.shape))


def _jpeg(picture: Picture, rng: np.random.Generator) -> Picture:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 90))])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def _patch(picture: Picture, rng: np.random.Generator) -> Picture:
    size = picture.shape[0]
    w, h = rng.integers(size // 10, size // 3, 2)
    x, y = rng.integers(0, size - w), rng.integers(0, size - h)
    picture = picture.copy()
    picture[y : y + h, x : x + w] = rng.integers(0, 255, 3)
    return picture


def _pixels(values: np.ndarray) -> Picture:
    return values.clip(0, 255).astype(np.uint8)


_STEPS: tuple[tuple[Step, float], ...] = (
    (_colour, 0.8),
    (_tone, 0.8),
    (_grey, 0.15),
    (_shadow, 0.25),
    (_haze, 0.15),
    (_blur, 0.35),
    (_coarse, 0.3),
    (_noise, 0.4),
    (_jpeg, 0.5),
    (_patch, 0.15),
)
