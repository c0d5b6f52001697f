"""Letting records go: retention's plan put into effect on an open journal, in small transactions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from buffer.ranges import RangeSet
from buffer.reading import Reading, aged_to
from buffer.records import CHAINED
from buffer.recovery import hold_reserve
from buffer.retention import Drop, Span, plan
from buffer.store import Space
from buffer.writing import Writing

_STEP = 500  # records per transaction, so that nobody waits long for the lock
_STEPS = 8  # transactions per call; the rest is left to the next


class Pruning:
    """What the journal at `path` may let go; safe across threads."""

    def __init__(self, path: Path, space: Space, writing: Writing, reading: Reading) -> None:
        self._path, self._space, self._writing, self._reading = path, space, writing, reading

    def lacking(self) -> int:
        """Bytes of room that retention should make."""
        return max(0, 2 * self._space.low_bytes - self._writing.room())

    def planned(
        self, sinks: Sequence[str], older_than_ns: int | None, of_stream: Mapping[str, int]
    ) -> list[Drop]:
        """What may go now: see Journal.retain."""
        need = self.lacking()
        with self._writing.state:
            last = {s: seq for s, seq in self._writing.last.items() if s not in CHAINED}
        spans = [self._span(s, seq, sinks, of_stream.get(s, older_than_ns)) for s, seq in last.items()]
        return plan(spans, need)

    def _span(self, stream: str, last: int, sinks: Sequence[str], older_than_ns: int | None) -> Span:
        acknowledged = RangeSet([(1, last)])
        with self._writing.state:
            for sink in sinks:
                acknowledged = acknowledged.intersection(self._writing.delivery.settled(sink, stream))
            gone = self._writing.pruned.get(stream, RangeSet()).copy()
        old = 0 if older_than_ns is None else aged_to(self._reading, stream, last, older_than_ns)
        return Span(stream, last, gone, acknowledged, old, self._reading.bytes_each(stream, last))

    def prune(self, drops: Sequence[Drop]) -> list[Drop]:
        """Delete as much as one call may; returns what went."""
        steps = [
            Drop(drop.stream, lo, min(lo + _STEP - 1, drop.hi), drop.why)
            for drop in drops
            for lo in range(drop.lo, drop.hi + 1, _STEP)
        ][:_STEPS]
        for step in steps:
            self._writing.prune(step)
        hold_reserve(self._path, self._space.reserve_bytes)
        return steps
