"""Lets old pictures go, and sees to it that the journal says so: plan, delete, tell, forget the trace."""

import logging
import os
from collections.abc import Callable, Collection, Iterable
from itertools import groupby
from pathlib import Path

import msgspec

from agent.model import PicturesDeleted
from agent.pictures.files import Stored, date, delete, erase, folder_name, forget, stored, sweep_fresh
from agent.pictures.plan import Days, plan, undated
from drivers.clock import Clock

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_TELL_AGAIN_NS = 600 * SECOND
_AT_ONCE = 100  # deletions in one round
_TRUSTED = ("gnss", "ntp")


class Keeping(msgspec.Struct, frozen=True):
    """The folder, what it may take and leaves free (bytes), days per class, the time of an unset clock."""

    root: Path
    max_bytes: int
    min_free_bytes: int
    days: Days
    not_before_ns: int


class Clearing:
    """Used by one thread. `needed` gives the subjects of open episodes, `evidence` hashes that go last."""

    def __init__(
        self,
        keeping: Keeping,
        needed: Callable[[], Collection[str]],
        clock: Clock,
        evidence: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._keeping, self._needed, self._clock, self._evidence = keeping, needed, clock, evidence
        self._told: dict[tuple[str, str, str], tuple[Stored, int]] = {}

    def begin(self) -> None:
        """Once, before the first round: what was half written goes."""
        left = sweep_fresh(self._keeping.root)
        if left:
            log.warning("pictures: %d were half written when the power went, and are gone", left)

    def round(self, beat: Callable[[], None]) -> list[PicturesDeleted]:
        """Delete what may go now; gives what is to be told. Raises OSError when the disk fails.

        A trace that nobody confirmed, of this run or an earlier one, is told again.
        """
        keeping, stamp = self._keeping, self._clock.stamp()
        found = list(stored(keeping.root))
        pictures = [f for f in found if f.gone is None]
        utc_ns = stamp.utc_ns if stamp.origin in _TRUSTED else None
        if utc_ns is not None:
            for picture in undated(pictures, keeping.not_before_ns):
                date(picture, utc_ns)
            pictures = [p for p in pictures if p.utc_ns >= keeping.not_before_ns]
        needed = {folder_name(subject) for subject in self._needed()}
        missing = self._missing(pictures)
        drops = plan(pictures, keeping.days, utc_ns, missing, needed, self._evidence() if missing else ())
        traces = [erase(f) if f.bytes else f for f in found if f.gone is not None]
        for drop in drops[:_AT_ONCE]:
            beat()
            traces.append(delete(drop.picture, drop.why))
        return self._tell(traces)

    def confirmed(self, seen: PicturesDeleted) -> None:
        """The journal has this record, so its traces may go. Raises OSError."""
        for sha256, kind in seen.files:
            trace, _ = self._told.pop((seen.subject, sha256, kind), (None, 0))
            if trace is not None:
                forget(trace)

    def _missing(self, pictures: Iterable[Stored]) -> int:
        """Bytes over the budget, or missing on the disk."""
        keeping = self._keeping
        if not keeping.root.exists():
            return 0
        disk = os.statvfs(keeping.root)
        lacking = keeping.min_free_bytes - disk.f_bavail * disk.f_frsize
        return max(0, lacking, sum(p.bytes for p in pictures) - keeping.max_bytes)

    def _tell(self, traces: list[Stored]) -> list[PicturesDeleted]:
        now = self._clock.mono_ns()
        never = (None, now - _TELL_AGAIN_NS)
        due = [t for t in traces if now - self._told.get(_key(t), never)[1] >= _TELL_AGAIN_NS]
        said = []
        for _, together in groupby(sorted(due, key=_record), key=_record):
            files = list(together)
            self._told |= {_key(t): (t, now) for t in files}
            head, names = files[0], tuple((t.sha256, t.kind) for t in files)
            said.append(PicturesDeleted(now, head.subject, head.group, head.gone or "aged", names))
        return said


def _key(trace: Stored) -> tuple[str, str, str]:
    return trace.subject, trace.sha256, trace.kind


def _record(trace: Stored) -> tuple[str, str, str]:
    """What the files of one record have in common."""
    return trace.group, trace.subject, trace.gone or ""
