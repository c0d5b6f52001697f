"""Which records may go, and in which order. Pure: it sees spans and a need, and returns ranges.

First what every sink acknowledged and is older than the minimum to keep; then, while room is needed,
acknowledged track, media and health of any age; last track that some sink has not got yet. Records of the
evidence chain never go: only a published anchor may release them.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from buffer.ranges import RangeSet

Why = Literal["aged", "room", "dropped"]
_PRUNABLE = ("track", "media", "health")  # in the order in which they go


class Span(msgspec.Struct, frozen=True):
    """One stream as retention sees it.

    `gone` was pruned before, `acknowledged` is settled at every sink, seqs up to `aged_to` are older than the
    minimum to keep, `bytes_each` is the mean size of a record in the file.
    """

    stream: str
    last: int
    gone: RangeSet
    acknowledged: RangeSet
    aged_to: int
    bytes_each: int


class Drop(msgspec.Struct, frozen=True):
    """Records lo..hi of a stream go; `dropped` ones were not delivered everywhere, which must be recorded."""

    stream: str
    lo: int
    hi: int
    why: Why


def plan(spans: Sequence[Span], need_bytes: int) -> list[Drop]:
    """The drops, in order; those after the aged ones only as far as they free `need_bytes`."""
    prunable = sorted((s for s in spans if s.stream in _PRUNABLE), key=lambda s: _PRUNABLE.index(s.stream))
    making = _Plan(need_bytes)
    for span in prunable:
        if span.aged_to:
            making.drop(span, span.acknowledged.intersection(RangeSet([(1, span.aged_to)])), "aged")
    for span in prunable:
        making.drop(span, span.acknowledged, "room")
    for span in prunable:
        if span.stream == "track" and span.last:
            making.drop(span, RangeSet([(1, span.last)]), "dropped")
    return making.drops


class _Plan:
    """The drops so far and the bytes still needed."""

    def __init__(self, need_bytes: int) -> None:
        self.drops: list[Drop] = []
        self._need = need_bytes
        self._gone: dict[str, RangeSet] = {}

    def drop(self, span: Span, candidates: RangeSet, why: Why) -> None:
        """Drop the oldest candidates: all of them when aged, else until nothing more is needed."""
        gone = self._gone.setdefault(span.stream, span.gone.copy())
        for lo, hi in candidates:
            for first, end in list(gone.missing(lo, hi)):
                wanted = max(0, -(-self._need // span.bytes_each))
                last = end if why == "aged" else min(end, first - 1 + wanted)
                if first <= last:
                    gone.add(first, last)
                    self.drops.append(Drop(span.stream, first, last, why))
                    self._need -= (last - first + 1) * span.bytes_each
