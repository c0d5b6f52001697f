"""How a camera on a truck shakes: suspension, wheels, engine and potholes, as a small affine warp.

Frequencies are those of heavy vehicles: body bounce 1-3 Hz, axle hop 10-15 Hz, engine about 25 Hz (D. Cebon,
Handbook of Vehicle-Road Interaction, 1999). Amplitudes are of a 640 px wide picture.
"""

import math
from typing import Any

import cv2
import msgspec
import numpy as np

from drivers.camera.jpeg import Image
from drivers.sim.film.chance import draw, wave

_BANDS = ((1.7, 2.6, 1.0), (2.9, 1.2, 0.6), (11.3, 0.9, 0.5), (13.9, 0.6, 0.3))  # Hz, px at 12 m/s, across
_IDLE_HZ, _IDLE_PX = 24.0, 0.35
_POTHOLE_S, _POTHOLE_PX = 7.0, 7.0
_READ_OUT_S = 0.03  # of a rolling shutter, first to last row


class Pose(msgspec.Struct, frozen=True):
    """Where the picture is: px (of 640) right and down, degrees clockwise."""

    x: float
    y: float
    turn: float


def pose(seed: int, t_s: float, speed: float, much: float) -> Pose:
    """The shake at a time at this speed (m/s)."""
    road = min(1.6, speed / 12.0)
    x = y = 0.0
    for number, (hz, down, across) in enumerate(_BANDS):
        phase = draw(seed, "phase", number).random()
        swing = 0.6 + 0.4 * wave(f"{seed}/swing/{number}", t_s / 2.5)
        y += road * down * swing * math.sin(2 * math.pi * (hz * t_s + phase))
        x += road * across * swing * math.sin(2 * math.pi * (hz * 0.93 * t_s + phase * 1.7))
    y += _IDLE_PX * math.sin(2 * math.pi * _IDLE_HZ * t_s) + road * _pothole(seed, t_s)
    turn = 0.12 * road * wave(f"{seed}/roll", t_s * 1.3)
    return Pose(much * x, much * y, much * turn)


def _pothole(seed: int, t_s: float) -> float:
    slot = math.floor(t_s / _POTHOLE_S)
    chance = draw(seed, "pothole", slot)
    if chance.random() > 0.5:
        return 0.0
    since = t_s - slot * _POTHOLE_S - chance.uniform(0, _POTHOLE_S * 0.7)
    return 0.0 if since < 0 else _POTHOLE_PX * math.exp(-since / 0.35) * math.sin(2 * math.pi * 2.1 * since)


def shaken(image: Image, seed: int, t_s: float, speed: float, much: float) -> Image:
    """The picture as the shaking camera has it; a rolling shutter shears it."""
    height, width = image.shape[:2]
    here, next_row = (pose(seed, t_s + dt, speed, much) for dt in (0.0, _READ_OUT_S))
    scale = width / 640
    angle = math.radians(here.turn)
    sheared, stretched = ((b - a) * scale / height for a, b in ((here.x, next_row.x), (here.y, next_row.y)))
    cos, sin = math.cos(angle), math.sin(angle)
    warp: Any = np.asarray([[cos, sheared - sin, here.x * scale], [sin, cos + stretched, here.y * scale]])
    warp[:, 2] += (1 - cos) * width / 2, (1 - cos) * height / 2
    moved: Any = cv2.warpAffine(image, warp, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return blurred(moved, (next_row.y - here.y) * scale)


def blurred(image: Image, way: float) -> Image:
    """Motion blur over `way` px up or down."""
    length = round(abs(way))
    if length < 2:
        return image
    return np.asarray(cv2.blur(image, (1, min(length, 15))), np.uint8)
