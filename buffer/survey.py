"""Queries on a journal from outside, beside the running daemon: counts, the newest records, all records.

Built on sqlite-utils, so only for the command line: the daemon never imports this.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
from sqlite_utils import Database

from buffer.aside import beside
from buffer.errors import JournalMissing
from buffer.genesis import ChainAnchor, genesis_of
from buffer.ranges import RangeSet
from buffer.reading import decoded_anchors, utc_of
from buffer.records import CHAINED, COLUMNS, Record, from_row
from buffer.recovery import size_of
from buffer.stats import sink_stats, stream_stats
from buffer.store import known_errors, lenient, reader
from buffer.thinned import Thinned, read_rows

Placed = tuple[int, Record]  # rowid, which is the order of commits
_CHUNK = 500  # a read transaction stays short, or the daemon's WAL could not be reused


class Survey:
    """A journal opened for reading only. Raises JournalMissing when there is none at `path`."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise JournalMissing(
                "there is no journal", where=str(path), remedy="start the daemon, or name --path"
            )
        self._path = path
        with known_errors(path):
            self._db = Database(_connection(path))
            self._anchors = decoded_anchors(
                [r for _, r in self._records("stream = 'life' AND type = 'clock.anchor'")]
            )
            self._meta = {row["key"]: row["value"] for row in self._db["meta"].rows}

    def __enter__(self) -> "Survey":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    @property
    def generation(self) -> str:
        """This life of the journal's file; "" when it has none yet."""
        return str(self._meta.get("generation", ""))

    @property
    def genesis(self) -> ChainAnchor | None:
        """The anchor that the chain begins at, when what it covers was let go."""
        return genesis_of(self._meta)

    @property
    def anchors(self) -> dict[str, tuple[int, int]]:
        """UTC ns and CLOCK_BOOTTIME ns of one moment of each boot whose clock was anchored."""
        return self._anchors

    def stats(self) -> dict[str, Any]:
        """Generation, bytes, StreamStats per stream, SinkStats per sink and stream."""
        with known_errors(self._path):
            pruned = self._ranges("pruned", "stream")
            settled = self._ranges("settled", "sink", "stream")
            thinned = Thinned(read_rows(self._db.conn))
            last = {row["stream"]: row["seq"] for row in self._db.query(_LAST)}
        for (stream,), gone in pruned.items():
            last[stream] = max(last.get(stream, 0), *(hi for _, hi in gone))
        sinks: dict[str, dict[str, Any]] = {}
        for sink, stream in ((sink, stream) for sink in sorted({s for s, _ in settled}) for stream in last):
            done = settled.get((sink, stream), RangeSet())
            done.merge(pruned.get((stream,), RangeSet()))
            sinks.setdefault(sink, {})[stream] = sink_stats(done, last[stream], stream, thinned)
        return {
            "generation": self.generation,
            "bytes": size_of(self._path),
            "streams": {
                s: stream_stats(seq, pruned.get((s,), RangeSet()), s, thinned) for s, seq in last.items()
            },
            "sinks": sinks,
        }

    def newest(self, count: int, stream: str | None) -> list[Placed]:
        """The last `count` records, of one stream or of all, oldest first."""
        with known_errors(self._path):
            if stream is None:
                found = self._records("1 ORDER BY rowid DESC LIMIT ?", count)
            else:
                found = self._records("stream = ? ORDER BY seq DESC LIMIT ?", stream, count)
        return found[::-1]

    def after(self, rowid: int, stream: str | None) -> Iterator[Placed]:
        """Every record committed after that with `rowid`, in the order of commits."""
        while True:
            with known_errors(self._path):
                chunk = self._records("rowid > ? ORDER BY rowid LIMIT ?", rowid, _CHUNK)
            if not chunk:
                return
            rowid = chunk[-1][0]
            yield from ((at, record) for at, record in chunk if stream in (None, record.stream))

    def stream(self, name: str) -> Iterator[Record]:
        """Every record of one stream, in its own order; records of other streams are not read."""
        seq = 0
        while True:
            with known_errors(self._path):
                chunk = self._records("stream = ? AND seq > ? ORDER BY seq LIMIT ?", name, seq, _CHUNK)
            if not chunk:
                return
            seq = chunk[-1][1].seq
            yield from (record for _, record in chunk)

    def one(self, stream: str, seq: int) -> Record | None:
        """The record at a place, if it is held."""
        with known_errors(self._path):
            found = self._records("stream = ? AND seq = ?", stream, seq)
        return found[0][1] if found else None

    def chained(self, after: int = 0) -> Iterator[Placed]:
        """Every chained record committed after the one with rowid `after`, in the order of commits."""
        streams = sorted(CHAINED)
        marks = ", ".join("?" * len(streams))
        where = f"rowid > ? AND +stream IN ({marks}) ORDER BY rowid LIMIT ?"  # +: by rowid, no sorting
        while True:
            with known_errors(self._path):
                chunk = self._records(where, after, *streams, _CHUNK)
            if not chunk:
                return
            yield from chunk
            after = chunk[-1][0]

    def rowid(self, record: Record) -> int:
        """Where a record stands in the order of commits."""
        with known_errors(self._path):
            return self._records("stream = ? AND seq = ?", record.stream, record.seq)[0][0]

    def about(self, subject: str, *streams: str) -> list[Record]:
        """The records of these streams with one subject, in the order of commits."""
        marks = ", ".join("?" * len(streams))
        where = f"stream IN ({marks}) AND subject = ? ORDER BY rowid"
        with known_errors(self._path):
            return [record for _, record in self._records(where, *streams, subject)]

    def identity(self, record: Record) -> str:
        """A record's id: generation/stream/seq."""
        return f"{self.generation}/{record.stream}/{record.seq}"

    def end(self) -> int:
        """The rowid of the newest record; 0 when there is none."""
        return max((at for at, _ in self.newest(1, None)), default=0)

    def utc_ns(self, record: Record) -> int | None:
        """When a record happened, ns since 1970, as far as it is known."""
        return utc_of(record, self._anchors)

    def plain(self, record: Record) -> dict[str, Any]:
        """All columns as JSON-able values, with `id`; `payload` is null in a record that is not `intact`."""
        intact = record.intact()
        plain = msgspec.structs.asdict(record)
        plain |= {name: None if plain[name] is None else plain[name].hex() for name in ("prev_hash", "hash")}
        return {"id": self.identity(record)} | plain | {
            "payload": msgspec.Raw(record.payload) if intact else None,
            "intact": intact,
        }  # fmt: skip

    def _records(self, where: str, *values: object) -> list[Placed]:
        rows = self._db.query(f"SELECT rowid, {COLUMNS} FROM record WHERE {where}", values)  # noqa: S608
        return [(row.pop("rowid"), from_row(tuple(row.values()))) for row in rows]

    def _ranges(self, table: str, *keys: str) -> dict[tuple[str, ...], RangeSet]:
        found: dict[tuple[str, ...], RangeSet] = {}
        for row in self._db[table].rows:
            found.setdefault(tuple(row[key] for key in keys), RangeSet()).add(row["lo"], row["hi"])
        return found


_LAST = "SELECT stream, max(seq) AS seq FROM record GROUP BY stream"


def _connection(path: Path) -> sqlite3.Connection:
    """Read-only; a closed journal in a directory that the caller may not write needs no WAL index."""
    db = reader(path)
    try:
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        db.close()
        if beside(path, "-wal").exists():
            raise
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    db.text_factory = lenient
    return db
