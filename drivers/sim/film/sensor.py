"""The camera itself: faults of lens and mounting, noise by light, and coding as JPEG."""

from typing import Any

import cv2
import numpy as np

from drivers.camera.jpeg import Image
from drivers.sim.film.chance import draw
from drivers.sim.film.lens import Dirt, blend
from drivers.sim.film.script import Fault

_NOISE = {"sun": 1.5, "cloud": 2.0, "dusk": 4.0, "night": 7.0, "flood": 6.0, "infrared": 7.0}
_SIGMA, _SPARE = 24.0, 64  # of the stored noise in grey levels; px by which it may be shifted


class Sensor:
    """The sensor of one film at one size."""

    def __init__(self, seed: int, size: tuple[int, int]) -> None:
        self._seed, self._size = seed, size
        width, height = size
        chance = np.random.default_rng(seed)
        raw = chance.normal(128, _SIGMA, (height + _SPARE, width + _SPARE, 3)).clip(0, 255).astype(np.uint8)
        self._noise: Any = cv2.blur(raw, (2, 1))

    def noisy(self, image: Image, t_s: float, light: str, much: float) -> Image:
        """With the noise of this light."""
        sigma = _NOISE.get(light, 3.0) * much
        if sigma <= 0:
            return image
        chance = draw(self._seed, "noise", round(t_s * 1000))
        x, y = chance.randrange(_SPARE), chance.randrange(_SPARE)
        width, height = self._size
        share = sigma / (_SIGMA / 1.41)
        shifted = self._noise[y : y + height, x : x + width]
        return np.asarray(cv2.addWeighted(image, 1.0, shifted, share, -128 * share), np.uint8)


def encoded(image: Image, quality: int) -> bytes:
    """As baseline JPEG of this quality, 1..100."""
    done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a picture of shape {image.shape} cannot be coded as JPEG")
    return bytes(jpeg.tobytes())


def coded(image: Image, quality: int) -> Image:
    """Coded as JPEG of this quality and decoded again; 0 leaves it as it is."""
    if quality == 0:
        return image
    jpeg = np.frombuffer(encoded(image, quality), np.uint8)
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def failed(image: Image, fault: Fault, seed: int, dirt: Dirt) -> Image:
    """The picture of a camera with this fault; a frozen one is the caller's, it takes another time."""
    strength, width = fault.strength, image.shape[1]
    if fault.kind == "defocused":
        return np.asarray(cv2.GaussianBlur(image, (0, 0), width / 640 * (1.5 + 10 * strength)), np.uint8)
    if fault.kind == "dirty":
        return dirt.over(image, 0.3 + 0.7 * strength)
    if fault.kind == "dark":
        return np.asarray(cv2.multiply(image, (1, 1, 1, 1), scale=0.12 * (1 - strength)), np.uint8)
    if fault.kind == "moved":
        return _turned(image, seed, fault)
    if fault.kind == "blocked":
        return _blocked(image, seed, fault)
    return _glaring(image, strength) if fault.kind == "glare" else image


def _turned(image: Image, seed: int, fault: Fault) -> Image:
    height, width = image.shape[:2]
    chance = draw(seed, "moved", fault.begin_s)
    sign = chance.choice((-1, 1))
    warp: Any = cv2.getRotationMatrix2D((width / 2, height / 2), sign * 25 * fault.strength, 1.0)
    warp[:, 2] += sign * 0.2 * fault.strength * width, 0.12 * fault.strength * height
    return np.asarray(cv2.warpAffine(image, warp, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _blocked(image: Image, seed: int, fault: Fault) -> Image:
    """A hand, a tarpaulin's edge or a bag before the lens, far out of focus; `strength` of the picture."""
    height, width = image.shape[:2]
    colour = draw(seed, "blocked", fault.begin_s).uniform(15, 60)
    alpha = np.zeros((height // 4, width // 4), np.uint8)
    alpha[:, : round(width // 4 * fault.strength)] = 255
    soft: Any = cv2.resize(cv2.GaussianBlur(alpha, (0, 0), width / 160), (width, height))
    bag = np.full_like(image, round(colour))
    return blend(image, bag, np.asarray(cv2.cvtColor(soft, cv2.COLOR_GRAY2BGR), np.uint8))


def _glaring(image: Image, strength: float) -> Image:
    """The sun in the lens: a white disc and a veil over all."""
    height, width = image.shape[:2]
    rows, columns = np.ogrid[: height // 4, : width // 4]
    distance = np.hypot(rows - height / 10, columns - width / 7) / (width / 4)
    veil = 255 * np.clip(1.3 * strength - distance + 0.15, 0, 1) ** 0.5
    full: Any = cv2.resize(veil.astype(np.uint8), (width, height))
    return np.asarray(cv2.add(image, cv2.cvtColor(full, cv2.COLOR_GRAY2BGR)), np.uint8)
