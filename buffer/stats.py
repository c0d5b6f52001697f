"""What `Journal.stats` answers."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buffer.aside import beside
from buffer.ranges import RangeSet

if TYPE_CHECKING:
    from buffer.writing import Writing


class StreamStats(msgspec.Struct, frozen=True):
    """Records held of a stream: how many, the first and the last seq ever given; `pruned` are gone."""

    count: int
    first: int | None
    last: int
    pruned: int


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


def stream_stats(last: int, pruned: RangeSet) -> StreamStats:
    """Of a stream whose seqs run to `last`, less what was pruned."""
    held = next(pruned.missing(1, last), None)
    return StreamStats(last - pruned.count, held[0] if held else None, last, pruned.count)


def sink_stats(done: RangeSet, last: int) -> SinkStats:
    """Of a sink that has or will never get `done` of a stream whose seqs run to `last`."""
    return SinkStats(done.first_gap(), sum(hi - lo + 1 for lo, hi in done.missing(1, last)))


def gathered(path: Path, writing: "Writing", damaged: int) -> JournalStats:
    """The state of an open journal."""
    with writing.state:
        last, sinks = dict(writing.last), writing.delivery.sinks()
        pruned = {stream: writing.pruned.get(stream, RangeSet()).copy() for stream in last}
        waiting, dropped = len(writing.pending), writing.pending.dropped + writing.counters.refused
    files = [path, beside(path, "-wal"), beside(path, ".reserve")]
    return JournalStats(
        generation=writing.generation,
        bytes=sum(file.stat().st_size for file in files if file.exists()),
        streams={stream: stream_stats(seq, pruned[stream]) for stream, seq in last.items()},
        sinks={sink: writing.of_sink(sink) for sink in sinks},
        pending=waiting,
        dropped=dropped,
        damaged=damaged,
        full=writing.full,
        commits=writing.counters.commits,
        reserve=files[-1].exists(),
    )
