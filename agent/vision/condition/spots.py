"""Spots that stay where they are in the picture while the world behind them goes by: mud on the lens.

A spot has soft edges that don't move, and less change inside than there was and than there is around it. It
is compared with what was learnt in the same light, which follows slowly; by day only, since a night's dark places
places look the same. Another light is learnt anew: mud that comes with it is not seen, what was seen is over.
"""

from typing import Any

import cv2
import numpy as np

from agent.vision.condition.body import HEIGHT, WIDTH, Average, Field, Mask
from agent.vision.condition.measures import Grey

_LOOKS = 60  # that the newest picture of the change is taken over
_FOLLOW = 0.015  # of the difference to the known one is learnt at each comparison
_STEADY, _LAG = 0.12, 0.2  # change of the mean grey that is no change of light; share of it that is forgotten
_DAY = 60.0  # mean grey by day
_EDGE, _BODY = 0.3, 0.25  # strength of an edge that stays: a new one, the vehicle's own
_DULL = 0.7  # of the change that was there


class Spots:
    """Fed while driving; `share` of the picture outside the load space is hidden by spots, None: unknown."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask > 0
        self._edges = Average(_LOOKS)
        self._change: Any = np.zeros((HEIGHT, WIDTH), np.float32)
        self._looks = 0
        self._last: Any = None
        self._mean = 0.0
        self._known: Any = None
        self._before = 0.0
        self._world: Any = None
        self.share: float | None = None

    def add(self, grey: Grey, field: Field) -> None:
        """One look."""
        half: Any = cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        soft: Any = cv2.GaussianBlur(half.astype(np.float32), (0, 0), 1.0)
        mean = float(soft.mean())
        soft -= mean
        if self._last is not None:
            self._looks += 1
            self._edges.add(field)
            share = 1 / min(self._looks, _LOOKS)
            self._change += (np.abs(soft - self._last) - self._change) * share
            self._mean += (mean - self._mean) * share
        self._last = soft

    def forget(self) -> None:
        """What comes next has nothing to do with what came before."""
        self._last = None

    def judge(self, *, learn: bool) -> None:
        """Compare with what is known; `learn`: nothing is wrong, so what is known may follow."""
        steady = abs(self._mean - self._before) < _STEADY * self._mean
        self._before += (self._mean - self._before) * _LAG
        self.share = None
        if self._looks < _LOOKS or self._mean < _DAY or not steady:
            self._known = None if not steady else self._known
            return
        around: Any = cv2.GaussianBlur(self._change, (0, 0), 14)
        relative: Any = cv2.GaussianBlur(self._change, (0, 0), 2)
        relative /= around + 0.01
        if self._known is None:
            self._known = relative
            own = (np.abs(self._edges.field) > _BODY).astype(np.uint8)
            self._world = self._mask & (cv2.dilate(own, np.ones((9, 9), np.uint8)) == 0)
        new = (np.abs(self._edges.field) > _EDGE).astype(np.uint8)
        edges: Any = cv2.dilate(new, np.ones((9, 9), np.uint8))
        dull = (relative < _DULL * self._known) & (edges > 0) & self._world
        self.share = float(np.count_nonzero(dull)) / max(1, int(np.count_nonzero(self._world)))
        if learn:
            self._known = self._known + (relative - self._known) * _FOLLOW
