"""A journal as an export: every intact record in the table it belongs to."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import msgspec

from agent.analysis.partitions import SEQS, Partitions, Written
from agent.analysis.rows import Origin, Row, TimeOf, record_row, track_row
from buffer.records import Record
from buffer.survey import Survey

STREAMS = ("life", "event", "trip", "coverage", "health", "track", "media")


class Wanted(msgspec.Struct, frozen=True):
    """Where to, whose they are, and what: only this stream, only what happened from then on (UTC ns)."""

    root: Path
    fleet: str
    vehicle: str
    stream: str | None = None
    since_ns: int = 0


class Export(msgspec.Struct):
    """What came of it. Left out are records that fail their checksum, or are not understood."""

    generation: str
    tables: dict[str, Written]
    damaged: int = 0
    unread: int = 0
    undated: int = 0


def export(survey: Survey, wanted: Wanted) -> Export:
    """Write it; raises AnalysisError."""
    partitions = Partitions(wanted.root, wanted.fleet, wanted.vehicle, survey.generation)
    done = Export(survey.generation, partitions.found)
    origin = Origin(wanted.vehicle, survey.generation, _time_of(survey))
    for stream in STREAMS if wanted.stream is None else (wanted.stream,):
        table = "track" if stream == "track" else "record"
        for first, records in _ranges(survey.stream(stream), SEQS[table]):
            rows = list(_rows(survey, _since(survey, records, wanted.since_ns), origin, done))
            partitions.take(table, stream, first, rows)
    return done


def vehicle_of(survey: Survey) -> str | None:
    """FLEET/VEHICLE by the newest head that the unit signed; None when it has no key."""
    from agent.evidence.segments import anchor_of

    found = None
    for record in survey.stream("life"):
        anchor = anchor_of(record) if record.intact() else None
        if anchor is not None:
            found = str(anchor.statement.get("vehicle"))
    return found


def _ranges(records: Iterable[Record], size: int) -> Iterator[tuple[int, Iterator[Record]]]:
    """Records by the range of seqs that they are in, which goes by its first."""
    for number, found in groupby(records, key=lambda record: (record.seq - 1) // size):
        yield number * size + 1, found


def _since(survey: Survey, records: Iterable[Record], since_ns: int) -> Iterator[Record]:
    for record in records:
        utc_ns = survey.utc_ns(record)
        if utc_ns is None or utc_ns >= since_ns:
            yield record


def _rows(survey: Survey, records: Iterable[Record], origin: Origin, done: Export) -> Iterator[Row]:
    for record in records:
        if not record.intact():
            done.damaged += 1
            continue
        utc_ns = survey.utc_ns(record)
        done.undated += utc_ns is None
        try:
            yield (track_row if record.stream == "track" else record_row)(record, utc_ns, origin)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            done.unread += 1


def _time_of(survey: Survey) -> TimeOf:
    anchors = survey.anchors

    def at(boot: str, mono_ns: int) -> int | None:
        known = next((found for name, found in anchors.items() if name.startswith(boot)), None)
        return None if known is None else known[0] + mono_ns - known[1]

    return at
