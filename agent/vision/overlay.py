"""The copy of a picture with a band under it: which truck, when, where, how fast, what was seen.

The band is outside the picture, so that nothing of it is covered. Letters are OpenCV's own Unicode font,
which has Chinese (OpenCV 5: built in, chosen when the wheel is made); where it is missing, letters beyond
Latin-1 are written as their code points (\\u5ddd), never as question marks.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np

from agent.model import Caption
from drivers.camera.jpeg import Image

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_PX = 11  # of a line's letters; smaller ones can't be read
_LEAST_WIDTH = 640
_LATIN = 0x100  # code points below are in the small font
_PER_WIDTH = 54  # letters' height as a share of the picture's width
_INK, _GROUND = (235, 235, 235), (24, 24, 24)


def unicode_font() -> bool:
    """Whether this OpenCV has letters beyond ASCII."""
    lines = cv2.getBuildInformation().splitlines()
    return any("Unicode font" in line and "YES" in line for line in lines)


def describe(vehicle: str, camera: str, caption: Caption, at_ns: int) -> list[str]:
    """The lines of a frame taken at `at_ns` (CLOCK_BOOTTIME ns)."""
    when = f"{_time(caption, at_ns)} ({caption.clock})"
    return [f"{vehicle}   {camera}   {when}", f"{_place(caption)}   {_speed(caption)}   {_load(caption)}"]


def overlay(image: Image, lines: list[str]) -> Image:
    """The picture (height, width, BGR) with the band under it; lines too long for it are set smaller.

    A narrow picture gets ground on its right, so that the band has room for letters that can be read.
    """
    width = max(_LEAST_WIDTH, image.shape[1])
    size = max(_LEAST_PX, width // _PER_WIDTH)
    step, margin = round(size * 1.6), size // 2
    height = image.shape[0]
    made = np.empty((height + step * len(lines) + margin, width, 3), np.uint8)
    made[:height, : image.shape[1]] = image
    made[:height, image.shape[1] :] = made[height:] = _GROUND
    for i, line in enumerate(lines):
        _write(made[height:], line, (margin, step * (i + 1) - size // 3), size)
    return made


def _write(band: Image, line: str, at: tuple[int, int], size: int) -> None:
    latin = all(ord(letter) < _LATIN for letter in line)
    chinese = not latin and unicode_font()
    text = line if latin or chinese else line.encode("latin-1", "backslashreplace").decode("latin-1")
    face: Any = cv2.FontFace("uni" if chinese else "sans")  # the large font takes 10 MB once it is used
    room = band.shape[1] - 2 * at[0]
    while size > 5:
        x0, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), face, size)
        if x0 + width <= room:
            break
        size -= 1
    cv2.putText(band, text, at, _INK, face, size)


def _time(caption: Caption, at_ns: int) -> str:
    if caption.utc_offset_ns is None:
        return f"UTC unknown, {at_ns / 1e9:.1f} s after start"
    moment = _EPOCH + timedelta(microseconds=(at_ns + caption.utc_offset_ns) // 1000)
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 100_000} UTC"


def _place(caption: Caption) -> str:
    if caption.lat is None or caption.lon is None:
        return "place unknown"
    north = f"{abs(caption.lat):.6f}°{'N' if caption.lat >= 0 else 'S'}"
    east = f"{abs(caption.lon):.6f}°{'E' if caption.lon >= 0 else 'W'}"
    return f"{north} {east} WGS-84"


def _speed(caption: Caption) -> str:
    return "speed unknown" if caption.speed is None else f"{caption.speed * 3.6:.0f} km/h"


def _load(caption: Caption) -> str:
    sure = "" if caption.confidence is None else f" {caption.confidence:.2f}"
    return f"load {caption.state}{sure}"
