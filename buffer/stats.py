"""What `Journal.stats` answers."""

from typing import TYPE_CHECKING

import msgspec

from buffer.ranges import RangeSet
from buffer.thinned import Thinned

if TYPE_CHECKING:
    pass


class StreamStats(msgspec.Struct, frozen=True):
    """Records held of a stream: how many, the first and the last seq ever given.

    `pruned` are gone, `thinned` left out to make room.
    """

    count: int
    first: int | None
    last: int
    pruned: int
    thinned: int


class SinkStats(msgspec.Struct, frozen=True):
    """What a sink has of a stream: its first unsettled seq, and how many records are unsettled."""

    watermark: int
    unsettled: int


class JournalStats(msgspec.Struct, frozen=True):
    """The journal's state; counters since it was opened, sizes in bytes.

    `pending` entries wait for a commit, `dropped` were given up for want of space, `damaged` records fail
    their checksum; `full` says why the last commit failed or track is refused.
    """

    generation: str
    bytes: int
    streams: dict[str, StreamStats]
    sinks: dict[str, dict[str, SinkStats]]
    pending: int
    dropped: int
    damaged: int
    full: str | None
    commits: int
    reserve: bool


class Counters(msgspec.Struct):
    """Since the journal was opened; `failure` is the last commit's, `low` while track is refused."""

    commits: int = 0
    refused: int = 0
    failure: str | None = None
    low: bool = False


def stream_stats(last: int, pruned: RangeSet, stream: str, thinned: Thinned) -> StreamStats:
    """Of a stream whose seqs run to `last`, less what was pruned and left out."""
    held = next(pruned.missing(1, last), None)
    left_out = thinned.total(stream)
    return StreamStats(
        last - pruned.count - left_out, held[0] if held else None, last, pruned.count, left_out
    )


def sink_stats(done: RangeSet, last: int, stream: str, thinned: Thinned) -> SinkStats:
    """Of a sink that has or will never get `done` of a stream whose seqs run to `last`.

    How many of a part of a thinned stretch are there is an estimate; of nothing it is nothing.
    """
    unsettled = sum(hi - lo + 1 - thinned.left_out(stream, lo, hi) for lo, hi in done.missing(1, last))
    return SinkStats(done.first_gap(), unsettled)
