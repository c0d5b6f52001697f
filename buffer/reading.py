"""The journal's second connection: reads that a slow sync of the writer does not hold up."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from buffer.errors import JournalDamaged
from buffer.records import CHAINED, COLUMNS, Record, from_row
from buffer.store import known_errors, lenient, reader

log = logging.getLogger(__name__)
_ROW_BYTES = 180  # of a record in the file, beside its payload
_SAMPLE = 100
_BESIDE = 100  # rows; what happens within a group commit of 10 s may be written in another order
_ROWID = "SELECT rowid FROM record WHERE stream = ? AND seq = ?"
_TRUSTED = ("gnss", "ntp")  # clocks at least as good as an anchor


class Anchor(msgspec.Struct, frozen=True):
    """What a `clock.anchor` record says: UTC was `utc_us` at `mono_us` of its boot, both in microseconds."""

    utc_us: int
    mono_us: int


class Reading:
    """Queries on committed records; every method may be called from any thread."""

    def __init__(self, path: Path, tell: Callable[[JournalDamaged], None] = lambda _: None) -> None:
        """`tell` is called when the file turns out to be damaged, before that is raised."""
        self._path, self._tell = path, tell
        self._lock = threading.Lock()
        self._db = reader(path)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._db.close()

    def last_seqs(self) -> dict[str, int]:
        """The highest seq of each stream that has records: one seek each, however many records there are."""
        found: dict[str, int] = {}
        stream = ""
        query = "SELECT stream FROM record WHERE stream > ? ORDER BY stream LIMIT 1"
        while row := self._one(query, stream):
            stream = row[0]
            found[stream] = self._one("SELECT max(seq) FROM record WHERE stream = ?", stream)[0]
        return found

    def fetch(self, stream: str, lo: int, hi: int, limit: int) -> list[Record]:
        """Up to `limit` records of lo..hi, ascending; not checked."""
        query = f"SELECT {COLUMNS} FROM record WHERE stream = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"  # noqa: S608
        return [from_row(row) for row in self._all(query, stream, lo, hi, limit)]

    def chain(self) -> tuple[str, dict[str, int]]:
        """The head of the chain, hex, and the newest seq of each chained stream, as of one commit."""
        names = sorted(CHAINED)
        seqs = ", ".join(["(SELECT max(seq) FROM record WHERE stream = ?)"] * len(names))
        head, *last = self._one(f"SELECT value, {seqs} FROM meta WHERE key = 'head'", *names)  # noqa: S608
        return head, {name: seq for name, seq in zip(names, last, strict=True) if seq}

    def newest(self, but: tuple[str, ...] = ()) -> Record | None:
        """The record that was committed last, but for those of the types `but`."""
        query = f"SELECT {COLUMNS} FROM record WHERE type NOT IN ({', '.join('?' * len(but))})"  # noqa: S608
        row = self._one(f"{query} ORDER BY rowid DESC LIMIT 1", *but)
        return from_row(row) if row else None

    def newest_of(self, streams: dict[str, int]) -> Record | None:
        """Of the records at these seqs, the one that was committed last."""
        rows = [
            row
            for stream, seq in streams.items()
            if (
                row := self._one(
                    f"SELECT rowid, {COLUMNS} FROM record WHERE stream = ? AND seq = ?",  # noqa: S608
                    stream,
                    seq,
                )
            )
        ]
        return from_row(max(rows)[1:]) if rows else None

    def snapshot(self) -> tuple[int, bytes] | None:
        """The checksum and the body of the last snapshot."""
        found: tuple[int, bytes] | None = self._one("SELECT crc, body FROM snapshot")
        return found

    def anchors(self) -> list[Record]:
        """The clock anchors in the order they were written; not checked."""
        query = f"SELECT {COLUMNS} FROM record WHERE stream = 'life' AND type = 'clock.anchor' ORDER BY seq"  # noqa: S608
        return [from_row(row) for row in self._all(query)]

    def holding(self, stream: str, kind: str, text: bytes) -> list[Record]:
        """The newest few records of a type whose payload holds `text`, newest first; not checked."""
        query = (
            f"SELECT {COLUMNS} FROM record WHERE stream = ? AND type = ? AND instr(payload, ?) "  # noqa: S608
            "ORDER BY seq DESC LIMIT 3"
        )
        return [from_row(row) for row in self._all(query, stream, kind, text)]

    def moments(self, stream: str, near: str, lo: int, hi: int) -> list[tuple[str, int]]:
        """(boot, mono_ns) of the records of `stream` that were committed beside lo..hi of `near`."""
        first, last = (self._one(_ROWID, near, seq) for seq in (lo, hi))
        if not first or not last:
            return []
        query = "SELECT boot, mono_ns FROM record WHERE rowid BETWEEN ? AND ? AND stream = ?"
        return self._all(query, first[0] - _BESIDE, last[0] + _BESIDE, stream)

    def bytes_each(self, stream: str, last: int) -> int:
        """The mean size of the newest records of a stream in the file, estimated."""
        query = "SELECT avg(length(payload)) FROM record WHERE stream = ? AND seq > ?"
        mean: float | None = self._one(query, stream, last - _SAMPLE)[0]
        return round(mean or 0) + _ROW_BYTES

    def ask(self, query: str, *values: object) -> list[Any]:
        """The rows of a query on another table than `record`."""
        return self._all(query, *values)

    def _one(self, query: str, *values: object) -> Any:
        with self._lock, self._telling():
            return next(iter(self._rows(query, values)), None)

    def _all(self, query: str, *values: object) -> list[Any]:
        with self._lock, self._telling():
            return self._rows(query, values)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            with known_errors(self._path):
                yield
        except JournalDamaged as e:
            self._tell(e)
            raise

    def _rows(self, query: str, values: tuple[object, ...]) -> list[Any]:
        """A flipped bit can make text that is none; it is then read as other text, and no checksum holds."""
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.OperationalError as e:
            if "decode" not in str(e):
                raise
        self._db.text_factory = lenient
        try:
            return self._db.execute(query, values).fetchall()
        finally:
            self._db.text_factory = str


def decoded_anchors(records: list[Record]) -> dict[str, tuple[int, int]]:
    """(utc_ns, mono_ns) per boot from intact anchor records; the newest of a boot counts."""
    found: dict[str, tuple[int, int]] = {}
    for record in records:
        if not record.intact():
            continue
        try:
            anchor = msgspec.json.decode(record.payload, type=Anchor)
        except msgspec.MsgspecError as e:
            log.warning("clock.anchor %d is not understood: %s", record.seq, e)
        else:
            found[record.boot] = anchor.utc_us * 1000, anchor.mono_us * 1000
    return found


def utc_of(record: Record, anchors: dict[str, tuple[int, int]]) -> int | None:
    """When a record happened, ns since 1970: as written if that clock was good, else by its boot's anchor."""
    if record.clock in _TRUSTED or record.boot not in anchors:
        return record.utc_ns
    utc_ns, mono_ns = anchors[record.boot]
    return utc_ns + record.mono_ns - mono_ns


def aged_to(reading: Reading, stream: str, last: int, cutoff_ns: int) -> int:
    """The highest seq up to which records are older than `cutoff_ns` (UTC), by bisection; 0 when none is.

    Records follow each other in time; one without a known time counts as young, so nothing goes too early.
    """
    anchors = decoded_anchors(reading.anchors())
    lo, hi = 0, last
    while lo < hi:
        middle = (lo + hi + 1) // 2
        at = reading.fetch(stream, middle, last, 1)
        utc_ns = utc_of(at[0], anchors) if at else None
        if utc_ns is not None and utc_ns < cutoff_ns:
            lo = middle
        else:
            hi = middle - 1
    return lo
