"""Pure measures of one picture, cheap and in grey levels 0..255.

Classical measures are at chance for telling loads apart, but tell an unusable picture well.
"""

from typing import Any, Literal

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from agent.vision.condition.limits import Limits
from agent.vision.preprocess import Picture

Unusable = Literal["dark", "glare", "blocked", "blurred"]
Grey = npt.NDArray[np.uint8]
WIDTH, HEIGHT = 320, 240  # of the small grey picture that a whole frame is looked at in
_TILES, _WHITE = 8, 250
_PARTS = 2.0  # times the spread of a blocked picture: its parts differ
_ROWS, _COLUMNS = 12, 16  # tiles of 20 x 20 px of the small picture
_CONTRAST = 40  # an edge that stands out of any sensor's noise
SIDE = 160  # px, of the square picture of a bed
_EDGES = 6  # tiles with such an edge, without which sharpness can't be told


class Measures(msgspec.Struct, frozen=True):
    """What `measure` finds, in the units of Limits."""

    mean: float
    spread: float
    sharp: float
    white: float


class Look(msgspec.Struct, frozen=True):
    """What is seen of a whole frame: `mean` and `bright` (95 % are darker) grey, `white` share, `spread`.

    `acuity` is the steepest rise between two pixels as a share of the contrast around it, at the sharpest
    tenth of the tiles with a strong edge: a step has 0.3, a blur of `s` px about 0.4/s. None: too few edges.
    """

    mean: float
    bright: float
    white: float
    spread: float
    acuity: float | None


def measure(picture: Picture) -> Measures:
    """The measures of the bed, a BGR picture (height, width, 3), at SIDE px: sharpness depends on it."""
    grey: Any = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    if max(grey.shape) > SIDE:
        grey = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    edges: Any = cv2.Laplacian(grey, cv2.CV_16S)
    return Measures(
        mean=float(cv2.mean(grey)[0]),
        spread=_spread(grey),
        sharp=float(cv2.meanStdDev(edges)[1][0, 0]) ** 2,
        white=_white(grey),
    )


def unusable(found: Measures, limits: Limits) -> Unusable | None:
    """Why a picture with these measures can't be judged; None when it can.

    Parts that differ and no edge between them are a blur; one smooth surface may be a load or a cover.
    """
    if found.mean < limits.dark:
        return "dark"
    if found.white > limits.white:
        return "glare"
    if found.spread < limits.spread:
        return "blocked"
    blurred = found.sharp < limits.sharp and found.spread >= _PARTS * limits.spread
    return "blurred" if blurred else None


def small(image: Picture) -> Grey:
    """A frame (height, width[, 3]) as WIDTH x HEIGHT px of grey, stretched; linear first, to save time."""
    if max(image.shape[:2]) > 4 * WIDTH:
        image = np.asarray(cv2.resize(image, (2 * WIDTH, 2 * HEIGHT)), np.uint8)
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def look(grey: Grey) -> Look:
    """The measures of a small grey picture."""
    counts = np.cumsum(cv2.calcHist([grey], [0], None, [256], [0, 256]))
    return Look(
        mean=float(cv2.mean(grey)[0]),
        bright=float(np.searchsorted(counts, 0.95 * grey.size)),
        white=_white(grey),
        spread=_spread(grey),
        acuity=_acuity(grey),
    )


def ranges(grey: Grey) -> npt.NDArray[np.float32]:
    """How far apart the darkest and the brightest pixel of each tile of 20 x 20 px are (rows, columns)."""
    soft: Any = cv2.blur(grey, (3, 3))
    return np.asarray(_tiled(soft, np.max) - _tiled(soft, np.min), np.float32)


def _spread(grey: Grey) -> float:
    tiles: Any = cv2.resize(grey, (_TILES, _TILES), interpolation=cv2.INTER_AREA)
    return float(cv2.meanStdDev(tiles)[1][0, 0])


def _white(grey: Grey) -> float:
    return float(np.count_nonzero(grey >= _WHITE)) / grey.size


def _acuity(grey: Grey) -> float | None:
    soft: Any = cv2.blur(grey, (3, 3))
    rise = np.maximum(np.abs(_step(soft, 1)), np.abs(_step(soft, 0)))
    contrast = (_tiled(soft, np.max) - _tiled(soft, np.min)).ravel()
    strong = contrast >= _CONTRAST
    if np.count_nonzero(strong) < _EDGES:
        return None
    steepest = _tiled(rise, np.max).ravel()[strong] / contrast[strong]
    return float(np.quantile(steepest, 0.9))


def _step(grey: Any, axis: int) -> Any:
    """Differences between neighbours along an axis, of the picture's own shape."""
    kernel = np.asarray([[-1, 1]] if axis else [[-1], [1]], np.float32)
    return cv2.filter2D(grey, cv2.CV_16S, kernel)


def _tiled(values: Any, reduce: Any) -> npt.NDArray[np.int16]:
    tiles = values.reshape(_ROWS, HEIGHT // _ROWS, _COLUMNS, WIDTH // _COLUMNS)
    return np.asarray(reduce(tiles, axis=(1, 3)), np.int16)
