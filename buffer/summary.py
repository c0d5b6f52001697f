"""The state of an open journal in figures."""

from pathlib import Path

from buffer.aside import beside
from buffer.ranges import RangeSet
from buffer.recovery import size_of
from buffer.stats import JournalStats, stream_stats
from buffer.writing import Writing


def summary(path: Path, writing: Writing, damaged: int) -> JournalStats:
    """What `Journal.stats` answers."""
    with writing.state:
        last, sinks = dict(writing.last), writing.delivery.sinks()
        pruned = {stream: writing.pruned.get(stream, RangeSet()).copy() for stream in last}
        streams = {s: stream_stats(seq, pruned[s], s, writing.thinned) for s, seq in last.items()}
        pending, counters = writing.pending, writing.counters
        waiting, dropped = len(pending), pending.dropped + counters.refused
    return JournalStats(
        generation=writing.generation,
        bytes=size_of(path),
        streams=streams,
        sinks={sink: writing.of_sink(sink) for sink in sinks},
        pending=waiting,
        dropped=dropped,
        damaged=damaged,
        full=writing.full,
        commits=counters.commits,
        reserve=beside(path, ".reserve").exists(),
    )
