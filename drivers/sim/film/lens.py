"""What lies on the lens or before it: rain drops, splashes of mud, falling snow, fog, dust."""

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.jpeg import Image
from drivers.sim.film.chance import draw, wave
from drivers.sim.film.light import Field, Light
from drivers.sim.film.script import Scene

Alpha = NDArray[np.uint8]
_MUD_BGR, _DUST_BGR, _FOG_BGR = (38, 58, 74), (120, 150, 165), (190, 188, 184)
_SPLASHES = 60
_DARK_SHARE = 0.12  # of the daytime brightness of veils, at night


def veil(field: Field, scene: Scene, light: Light, t_s: float) -> None:
    """Fog, dust and the grey of rain and snow, thicker the farther away; over `field`."""
    weather, strength = scene.stretch.weather, scene.stretch.strength
    if weather == "clear":
        return
    dark = _DARK_SHARE if scene.stretch.light in ("night", "flood", "infrared") else 1.0
    sight_m = {"fog": 60 - 52 * strength, "snow": 120 - 90 * strength, "rain": 200 - 120 * strength}
    if weather == "dust":
        cloud = light.texture(4 * t_s, 0.1)
        thick = np.clip(strength * (0.25 + 0.5 * cloud) * (0.7 + 0.3 * wave("dust", t_s / 5)), 0, 0.8)
        colour = _DUST_BGR
    else:
        thick = 1 - np.exp(-(light.distance + 2.0) / sight_m[weather])
        colour = _FOG_BGR
    field.gain *= 1 - thick
    field.add((colour[0] * dark, colour[1] * dark, colour[2] * dark), thick)
    if weather == "rain":
        field.gain *= 1 - 0.15 * strength


def drops(image: Image, seed: int, t_s: float, strength: float) -> Image:
    """Rain drops that sit on the lens, show the picture upside down, and run off."""
    height, width = image.shape[:2]
    seen = image.copy()
    for number in range(round(10 + 50 * strength)):
        period, phase = _rhythm(seed, number)
        turn = t_s / period + phase
        x, y, size, stays = _drop(seed, number, math.floor(turn))
        age = (turn % 1) * period
        radius = max(2, round(width * size * min(1.0, 0.4 + age)))
        runs = age - period * stays
        if runs > 0:
            x, y = x + 0.01 * math.sin(3 * runs + number), y + 0.10 * runs + 0.08 * runs * runs
        _refract(seen, image, (round(x * width), round(y * height)), (radius, round(radius * 1.25)))
    return seen


@lru_cache(maxsize=256)
def _rhythm(seed: int, number: int) -> tuple[float, float]:
    """How often (s) a drop falls at one of the places in turn, and when first, in turns."""
    chance = draw(seed, "rhythm", number)
    return chance.uniform(8, 40), chance.random()


@lru_cache(maxsize=256)
def _drop(seed: int, number: int, turn: int) -> tuple[float, float, float, float]:
    """Where a drop falls, its radius (shares of the picture), and for what share of its time it stays."""
    chance = draw(seed, "drop", number, turn)
    return (
        chance.random(),
        chance.uniform(-0.05, 0.95),
        chance.uniform(0.004, 0.022),
        chance.uniform(0.4, 0.95),
    )


def _refract(seen: Image, image: Image, centre: tuple[int, int], radii: tuple[int, int]) -> None:
    """A small, flipped, soft view of the surroundings, in an ellipse."""
    (x, y), (across, down) = centre, radii
    height, width = image.shape[:2]
    if not (across < x < width - across and down < y < height - down):
        return
    x0, x1 = max(0, x - 5 * across), min(width, x + 5 * across)
    y0, y1 = max(0, y - 5 * down), min(height, y + 5 * down)
    around: Any = cv2.flip(image[y0:y1, x0:x1], -1)
    small: Any = cv2.resize(around, (2 * across + 1, 2 * down + 1), interpolation=cv2.INTER_LINEAR)
    spot = np.zeros(small.shape, np.uint8)
    cv2.ellipse(spot, (across, down), (across, down), 0, 0, 360, (235, 235, 235), -1, cv2.LINE_AA)
    patch = seen[y - down : y + down + 1, x - across : x + across + 1]
    patch[:] = blend(patch, np.asarray(small, np.uint8), np.asarray(spot, np.uint8))


