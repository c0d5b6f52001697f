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
_OWN, _NEW = 0.25, 0.15  # strength of an edge that was there; growth of one that is new
_FOLLOW = 0.015  # of the difference to what is known is learnt at each comparison
_STEADY, _LAG = 0.12, 0.2  # change of the mean grey that is no change of light; share that is forgotten
_TILES, _PLACES, _SOME = (6, 4), 5, 0.05  # of the picture; in so many of them is this share new


class Spots:
    """Fed while driving; `share` of what is neither load nor vehicle is edges of spots, None: unknown."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask > 0
        self._edges = Average(_LOOKS)
        self._mean = self._before = 0.0
        self._known: Any = None
        self._world: Any = None
        self.share: float | None = None

    def add(self, grey: Grey, field: Field) -> None:
        """One look."""
        self._edges.add(field)
        self._mean += (float(cv2.mean(grey)[0]) - self._mean) / min(self._edges.count, _LOOKS)

    def judge(self, *, learn: bool) -> None:
        """Compare with what is known; `learn`: nothing is wrong, so what is known may follow."""
        self._before = self._before or self._mean
        steady = abs(self._mean - self._before) < _STEADY * self._mean
        self._before += (self._mean - self._before) * _LAG
        self.share = None
        if self._edges.count < _LOOKS or self._mean < _DAY or not steady:
            self._known = None if not steady else self._known
            return
        edges: Any = np.abs(self._edges.field)
        if self._known is None:
            self._known = edges
            own = (edges > _OWN).astype(np.uint8)
            self._world = self._mask & (cv2.dilate(own, np.ones((9, 9), np.uint8)) == 0)
        new = (edges - self._known > _NEW) & self._world
        tiles: Any = cv2.resize(new.astype(np.float32), _TILES, interpolation=cv2.INTER_AREA)
        scattered = int(np.count_nonzero(tiles > _SOME)) >= _PLACES
        share = float(np.count_nonzero(new)) / max(1, int(np.count_nonzero(self._world)))
        self.share = share if scattered else 0.0
        if learn:
            self._known = self._known + (edges - self._known) * _FOLLOW
