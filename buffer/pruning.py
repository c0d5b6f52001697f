"""Letting records go: retention's plan put into effect on an open journal, in small transactions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from buffer.ranges import RangeSet
from buffer.reading import Reading, aged_to
from buffer.records import CHAINED, Record
from buffer.recovery import hold_reserve
from buffer.retention import WINDOW, Drop, Span, Thin, plan
from buffer.store import Space
from buffer.thinned import Thinning
from buffer.thinning import Point, kept
from buffer.writing import Writing

_STEP = 500  # records per transaction, so that nobody waits long for the lock
_STEPS = 8  # transactions per call; the rest is left to the next
Place = Callable[[Record], Point]
"""What a track record says, as thinning sees it."""
Step = Drop | Thinning
Ages = Mapping[str, int] | None


class Pruning:
    """What the journal at `path` may let go; safe across threads."""

    def __init__(self, path: Path, space: Space, writing: Writing, reading: Reading) -> None:
        self._path, self._space, self._writing, self._reading = path, space, writing, reading

    def lacking(self) -> int:
        """Bytes of room that retention should make."""
        return max(0, 2 * self._space.low_bytes - self._writing.room())

    def planned(
        self, sinks: Sequence[str], older_than_ns: int | None, place: Place | None, of: Mapping[str, int]
    ) -> list[Step]:
        """What may go now, as much as one call may: see Journal.planned."""
        need = self.lacking()
        with self._writing.state:
            last = {s: seq for s, seq in self._writing.last.items() if s not in CHAINED}
        spans = [self._span(s, seq, sinks, of.get(s, older_than_ns)) for s, seq in last.items()]
        drops, thins = plan(spans, need, thin=place is not None)
        steps = _small(drops)
        if place is not None and thins:
            each = {span.stream: span.bytes_each for span in spans}
            left = need - sum((drop.hi - drop.lo + 1) * each[drop.stream] for drop in drops)
            steps += self._thinnings(thins, left, place, _STEPS - len(steps))
        return steps

    def _thinnings(self, thins: Sequence[Thin], need: int, place: Place, most: int) -> Iterator[Thinning]:
        """Window by window until enough is left out."""
        for thin in thins:
            lo = thin.lo
            while lo <= thin.hi and need > 0 and most > 0:
                step = self._thinned(thin, lo, place)
                yield step
                need -= len(step.left_out) * thin.bytes_each
                most -= 1
                lo = step.hi + 1

    def _thinned(self, thin: Thin, lo: int, place: Place) -> Thinning:
        """The window that begins at `lo`: whole, of one boot, or shorter at the end."""
        found = self._reading.fetch(thin.stream, lo, thin.hi, WINDOW)
        records = [record for record in found if record.boot == found[0].boot]
        whole = len(found) < WINDOW and len(records) == len(found)
        hi = thin.hi if whole else records[-1].seq
        points = [
            place(r) if r.intact() else Point(r.seq, r.mono_ns, f"damaged {r.seq}")
            for r in records
            if isinstance(r.seq, int)
        ]
        stay = {points[at].seq for at in kept(points, thin.bound_m - thin.was_m)}
        gone = tuple(p.seq for p in points if p.seq not in stay)
        return Thinning(thin.stream, lo, hi, thin.bound_m, tuple(sorted(stay)), gone)

    def _span(self, stream: str, last: int, sinks: Sequence[str], older_than_ns: int | None) -> Span:
        acknowledged = RangeSet([(1, last)])
        with self._writing.state:
            for sink in sinks:
                acknowledged = acknowledged.intersection(self._writing.delivery.settled(sink, stream))
            gone = self._writing.pruned.get(stream, RangeSet()).copy()
            thinned = self._writing.thinned.bounds(stream)
        old = 0 if older_than_ns is None else aged_to(self._reading, stream, last, older_than_ns)
        return Span(stream, last, gone, acknowledged, old, self._reading.bytes_each(stream, last), thinned)

    def prune(self, steps: Sequence[Step]) -> list[Step]:
        """Delete as much as one call may, each step in its transaction; returns what went."""
        going = _small(steps)
        for step in going:
            self._writing.prune(step)
        hold_reserve(self._path, self._space.reserve_bytes)
        return going


def _small(steps: Sequence[Step]) -> list[Step]:
    """Steps of few records, as many as one call may take."""
    found: list[Step] = []
    for step in steps:
        if isinstance(step, Thinning):
            found.append(step)
        else:
            found += [
                Drop(step.stream, lo, min(lo + _STEP - 1, step.hi), step.why)
                for lo in range(step.lo, step.hi + 1, _STEP)
            ]
    return found[:_STEPS]
