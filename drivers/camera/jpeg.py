"""JPEG as cameras send it: its size without decoding, and decoding no more of it than is needed."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Size = tuple[int, int]
FACTORS = (8, 4, 2)  # what libjpeg halves while it decodes
_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
_READ = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def jpeg_size(coded: bytes) -> Size | None:
    """Width and height in pixels as its frame header says (ITU-T T.81, B.2.2); None when it has none."""
    at = 2
    while coded[:2] == b"\xff\xd8" and at + 9 <= len(coded) and coded[at] == 0xFF:
        marker = coded[at + 1]
        if marker in _FRAMES:
            height, width = (int.from_bytes(coded[i : i + 2], "big") for i in (at + 5, at + 7))
            return (width, height) if width and height else None
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker == 0xDA:
            return None
        else:
            at += 2 + int.from_bytes(coded[at + 2 : at + 4], "big")
    return None


def decode(coded: bytes, factor: int = 1) -> Image | None:
    """The picture as BGR, each side divided by `factor` (1, 2, 4 or 8); None when it is damaged.

    A turned picture stays as it lies in the file, so that its size is the one of `jpeg_size`.
    """
    flags = _READ[factor] | cv2.IMREAD_IGNORE_ORIENTATION
    image: Any = cv2.imdecode(np.frombuffer(coded, np.uint8), flags) if coded else None
    return None if image is None else np.asarray(image, np.uint8)


def encode(image: Image, quality: int) -> bytes:
    """The picture as JPEG (libjpeg quality 0..100); raises ValueError when it cannot be coded."""
    coded: NDArray[Any]
    try:
        done, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    except cv2.error:
        done = False
    if not done:
        raise ValueError(f"a picture of shape {image.shape} cannot be coded as JPEG")
    return coded.tobytes()


def reduction(sides: Size, need: int) -> int:
    """The largest factor (1, 2, 4, 8) that leaves `need` pixels on both `sides` of what is looked at."""
    return next((f for f in FACTORS if min(sides) >= need * f), 1)
