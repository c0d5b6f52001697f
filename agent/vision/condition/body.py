"""The vehicle's own edges: what stays where it is in the picture while everything else goes by.

Each picture gives a field of edge directions, as unit vectors of the doubled angle, so that neither light nor
the sign of an edge matters (day, night, infrared). Averaged while driving, the world's directions cancel out
and the vehicle's remain. Two such averages are compared by correlation over shifts (Fourier) and turns.
"""

from typing import Any

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from agent.vision.condition.measures import Grey
from agent.vision.preprocess import Roi

Field = npt.NDArray[np.complex64]
Mask = npt.NDArray[np.float32]
WIDTH, HEIGHT = 160, 120
_PAD_W, _PAD_H = 216, 180
_STEP = 2  # px between two shifts that are tried: a smoothed field has no finer detail
_TURNS = tuple(range(-20, 21, 2))
_FAR_W, _FAR_H = 24, 18  # steps: shifts beyond 0.3 of the picture are not looked for
_FAINT = 3.0  # a rise (grey levels per px) that noise makes
_BLOATED = 0.06  # of the picture around the middle line of the rim belongs to it


class Match(msgspec.Struct, frozen=True):
    """Where the reference is found: shares of width and height, degrees clockwise.

    `found` is the likeness (0..1) at the best place, `here` the best within tolerance of where it was.
    """

    right: float
    down: float
    turn: float
    found: float
    here: float


def directions(grey: Grey) -> Field:
    """The field of one small grey picture: strength 0..1 as length, twice the edge's angle as argument."""
    half: Any = cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    soft: Any = cv2.GaussianBlur(half, (0, 0), 1.0)
    x: Any = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125)
    y: Any = cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125)
    steep = x * x + y * y
    floor = _FAINT**2 + 2 * float(np.mean(steep))
    field = ((x * x - y * y) + 2j * x * y) / (steep + floor)
    return np.asarray(_smooth(field), np.complex64)


def surroundings(roi: Roi) -> Mask:
    """1 where the vehicle may be and the load isn't, rim included; all of it when there is no ROI."""
    mask = np.ones((HEIGHT, WIDTH), np.float32)
    if len(roi) < 3:
        return mask
    corners = np.asarray([[x * WIDTH, y * HEIGHT] for x, y in roi], np.int32)
    cv2.fillPoly(mask, [corners], 0.0)
    rim = round(WIDTH * _BLOATED)
    cv2.polylines(mask, [corners], isClosed=True, color=1.0, thickness=rim)
    return mask


class Reference:
    """A field to find again, where `mask` is 1; turned and transformed once."""

    def __init__(self, field: Field, mask: Mask) -> None:
        self._mask = mask
        self.field = np.asarray(field * mask, np.complex64)
        self._norm = float(np.linalg.norm(self.field))
        self._turned = [np.conj(_spectrum(_turn(self.field, turn))) for turn in _TURNS]

    def find(self, field: Field, shift: float, turn: float) -> Match:
        """Where it is in another field; `shift` (share of the width) and `turn` (degrees) are tolerated."""
        norm = self._norm * float(np.linalg.norm(field * self._mask))
        if norm <= 0:
            return Match(0.0, 0.0, 0.0, 0.0, 0.0)
        spectrum, slack = _spectrum(field), round(shift * WIDTH / _STEP)
        best, here = (-1.0, 0, 0, 0), 0.0
        for angle, other in zip(_TURNS, self._turned, strict=True):
            part = _near(np.fft.ifft2(spectrum * other).real / (norm * _STEP**2))
            row, column = divmod(int(np.argmax(part)), part.shape[1])
            best = max(best, (float(part[row, column]), column, row, angle))
            if abs(angle) <= turn:
                y, x = (n // 2 for n in part.shape)
                here = max(here, float(part[y - slack : y + slack + 1, x - slack : x + slack + 1].max()))
        right, down = _STEP * (best[1] - _FAR_W), _STEP * (best[2] - _FAR_H)
        return Match(right / WIDTH, down / HEIGHT, float(best[3]), best[0], here)


class Average:
    """A running mean of fields: true over the first `looks`, then with that time constant."""

    def __init__(self, looks: int) -> None:
        self._looks = looks
        self.count = 0
        self.field: Field = np.zeros((HEIGHT, WIDTH), np.complex64)

    def add(self, field: Field) -> None:
        """One more."""
        self.count += 1
        self.field += (field - self.field) / np.float32(min(self.count, self._looks))


def _smooth(field: Any) -> Any:
    real: Any = cv2.GaussianBlur(np.ascontiguousarray(field.real), (0, 0), 1.5)
    other: Any = cv2.GaussianBlur(np.ascontiguousarray(field.imag), (0, 0), 1.5)
    return real + 1j * other


def _turn(field: Field, degrees: float) -> Field:
    """The field of the picture turned clockwise around its middle."""
    warp = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -degrees, 1.0)
    real: Any = cv2.warpAffine(np.ascontiguousarray(field.real), warp, (WIDTH, HEIGHT))
    other: Any = cv2.warpAffine(np.ascontiguousarray(field.imag), warp, (WIDTH, HEIGHT))
    return np.asarray((real + 1j * other) * np.exp(2j * np.deg2rad(degrees)), np.complex64)


def _near(likeness: Any) -> Any:
    """The part of a circular correlation for shifts that are looked for, no shift in its middle."""
    return likeness[np.ix_(np.arange(-_FAR_H, _FAR_H + 1), np.arange(-_FAR_W, _FAR_W + 1))]


def _spectrum(field: Field) -> Any:
    """The field's spectrum, of all but the frequencies that smoothing left nothing of."""
    rows, columns = (np.fft.fftfreq(n // _STEP, _STEP / n).astype(int) for n in (_PAD_H, _PAD_W))
    return np.fft.fft2(field, s=(_PAD_H, _PAD_W))[np.ix_(rows, columns)].astype(np.complex64)
