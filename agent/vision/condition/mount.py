"""Whether the camera still looks where it looked, and at what: the vehicle's edges, learnt while driving."""

from typing import Any

import cv2
import msgspec
import numpy as np

from agent.vision.condition.body import Average, Match, Reference, directions, surroundings
from agent.vision.condition.limits import Thresholds
from agent.vision.condition.measures import Grey, Look, ranges
from agent.vision.condition.spots import Spots
from agent.vision.preprocess import Roi

_EVERY = 10  # looks between two comparisons
_LOOKS = 20  # that are averaged
_MORE_FLAT = 0.3  # of the tiles in which there was something
_FLAT = 12.0  # grey levels between darkest and brightest px of a tile in which nothing is to be seen
_LIT = 45.0  # nineteen of twenty px are darker: too dark to tell what is hidden
_LIKE = 0.85  # the old place is as good as the best one
_SURE = 3  # comparisons at the old place after which the commissioned picture is replaced by what is learnt


class Compared(msgspec.Struct, frozen=True):
    """What the newest comparison says; None: it can't be told. Shares 0..1."""

    match: Match | None = None
    moved: bool | None = None
    dirt: float | None = None


class Mount:
    """One camera's view of its vehicle; `still` is the picture taken at commissioning."""

    def __init__(self, roi: Roi, thresholds: Thresholds, still: Grey | None) -> None:
        self._mask, self._thresholds = surroundings(roi), thresholds
        self.commissioned = still is not None
        self._reference = None if still is None else Reference(directions(still), self._mask)
        self._learnt = False
        self._now = Average(_LOOKS)
        self._first = Average(thresholds.learn_looks)
        self._flat = 0.0 if still is None else float(np.mean(ranges(still) < _FLAT))
        self._agreed = 0
        self._spots = Spots(self._mask)
        self._last: Any = None
        self.looks = 0
        self.compared = Compared()

    @property
    def known(self) -> bool:
        """Whether there is something to compare with."""
        return self._reference is not None

    def add(self, grey: Grey, *, faulty: bool) -> bool:
        """One look; only those taken while driving count. Gives whether a comparison was made."""
        if not self._driving(grey):
            return False
        self.looks += 1
        field = directions(grey)
        self._now.add(field)
        self._spots.add(grey, field)
        if not self._learnt and not faulty:
            self._first.add(field)
            self._flat += (float(np.mean(ranges(grey) < _FLAT)) - self._flat) / self._first.count
        if self.looks % _EVERY or self.looks < _LOOKS:
            return False
        self._compare(faulty=faulty)
        return True

    def _driving(self, grey: Grey) -> bool:
        """Whether the world moves: a fifth of 20 x 15 tiles changed beyond noise and beyond all of them."""
        tiles = np.asarray(cv2.resize(grey, (20, 15), interpolation=cv2.INTER_AREA), np.float32) + 4.0
        last, self._last = self._last, tiles
        if last is None:
            return False
        change = tiles / last
        change = np.abs(change / np.median(change) - 1.0) * tiles
        return bool(np.mean(change > 2.0 + 0.01 * tiles) >= 0.2)

    def _compare(self, *, faulty: bool) -> None:
        limits = self._thresholds
        if self._reference is None:
            if self._first.count >= limits.learn_looks:
                self._learn()
            return
        match = self._reference.find(self._now.field, limits.shift_share, limits.turn_deg)
        moved = self._moved(match)
        well = moved is False and not faulty
        self._agreed = self._agreed + 1 if well else 0
        if not self._learnt and self._agreed >= _SURE and self._first.count >= limits.learn_looks:
            self._learn()
        self._spots.judge(learn=well)
        self.compared = Compared(match, moved, self._spots.share)

    def _learn(self) -> None:
        self._reference, self._learnt = Reference(self._first.field, self._mask), True

    def _moved(self, match: Match) -> bool | None:
        """Whether it is found elsewhere; None when it is found nowhere."""
        limits = self._thresholds
        if match.found < limits.match_share:
            return None
        away = (
            max(abs(match.right), abs(match.down)) > limits.shift_share or abs(match.turn) > limits.turn_deg
        )
        return away and match.here < _LIKE * match.found

    def hidden(self, grey: Grey, look: Look) -> float | None:
        """The share (0..1) of the known edges that are hidden; None: too dark to tell, or none are known.

        They are where nothing is to be seen now, and there is more of that than there was: a camera that was
        turned has the sky there, and as much to be seen as before.
        """
        if look.bright < _LIT or self._reference is None:
            return None
        flat = ranges(grey) < _FLAT
        if np.mean(flat) < self._flat + _MORE_FLAT * (1 - self._flat):
            return 0.0
        weight: Any = cv2.resize(
            np.abs(self._reference.field) ** 2, flat.shape[::-1], interpolation=cv2.INTER_AREA
        )
        return float(np.sum(weight[flat]) / max(1e-9, float(np.sum(weight))))
