"""One random view of a render: cut, tilted, bent; another style, light, weather and camera."""

from dataclasses import dataclass

import cv2
import numpy as np

from agent.vision.preprocess import bed_box, shrink
from training.augment import coding, light, optics, style, weather
from training.augment.step import Step, some
from training.pictures import Picture, Rim

_BENT, _NO_RIM, _TIGHT = 0.15, 0.08, 0.12  # chances: fisheye, whole frame, crop inside the rim
_STYLED = 0.5

_LIGHT: tuple[tuple[Step, float], ...] = (
    (light.colour, 0.7),
    (light.tone, 0.7),
    (light.shadow, 0.25),
    (light.night, 0.12),
    (light.headlight, 0.1),
    (light.infrared, 0.15),
)
_WEATHER: tuple[tuple[Step, float], ...] = (
    (weather.fog, 0.15),
    (weather.flakes, 0.06),
    (weather.streaks, 0.06),
    (weather.drops, 0.12),
    (weather.dust, 0.12),
)
_CAMERA: tuple[tuple[Step, float], ...] = (
    (optics.blur, 0.35),
    (optics.coarse, 0.35),
    (optics.noise, 0.35),
    (coding.jpeg, 0.35),
    (coding.blocks, 0.1),
    (coding.mpeg, 0.06),
    (optics.patch, 0.1),
)


@dataclass(frozen=True)
class Views:
    """How views are made: `size` px square; `styled` lends some of them the style of another render.

    `share`, 0..1, multiplies the chance of a style and of every step of light, weather and camera.
    """

    size: int = 160
    styled: bool = True
    share: float = 1.0

    def make(self, crop: Picture, rim: Rim, other: Picture, rng: np.random.Generator) -> Picture:
        """A view of `crop` (BGR uint8, any size from 16 px) as (size, size, 3) uint8.

        `rim` is the bed's opening in it; `other` is a crop of any other render. The same state of `rng`
        gives the same view.
        """
        picture = self._cut(crop, rim, rng)
        if self.styled and rng.random() < self.share * _STYLED:
            picture = style.restyle(picture, other, rng)
        for steps in (_LIGHT, _WEATHER, _CAMERA):
            picture = some(picture, steps, self.share, rng)
        return np.ascontiguousarray(_turn(picture, rng))

    def _cut(self, crop: Picture, rim: Rim, rng: np.random.Generator) -> Picture:
        picture = shrink(_near(_tilt(crop, rng), rim, rng), self.size)
        return optics.fisheye(picture, rng) if rng.random() < _BENT else picture


def _tilt(picture: Picture, rng: np.random.Generator) -> Picture:
    h, w = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), rng.normal(0, 5), 1.0)
    turn[0, 1] += rng.normal(0, 0.06)
    return cv2.warpAffine(picture, turn, (w, h), borderMode=cv2.BORDER_REFLECT_101)


def _near(picture: Picture, rim: Rim, rng: np.random.Generator) -> Picture:
    h, w = picture.shape[:2]
    kind = rng.random()
    margin = rng.uniform(-0.02, 0.2) if kind > _TIGHT else rng.uniform(-0.16, -0.04)
    x0, y0, x1, y1 = bed_box(w, h, rim if kind < 1 - _NO_RIM else (), margin)
    bw, bh = x1 - x0, y1 - y0
    x0, x1 = (int(v + rng.normal(0, 0.035) * bw) for v in (x0, x1))
    y0, y1 = (int(v + rng.normal(0, 0.035) * bh) for v in (y0, y1))
    x0, y0 = min(max(x0, 0), w - 16), min(max(y0, 0), h - 16)
    return picture[y0 : max(y1, y0 + 16), x0 : max(x1, x0 + 16)]


def _turn(picture: Picture, rng: np.random.Generator) -> Picture:
    if rng.random() < 0.15:
        picture = picture.transpose(1, 0, 2)  # a bed seen from above may lie any way
    return picture[:, ::-1] if rng.random() < 0.5 else picture
