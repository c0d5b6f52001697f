"""From a frame to the model's input: crop the bed first, then shrink, so that big frames cost little more."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Roi = tuple[tuple[float, float], ...]
Box = tuple[int, int, int, int]

MARGIN = 0.075  # the rim around the opening tells a bed from loose ground; 5-10 % keeps it in the picture


def bed_box(width: int, height: int, roi: Roi, margin: float = MARGIN) -> Box:
    """The bed's bounding box (x0, y0, x1, y1) in px, end exclusive, inside a `width` x `height` px frame.

    `roi` holds relative corners (0..1), fewer than three mean the whole frame; `margin` is a share of the
    box's sides added on each side. The box is never empty.
    """
    if len(roi) < 3:
        return 0, 0, width, height
    x0, x1 = _span([x for x, _ in roi], width, margin)
    y0, y1 = _span([y for _, y in roi], height, margin)
    return x0, y0, x1, y1


def crop_bed(frame: Picture, roi: Roi, margin: float = MARGIN) -> Picture:
    """The bed with its margin, a view into `frame` (height, width[, channels])."""
    x0, y0, x1, y1 = bed_box(frame.shape[1], frame.shape[0], roi, margin)
    return frame[y0:y1, x0:x1]


def shrink(picture: Picture, size: int) -> Picture:
    """`picture` as `size` x `size` px BGR, stretched; grey and BGRA are converted.

    Averaging over areas of any ratio costs up to milliseconds; a linear step to twice the size first doesn't.
    """
    if max(picture.shape[:2]) > 2 * size:
        picture = _resize(picture, 2 * size, cv2.INTER_LINEAR)
    shrinking = max(picture.shape[:2]) > size
    return _colour(_resize(picture, size, cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR))


def blob(picture: Picture, mean: tuple[float, float, float], scale: float) -> npt.NDArray[np.float32]:
    """The network's input (1, 3, height, width) of a BGR picture: (pixel - mean) * scale, still BGR."""
    made: Any = cv2.dnn.blobFromImage(picture, scalefactor=scale, mean=mean, swapRB=False)
    return np.asarray(made, np.float32)


def _span(values: list[float], pixels: int, margin: float) -> tuple[int, int]:
    low, high = max(min(values), 0.0), min(max(values), 1.0)
    pad = max(high - low, 0.0) * margin
    start = min(max(round((low - pad) * pixels), 0), pixels - 1)
    end = max(min(round((high + pad) * pixels), pixels), start + 1)
    return start, end


def _resize(picture: Picture, size: int, how: int) -> Picture:
    return np.asarray(cv2.resize(picture, (size, size), interpolation=how), np.uint8)


def _colour(picture: Picture) -> Picture:
    if picture.ndim == 2 or picture.shape[2] == 1:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
    return np.ascontiguousarray(picture[:, :, :3])
