"""What a new journal takes over from an earlier file."""

import msgspec

from buffer.command import Kept
from buffer.ranges import RangeSet
from buffer.thinned import Row


class Inherited(msgspec.Struct, frozen=True):
    """What a new journal takes over from one that was moved aside, besides the records it carried.

    `last` and `kept` seqs by stream, and where these are `thinned`; settled ranges, session numbers, notes,
    the rule state's snapshot, the report of all that, which is kept until `Writing.forget_report`; commands,
    and up to when they were cleared.
    """

    last: dict[str, int]
    kept: dict[str, RangeSet]
    settled: list[tuple[str, str, int, int]]
    sessions: list[tuple[str, int]]
    snapshot: bytes | None
    report: bytes
    thinned: list[Row] = []
    commands: list[Kept] = []
    floor: str | None = None
    notes: dict[str, str] = {}

    def pruned(self) -> dict[str, RangeSet]:
        """By stream, what is neither kept nor left out by thinning."""
        there = {stream: self.kept.get(stream, RangeSet()).copy() for stream in self.last}
        for row in self.thinned:
            there[row.stream].add(row.lo, row.hi)
        return {stream: RangeSet(there[stream].missing(1, last)) for stream, last in self.last.items()}
