"""What passes over the bed: shade of trees and bridges, street lamps, headlights, dusk, and the exposure.

Each is a gain and an offset per pixel at a quarter of the picture's size, so that many cost little.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.jpeg import Image
from drivers.sim.film.chance import draw, wave
from drivers.sim.film.opening import Map, Opening
from drivers.sim.film.script import Scene

QUARTER = 0.25
_UNIT = 100.0  # a gain of 1 as uint8
_TILE, _PX_PER_M = 512, 6.0
_LAMPS_M, _BRIDGES_M, _BRIDGE_M = 32.0, 260.0, 14.0
_CAR_S = 9.0
_DARK = ("night", "flood", "infrared")


class Field:
    """gain and offset (grey levels, BGR) of a quarter-size picture; `onto` applies them."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.gain: Any = np.ones(shape, np.float32)
        self.offset: Any = np.zeros((*shape, 3), np.float32)

    def add(self, colour: tuple[float, float, float], share: NDArray[np.float32] | float = 1.0) -> None:
        """Lay light of a colour (BGR grey levels) over the picture."""
        self.offset += np.multiply.outer(share, np.asarray(colour, np.float32))

    def onto(self, image: Image) -> Image:
        """The picture in this light."""
        size = (image.shape[1], image.shape[0])
        gain = np.clip(self.gain * _UNIT, 0, 255).astype(np.uint8)
        gain = cv2.cvtColor(np.asarray(cv2.resize(gain, size)), cv2.COLOR_GRAY2BGR)
        lit: Any = cv2.multiply(image, gain, scale=1 / _UNIT)
        if self.offset.any():
            offset = np.clip(self.offset, 0, 255).astype(np.uint8)
            lit = cv2.add(lit, cv2.resize(offset, size))
        return np.asarray(lit, np.uint8)


class Light:
    """The moving light of one film over one opening."""

    def __init__(self, opening: Opening, seed: int) -> None:
        self._seed = seed
        self._along, self._across = opening.plane(QUARTER)
        self.shape = self._along.shape
        self._tile = tile(seed)
        self.distance = np.abs(self._along)
        self._far = np.clip(np.abs(self._along) / 60.0, 0, 1)

    def field(self, scene: Scene, t_s: float, sway: float) -> Field:
        """The light of a moment."""
        field = Field(self.shape)
        field.gain *= 1 + sway * (0.05 * wave(f"{self._seed}/ev", t_s / 6) + 0.02 * wave("hunt", t_s / 0.8))
        dark = scene.stretch.light in _DARK
        passing = scene.stretch.passing
        if passing == "traffic" and (dark or scene.stretch.light == "dusk"):
            self._headlights(field, t_s)
        elif passing == "lamps" and dark:
            self._lamps(field, scene.driven_m)
        elif passing == "trees" and not dark:
            self._trees(field, scene.driven_m)
        elif passing == "bridges" and not dark:
            self._bridges(field, scene.driven_m)
        if scene.stretch.light == "dusk":
            late = min(1.0, scene.since_s / 1200)
            field.gain *= 1 - 0.35 * late
            field.add((0.0, 3.0, 10.0 * late))
        return field

    def texture(self, driven_m: float, times: float = 1.0) -> Map:
        """Noise 0..1 that lies on a plane like the bed's, `times` as far below, and passes with the way."""
        x = (self._across * times * _PX_PER_M) % _TILE
        y = ((self._along * times + driven_m) * _PX_PER_M) % _TILE
        noise: Any = cv2.remap(self._tile, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return np.asarray(noise * (1 - self._far) + 0.5 * self._far, np.float32)

    def _trees(self, field: Field, driven_m: float) -> None:
        leaves = self.texture(driven_m, 0.25)
        there = 0.5 + 0.5 * math.tanh(3 * wave(f"{self._seed}/trees", driven_m / 25))
        shade = np.clip((leaves - 0.42) * 7, 0, 1)
        field.gain *= 1 - 0.5 * there * shade

    def _bridges(self, field: Field, driven_m: float) -> None:
        place = (self._along + driven_m) % _BRIDGES_M
        edge = np.clip((_BRIDGE_M / 2 - np.abs(place - _BRIDGES_M / 2)) / 0.6 + 0.5, 0, 1)
        field.gain *= 1 - 0.65 * edge

    def _lamps(self, field: Field, driven_m: float) -> None:
        from_lamp = (self._along + driven_m) % _LAMPS_M - _LAMPS_M / 2
        near = np.exp(-((from_lamp / 6.0) ** 2)).astype(np.float32)
        field.gain *= 1 + 0.5 * near
        field.add((3.0, 9.0, 14.0), near)

    def _headlights(self, field: Field, t_s: float) -> None:
        """One car in some of the slots of time; a blob that grows and leaves at the picture's side."""
        slot = math.floor(t_s / _CAR_S)
        chance = draw(self._seed, "car", slot)
        if chance.random() > 0.6:
            return
        share = (t_s / _CAR_S - slot) / 0.5
        if share > 1:
            return
        height, width = self.shape
        side = chance.choice((-1, 1))
        x = width * (0.5 + side * (0.1 + 0.5 * share**2))
        y = height * (chance.uniform(0.1, 0.35) + 0.1 * share)
        rows, columns = np.ogrid[:height, :width]
        distance = np.hypot(rows - y, columns - x) / width
        strength = 200 * math.sin(math.pi * share)
        blob = np.exp(-((distance / (0.03 + 0.06 * share)) ** 2)) + 0.15 * np.exp(-distance / 0.35)
        field.add((0.9, 0.97, 1.0), np.asarray(strength * blob, np.float32))
        field.gain *= 1 - 0.15 * math.sin(math.pi * share)


def tile(seed: int) -> Map:
    """Square noise 0..1 that repeats seamlessly, coarse and fine."""
    chance = np.random.default_rng(seed)
    mixed: Any = np.zeros((_TILE, _TILE), np.float32)
    for cells, weight in ((16, 1.0), (64, 0.7), (256, 0.4)):
        raw = chance.random((cells, cells), np.float32)
        wide = cv2.resize(np.tile(raw, (3, 3)), (3 * _TILE, 3 * _TILE), interpolation=cv2.INTER_CUBIC)
        mixed += weight * np.asarray(wide)[_TILE : 2 * _TILE, _TILE : 2 * _TILE]
    return np.asarray(cv2.normalize(mixed, None, 0, 1, cv2.NORM_MINMAX), np.float32)
