"""Spots that stay where they are in the picture while the world behind them goes by: mud on the lens.

Their soft edges don't move: the average of many pictures keeps them while the world's edges cancel out. What
was there when the light last changed is taken for the vehicle or for the world's own: mud that comes with
another light is not seen, and what was seen is over. Another vehicle that keeps its distance stays in one
place of the picture, too, but in one only; spots are here and there. Not by night, when headlights stay.
"""

from typing import Any

import cv2
import numpy as np

from agent.vision.condition.body import Average, Field, Mask
from agent.vision.condition.measures import Grey

_LOOKS = 60  # that are averaged
_DAY = 60.0  # mean grey by day
_OWN, _NEW = 0.25, 0.12  # strength of an edge that was there; growth of one that is new
_FOLLOW = 0.015  # of the difference to what is known is learnt at each comparison
_DARKER, _BRIGHTER = 0.82, 1.03  # of the mean grey: another light; mud takes some of it, and never adds
_STEADY = 0.015  # change of the mean grey between two comparisons in a light that lasts
_TILES, _PLACES, _SOME = (6, 4), 4, 0.05  # of the picture; in so many of them is this share new


class Spots:
    """Fed while driving; `share` of what is neither load nor vehicle is edges of spots, None: unknown."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask > 0
        self._edges = Average(_LOOKS)
        self._mean = self._before = self._light = 0.0
        self._known: Any = None
        self._from = _LOOKS
        self._world: Any = None
        self.share: float | None = None

    def add(self, grey: Grey, field: Field) -> None:
        """One look."""
        self._edges.add(field)
        self._mean += (float(cv2.mean(grey)[0]) - self._mean) / min(self._edges.count, _LOOKS)

    def judge(self, *, learn: bool) -> None:
        """Compare with what is known; `learn`: nothing is wrong, so what is known may follow."""
        mean, step = self._mean, abs(self._mean - self._before)
        self._before, self.share = mean, None
        if self._known is not None and not _DARKER < mean / self._light < _BRIGHTER:
            self._known, self._from = None, self._edges.count + _LOOKS  # until none of it is of the old light
        if self._edges.count < self._from or mean < _DAY or (self._known is None and step > _STEADY * mean):
            return
        edges: Any = np.abs(self._edges.field)
        if self._known is None:
            self._known, self._light = edges, mean
            own = (edges > _OWN).astype(np.uint8)
            self._world = self._mask & (cv2.dilate(own, np.ones((9, 9), np.uint8)) == 0)
        new = (edges - self._known > _NEW) & self._world
        tiles: Any = cv2.resize(new.astype(np.float32), _TILES, interpolation=cv2.INTER_AREA)
        scattered = int(np.count_nonzero(tiles > _SOME)) >= _PLACES
        share = float(np.count_nonzero(new)) / max(1, int(np.count_nonzero(self._world)))
        self.share = share if scattered else 0.0
        if learn:
            self._known = self._known + (edges - self._known) * _FOLLOW
