"""Making people unrecognisable: few blocks of few levels with noise, which keeps nothing to sharpen again.

A blur can be turned back by deconvolution; what is left here of a region is at most BLOCKS x BLOCKS colours
of LEVELS levels each, moved at random, so less than a face needs.
"""

from typing import Any

import cv2
import numpy as np

from drivers.camera.jpeg import Image

BLOCKS = 6
LEVELS = 16
_NOISE = 24.0  # grey levels, standard deviation
_WHOLE_BLOCKS = 16  # of a picture's longer side: a face in it has two or three
Corners = tuple[tuple[float, float], ...]
Box = tuple[int, int, int, int]


def boxes(image: Image, found: list[Box]) -> None:
    """Make every box (x0, y0, x1, y1 in px, end exclusive) of a picture unrecognisable, in place."""
    for box in found:
        x0, y0, x1, y1 = _inside(box, image)
        if x1 > x0 and y1 > y0:
            image[y0:y1, x0:x1] = _blocks(image[y0:y1, x0:x1], BLOCKS)


def area(image: Image, corners: Corners) -> None:
    """Make the polygon of relative corners unrecognisable, in place; the whole for fewer than three."""
    if len(corners) < 3:
        image[:] = _blocks(image, _WHOLE_BLOCKS)
        return
    height, width = image.shape[:2]
    points = np.array([[round(x * width), round(y * height)] for x, y in corners], np.int32)
    x, y, w, h = cv2.boundingRect(points)
    x0, y0, x1, y1 = _inside((x, y, x + w, y + h), image)
    if x1 <= x0 or y1 <= y0:
        image[:] = _blocks(image, _WHOLE_BLOCKS)
        return
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [points], 255)
    cv2.polylines(mask, [points], True, 255, 2)  # noqa: FBT003 - cv2 knows no names
    covered = mask[y0:y1, x0:x1] > 0
    image[y0:y1, x0:x1][covered] = _blocks(image[y0:y1, x0:x1], BLOCKS)[covered]


def outside(image: Image, corners: Corners) -> None:
    """Make all but the polygon unrecognisable, in place; the whole for fewer than three corners."""
    before = image.copy()
    area(image, ())
    if len(corners) >= 3:
        height, width = image.shape[:2]
        points = np.array([[round(x * width), round(y * height)] for x, y in corners], np.int32)
        mask = np.zeros(image.shape[:2], np.uint8)
        cv2.fillPoly(mask, [points], 255)
        image[mask > 0] = before[mask > 0]


def _inside(box: Box, image: Image) -> Box:
    height, width = image.shape[:2]
    x0, y0, x1, y1 = box
    return max(0, x0), max(0, y0), min(width, x1), min(height, y1)


def _blocks(region: Image, most: int) -> Image:
    """The region as blocks, `most` along its longer side, each one colour."""
    height, width = region.shape[:2]
    share = most / max(height, width)
    size = (max(1, min(most, round(width * share))), max(1, min(most, round(height * share))))
    small: Any = cv2.resize(region, size, interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng().normal(
        0.0, _NOISE, small.shape
    )  # seeded by the system: not to be foretold
    step = 256 // LEVELS
    coarse = (np.clip(small + noise, 0, 255) // step * step + step // 2).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
