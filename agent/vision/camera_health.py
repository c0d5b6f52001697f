"""Whether one picture can be judged at all: dark, glaring, blocked or blurred ones can't.

Classical measures are at chance for telling loads apart, but tell an unusable picture well; they are taken on
the bed at the model's input size, so that thresholds hold for any camera.
"""

from typing import Any, Literal

import cv2
import msgspec
import numpy as np

from agent.vision.preprocess import Picture

Unusable = Literal["dark", "glare", "blocked", "blurred"]
_TILES = 8
_WHITE = 250


class Limits(msgspec.Struct, frozen=True):
    """Where usable ends, in grey levels 0..255: least mean, spread and sharpness, largest white share.

    `spread` is the standard deviation of the means of 8 x 8 tiles; `sharp` the variance of the Laplacian;
    `white` the share of pixels at 250 or more.
    """

    dark: float
    spread: float
    sharp: float
    white: float


class Measures(msgspec.Struct, frozen=True):
    """What `measure` finds, in the units of Limits."""

    mean: float
    spread: float
    sharp: float
    white: float


def measure(picture: Picture) -> Measures:
    """The measures of a BGR picture (height, width, 3) of the model's input size."""
    grey: Any = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    tiles: Any = cv2.resize(grey, (_TILES, _TILES), interpolation=cv2.INTER_AREA)
    edges: Any = cv2.Laplacian(grey, cv2.CV_16S)
    return Measures(
        mean=float(cv2.mean(grey)[0]),
        spread=float(cv2.meanStdDev(tiles)[1][0, 0]),
        sharp=float(cv2.meanStdDev(edges)[1][0, 0]) ** 2,
        white=float(np.count_nonzero(grey >= _WHITE)) / grey.size,
    )


def unusable(found: Measures, limits: Limits) -> Unusable | None:
    """Why a picture with these measures can't be judged; None when it can."""
    if found.mean < limits.dark:
        return "dark"
    if found.white > limits.white:
        return "glare"
    if found.spread < limits.spread:
        return "blocked"
    return "blurred" if found.sharp < limits.sharp else None
