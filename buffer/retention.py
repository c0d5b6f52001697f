"""Which records may go, and in which order. Pure: it sees spans and a need, and returns ranges.

First what every sink acknowledged and is older than the minimum to keep; then, while room is needed,
acknowledged track, media and health of any age; then track that some sink has not got yet is thinned, oldest
first, with a bound that grows in stages; when all is thinned with the last one, the oldest goes. Records of
the evidence chain never go: only a published anchor may release them.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from buffer.ranges import RangeSet

Why = Literal["aged", "room", "dropped"]
BOUNDS_M = (5, 20, 50)
"""How far off a fix left out by thinning may be at most, in each stage."""
WINDOW = 600
"""Records that are thinned at a time; as many of the newest are left alone."""
_PRUNABLE = ("track", "media", "health")  # in the order in which they go


class Span(msgspec.Struct, frozen=True):
    """One stream as retention sees it.

    `gone` was pruned before, `acknowledged` is settled at every sink, seqs up to `aged_to` are older than the
    minimum to keep, `bytes_each` is the mean size of a record in the file; `thinned`: by bound (m), where
    only some of the records are there.
    """

    stream: str
    last: int
    gone: RangeSet
    acknowledged: RangeSet
    aged_to: int
    bytes_each: int
    thinned: dict[int, RangeSet] = {}


class Thin(msgspec.Struct, frozen=True):
    """The unsent records of lo..hi are to be thinned to `bound_m`; they were to `was_m` before (0: never)."""

    stream: str
    lo: int
    hi: int
    bound_m: int
    was_m: int
    bytes_each: int


class Drop(msgspec.Struct, frozen=True):
    """Records lo..hi of a stream go; `dropped` ones were not delivered everywhere, which must be recorded."""

    stream: str
    lo: int
    hi: int
    why: Why


def plan(spans: Sequence[Span], need_bytes: int, *, thin: bool = False) -> tuple[list[Drop], list[Thin]]:
    """The drops, in order, those after the aged ones only as far as they free `need_bytes`; and what to thin.

    How much thinning frees, only trying tells: thin in this order until it is enough. With `thin`, unsent
    track is dropped only when there is nothing more to thin.
    """
    prunable = sorted((s for s in spans if s.stream in _PRUNABLE), key=lambda s: _PRUNABLE.index(s.stream))
    making = _Plan(need_bytes)
    for span in prunable:
        if span.aged_to:
            making.drop(span, span.acknowledged.intersection(RangeSet([(1, span.aged_to)])), "aged")
    for span in prunable:
        making.drop(span, span.acknowledged, "room")
    track = [span for span in prunable if span.stream == "track" and span.last]
    thins = [t for span in track for t in _thins(span)] if thin and making.need > 0 else []
    for span in track if not thins else ():
        making.drop(span, RangeSet([(1, span.last)]), "dropped")
    return making.drops, thins


def _thins(span: Span) -> Iterator[Thin]:
    """All that may still be thinned, in order. Each stage begins when the one before is through."""
    for bound in BOUNDS_M:
        done = span.gone.copy()
        done.merge(span.acknowledged)
        for there, ranges in span.thinned.items():
            if there >= bound:
                done.merge(ranges)
        end = span.last - WINDOW
        found = [
            Thin(span.stream, lo, hi, bound, was, span.bytes_each)
            for first, last in done.missing(1, end)
            for lo, hi, was in _before(span, bound, first, last)
            if hi < end or hi - lo >= WINDOW  # what still grows waits until it is a whole window
        ]
        if found:
            yield from found
            return


def _before(span: Span, bound: int, first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """The pieces of first..last by the bound to which they were thinned before, ascending."""
    untouched, pieces = RangeSet([(first, last)]), list[tuple[int, int, int]]()
    for was, ranges in span.thinned.items():
        if was < bound:
            for lo, hi in ranges.intersection(RangeSet([(first, last)])):
                pieces.append((lo, hi, was))
                untouched.discard(lo, hi)
    yield from sorted([*pieces, *((lo, hi, 0) for lo, hi in untouched)])


class _Plan:
    """The drops so far and the bytes still needed."""

    def __init__(self, need_bytes: int) -> None:
        self.drops: list[Drop] = []
        self.need = need_bytes
        self._gone: dict[str, RangeSet] = {}

    def drop(self, span: Span, candidates: RangeSet, why: Why) -> None:
        """Drop the oldest candidates: all of them when aged, else until nothing more is needed."""
        gone = self._gone.setdefault(span.stream, span.gone.copy())
        for lo, hi in candidates:
            for first, end in list(gone.missing(lo, hi)):
                wanted = max(0, -(-self.need // span.bytes_each))
                last = end if why == "aged" else min(end, first - 1 + wanted)
                if first <= last:
                    gone.add(first, last)
                    self.drops.append(Drop(span.stream, first, last, why))
                    self.need -= (last - first + 1) * span.bytes_each