def blend(under: Image, over: Image, alpha: Alpha) -> Image:
    """`over` on `under` by an alpha of three channels, 0..255."""
    kept: Any = cv2.multiply(under, cv2.bitwise_not(alpha), scale=1 / 255)
    return np.asarray(cv2.add(kept, cv2.multiply(over, alpha, scale=1 / 255)), np.uint8)


def streaks(image: Image, seed: int, t_s: float, scene: Scene) -> None:
    """Falling rain or snow of this moment, drawn into the picture."""
    weather, strength = scene.stretch.weather, scene.stretch.strength
    height, width = image.shape[:2]
    chance = draw(seed, "falling", round(t_s * 1000))
    mean = cv2.mean(image)
    snow = weather == "snow"
    grey = [min(255.0, v + (70 if snow else 25)) for v in mean[:3]]
    for _ in range(round((90 if snow else 60) * strength)):
        x, y, near = chance.randrange(width), chance.randrange(height), chance.random() ** 3
        if snow:
            cv2.circle(image, (x, y), round(width * (0.0015 + 0.007 * near)), grey, -1, cv2.LINE_AA)
        else:
            length = round(height * (0.02 + 0.07 * near))
            slant = x + round(length * 0.1 + scene.stretch.speed_mps * 0.3)
            cv2.line(image, (x, y), (slant, y + length), grey, 1, cv2.LINE_AA)


class Dirt:
    """Mud that grows on the lens splash by splash, out of focus."""

    def __init__(self, seed: int, size: tuple[int, int]) -> None:
        self._seed, self._size = seed, size
        self._count, self._alpha = -1, np.zeros((1, 1, 3), np.uint8)

    def over(self, image: Image, share: float) -> Image:
        """The picture behind this share (0..1) of the splashes."""
        count = round(share * _SPLASHES)
        if count == 0:
            return image
        if count != self._count:
            self._count, self._alpha = count, self._splashes(count)
        lit = min(2.0, 0.3 + 0.7 * cv2.mean(image)[1] / 110)
        blue, green, red = (lit * v for v in _MUD_BGR)
        mud: Any = cv2.multiply(self._alpha, (blue, green, red, 0.0), scale=1 / 255)
        behind: Any = cv2.multiply(image, cv2.bitwise_not(self._alpha), scale=1 / 255)
        return np.asarray(cv2.add(behind, mud), np.uint8)

    def _splashes(self, count: int) -> Alpha:
        width, height = self._size
        quarter = (max(1, height // 4), max(1, width // 4))
        alpha: Any = np.zeros(quarter, np.float32)
        for number in range(count):
            chance = draw(self._seed, "splash", number)
            x, y = (
                round(v * n) for v, n in zip((chance.random(), chance.random()), quarter[::-1], strict=True)
            )
            radius = quarter[1] * (0.008 + 0.07 * chance.random() ** 2.5)
            layer: Any = np.zeros(quarter, np.float32)
            for _ in range(5):
                shift = [round(chance.gauss(0, radius * 0.7)) for _ in range(2)]
                around = (x + shift[0], y + shift[1])
                cv2.circle(layer, around, round(radius * chance.uniform(0.4, 1)), 1.0, -1, cv2.LINE_AA)
            alpha = np.maximum(alpha, layer * chance.uniform(0.5, 0.95))
        soft: Any = cv2.GaussianBlur(alpha, (0, 0), quarter[1] * 0.006 + 0.5)
        full: Any = cv2.resize(np.clip(soft * 255, 0, 255).astype(np.uint8), self._size)
        return np.asarray(cv2.cvtColor(full, cv2.COLOR_GRAY2BGR), np.uint8)
