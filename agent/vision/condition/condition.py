"""The condition of one camera over time: every decoded frame is looked at, faults come and go slowly."""

from typing import Any

import cv2
import numpy as np

from agent.vision.condition.dwell import SECOND, Dwell
from agent.vision.condition.limits import Thresholds
from agent.vision.condition.measures import Grey, Look, look, small
from agent.vision.condition.mount import Compared, Mount
from agent.vision.condition.verdict import FULL, HYSTERESIS, glaring, nothing, out_of_focus, too_dark
from agent.vision.preprocess import Picture, Roi
from drivers.camera.frame import Frame
from drivers.readings import CameraFault, CameraFaultKind

_CHANCE = 6  # frames like an earlier one that may be so by chance
_STEP, _TILES = 8, 8  # px left out between two that are compared; tiles of those
_ORDER: tuple[CameraFaultKind, ...] = ("dark", "glare", "blocked", "moved", "defocused", "dirty")


class Condition:
    """Fed with `look`, asked with `faults` and `unchanged_s`. Not for several threads at once.

    `still` is the picture taken at commissioning; without `learn` (in the cab, where all moves) nothing is
    compared with the vehicle's own edges.
    """

    def __init__(
        self,
        roi: Roi = (),
        thresholds: Thresholds | None = None,
        still: Grey | None = None,
        *,
        learn: bool = True,
    ) -> None:
        self._limits = limits = thresholds or Thresholds()
        self._mount, self._learn = Mount(roi, limits, still), learn
        self._dwells = {kind: Dwell(limits.after_s, limits.over_s) for kind in _ORDER}
        for kind in ("moved", "dirty"):
            self._dwells[kind] = Dwell(limits.slow_s, limits.slow_s)
        self._number: int | None = None
        self._same: Any = None
        self._same_ns = self._last_ns = self._repeats = 0
        self.newest: Look | None = None
        self.hidden: float | None = None

    @property
    def unchanged_s(self) -> float | None:
        """For how long the frames have been one and the same; None: nothing to compare, or nothing to see.

        A few that are alike may be so by chance; then it is 0.
        """
        if self._same is None:
            return None
        return round((self._last_ns - self._same_ns) / SECOND, 1) if self._repeats >= _CHANCE else 0.0

    @property
    def compared(self) -> Compared:
        """What the newest comparison with the vehicle's own edges said."""
        return self._mount.compared

    @property
    def learnt(self) -> int:
        """How many pictures were taken while driving."""
        return self._mount.looks

    def faults(self) -> tuple[CameraFault, ...]:
        """Those that hold now, the gravest first."""
        return tuple(
            CameraFault(kind, dwell.since_ns, dwell.why)
            for kind, dwell in self._dwells.items()
            if dwell.since_ns is not None
        )

    def look(self, frame: Frame) -> None:
        """Take a frame; one that was taken before is passed over."""
        if frame.number == self._number:
            return
        self._number = frame.number
        grey = small(frame.image)
        seen = self.newest = look(grey)
        dim, white = too_dark(seen, self._limits), glaring(seen, self._limits)
        self._compare(frame, told=seen.bright >= self._limits.dark_grey and seen.mean <= FULL)
        now, limits = frame.mono_ns, self._limits
        self._feed(
            "dark", now, dim, f"95 % of the picture below grey {seen.bright:.0f}, {limits.dark_grey:g}"
        )
        self._feed("glare", now, white, f"{seen.white:.0%} white, mean grey {seen.mean:.0f}")
        sight = dim is False and white is False
        self._feed_slow(now, grey, seen, sight=sight)
        hidden = self._dwells["blocked"].since_ns is not None
        blurred = out_of_focus(seen, limits) if sight and not hidden else None
        why = "" if seen.acuity is None else f"sharpest edges {seen.acuity:.2f}, least {limits.acuity:g}"
        self._feed("defocused", now, blurred, why)

    def _feed(self, kind: CameraFaultKind, now: int, seen: bool | None, why: str) -> None:  # noqa: FBT001
        self._dwells[kind].feed(now, seen, why)

    def _feed_slow(self, now: int, grey: Grey, seen: Look, *, sight: bool) -> None:
        """What is judged against the vehicle's own edges; what takes driving, only at a new comparison."""
        blocked, why = self._blocked(grey, seen) if sight else (None, "")
        self._feed("blocked", now, blocked, why)
        free = sight and not blocked and self._dwells["blocked"].since_ns is None
        if not (free and self._learn) or not self._mount.add(grey, faulty=bool(self.faults())):
            return
        found, limits = self._mount.compared, self._limits
        self._feed("moved", now, found.moved, self._where(found))
        dirt = None if found.dirt is None or found.moved is not False else found.dirt >= limits.dirt_share
        share = found.dirt or 0.0
        self._feed(
            "dirty",
            now,
            dirt,
            f"edges of spots on {share:.1%} of the surroundings, most {limits.dirt_share:.0%}",
        )

    def _blocked(self, grey: Grey, seen: Look) -> tuple[bool | None, str]:
        """Nothing in the whole picture, or nothing where much of the vehicle should be seen."""
        limits = self._limits
        if nothing(seen, limits):
            return True, f"tiles differ by {seen.spread:.1f} grey levels, least {limits.spread_grey:g}"
        self.hidden = share = self._mount.hidden(grey, seen)
        if share is None:
            return (None if self._mount.known else False), ""
        most = limits.hidden_share
        why = f"nothing to be seen of {share:.0%} of the vehicle's edges, most {most:.0%}"
        return (True if share >= most else None if share >= most / HYSTERESIS else False), why

    def _where(self, found: Compared) -> str:
        if found.match is None:
            return ""
        m = found.match
        reference = "the commissioned" if self._mount.commissioned else "a self-learnt"
        return (
            f"{m.right:+.0%} right, {m.down:+.0%} down, {m.turn:+.0f} deg against {reference} view;"
            f" likeness {m.found:.2f} there, {m.here:.2f} here"
        )

    def _compare(self, frame: Frame, *, told: bool) -> None:
        """Whether it is the same picture as before; single pixels, so that a sensor's noise is a change."""
        self._last_ns = frame.mono_ns
        if not told:
            self._same = None
            return
        self._repeats += 1
        sparse = _sparse(frame.image)
        if self._same is not None and self._same.shape == sparse.shape:
            change: Any = cv2.absdiff(sparse, self._same)
            tiles = cv2.resize(change.astype(np.float32), (_TILES, _TILES), interpolation=cv2.INTER_AREA)
            if float(np.quantile(tiles, 0.95)) < self._limits.unchanged_grey:
                return
        self._same, self._same_ns, self._repeats = sparse, frame.mono_ns, 0


def _sparse(image: Picture) -> Any:
    """Each eighth pixel of each eighth line of a 640 px wide picture, its colours averaged."""
    step = max(1, image.shape[1] * _STEP // 640)
    points = image[::step, ::step]
    return np.ascontiguousarray(points if points.ndim == 2 else points.mean(axis=2).astype(np.uint8))
