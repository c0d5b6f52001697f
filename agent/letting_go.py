"""Retention in the agent: what goes is first on record as skipped, for each sink that has not got it."""

import logging
from collections.abc import Callable, Sequence

import msgspec

from agent.model import Observation, Released, Skipped
from agent.track_points import point
from buffer.chain_pruning import Bounds
from buffer.errors import JournalFull
from buffer.journal import Journal
from buffer.pruning import Step
from buffer.retention import Drop
from buffer.thinned import Thinning
from drivers.clock import Clock

log = logging.getLogger(__name__)
_TRUSTED = ("gnss", "ntp")


class Keeping(msgspec.Struct, frozen=True):
    """For which sinks records are kept, and how long (ns): delivered ones, those of pictures.

    A sink that is not configured any more holds its records for `release_ns`. Records of the chain go when
    room is needed, or all that are older than `keep_chain_ns`; never before the longest of the others' days.
    """

    sinks: tuple[str, ...]
    keep_ns: int
    keep_media_ns: int
    release_ns: int
    keep_chain_ns: int | None = None

    def chain_ns(self, *, needed: bool) -> int | None:
        """How old a record of the chain must be before it may go; None: none may."""
        least = max(self.keep_ns, self.keep_media_ns)
        if needed:
            return least
        return None if self.keep_chain_ns is None else max(least, self.keep_chain_ns)


class LettingGo:
    """Plans, tells `take` what each sink will not get, deletes; `take` journals before it returns."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        keeping: Keeping,
        take: Callable[[Observation], None],
        held: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`held` says of a subject whether its chained records must stay."""
        self._journal, self._clock, self._keeping, self._take = journal, clock, keeping, take
        self._held = held

    def begin(self) -> None:
        """Know the sinks; name what went before one was there, or in a crash before it could be named."""
        self._known(None)
        for sink in self._keeping.sinks:
            for stream, lo, hi in list(self._journal.holds.unnamed(sink)):
                self._take(Skipped(self._clock.mono_ns(), sink, stream, lo, hi, "earlier"))

    def run(self) -> bool:
        """Let go what may go; whether there is more to do at once. Raises JournalFull."""
        stamp = self._clock.stamp()
        sinks = self._holding(stamp.utc_ns if stamp.origin in _TRUSTED else None)
        self._pass_over(stamp.utc_ns, sinks)
        older_than = None if stamp.utc_ns is None else stamp.utc_ns - self._keeping.keep_ns
        media = {} if stamp.utc_ns is None else {"media": stamp.utc_ns - self._keeping.keep_media_ns}
        steps = self._journal.planned(sinks, older_than, point, media)
        unsent = [step for step in steps if isinstance(step, Drop) and step.why == "dropped"]
        needed = self._journal.lacking() > 0 and len(unsent) == len(steps)  # nothing else may go any more
        if stamp.origin in _TRUSTED and self._let_chain_go(sinks, stamp.utc_ns, needed=needed):
            return True
        for step in unsent:
            self._skip(sinks, step.stream, step.lo, step.hi, "dropped")
        for merged in _merged(steps):
            self._tell_thinned(sinks, merged)
        self._journal.prune(steps)
        return bool(steps) and self._journal.lacking() > 0

    def _let_chain_go(self, sinks: tuple[str, ...], utc_ns: int | None, *, needed: bool) -> bool:
        """Up to an anchor that everybody has; whether something went."""
        age = self._keeping.chain_ns(needed=needed)
        if utc_ns is None or age is None:
            return False
        pruning = self._journal.chain_pruning
        cut = pruning.planned(Bounds(sinks, utc_ns - age, self._clock.boot, self._held))
        if cut is None:
            return False
        pruning.cut(cut)
        log.info("journal: the chain begins at anchor life/%d now: what it covers is let go", cut.anchor.seq)
        return True

    def _holding(self, utc_ns: int | None) -> tuple[str, ...]:
        """The sinks that must have a record before it may go; one whose days are over is released."""
        known = self._known(utc_ns)
        for sink, since in list(known.items()):
            due = since is not None and utc_ns is not None and utc_ns - since >= self._keeping.release_ns
            if since is not None and due and not self._journal.full:
                left = {stream: n for stream, n in self._journal.backlog(sink).items() if n}
                log.warning("sink %s is not configured any more: its records are released", sink)
                self._take(Released(self._clock.mono_ns(), sink, since, left))
                self._journal.holds.release(sink)
                del known[sink]
        return tuple(known)

    def _known(self, utc_ns: int | None) -> dict[str, int | None]:
        """The sinks, and since when one isn't configured; a full disk must not keep us from making room."""
        holds = self._journal.holds
        try:
            return holds.update(self._keeping.sinks, utc_ns)
        except JournalFull as e:
            log.warning("sinks cannot be noted: %s", e)
            return holds.known() | dict.fromkeys(self._keeping.sinks)

    def _pass_over(self, utc_ns: int | None, sinks: Sequence[str]) -> None:
        """Records of pictures go with the pictures' days, or before all else when room is needed."""
        if self._journal.lacking():
            self._skip(sinks, "media", 1, self._journal.last("media"), "dropped")
        elif utc_ns is not None:
            aged = self._journal.aged("media", utc_ns - self._keeping.keep_media_ns)
            self._skip(sinks, "media", 1, aged, "policy")

    def _skip(self, sinks: Sequence[str], stream: str, first: int, last: int, why: str) -> None:
        """Record for every sink what it will not get of these."""
        for sink in sinks:
            for lo, hi in self._journal.settled(sink, stream).missing(first, last):
                self._take(Skipped(self._clock.mono_ns(), sink, stream, lo, hi, why))

    def _tell_thinned(self, sinks: Sequence[str], step: Thinning) -> None:
        for sink in sinks:
            for lo, hi in self._journal.settled(sink, step.stream).missing(step.lo, step.hi):
                if any(lo <= seq <= hi for seq in step.left_out):
                    stay = sum(lo <= seq <= hi for seq in step.kept)
                    now = self._clock.mono_ns()
                    self._take(Skipped(now, sink, step.stream, lo, hi, "thinned", step.bound_m, stay))


def _merged(steps: Sequence[Step]) -> list[Thinning]:
    """Windows that follow each other as one, so that one record names them."""
    found: list[Thinning] = []
    for step in steps:
        if not isinstance(step, Thinning):
            continue
        last = found[-1] if found else None
        if last and (last.stream, last.bound_m, last.hi + 1) == (step.stream, step.bound_m, step.lo):
            found[-1] = Thinning(
                last.stream,
                last.lo,
                step.hi,
                last.bound_m,
                last.kept + step.kept,
                last.left_out + step.left_out,
            )
        else:
            found.append(step)
    return found
