"""The whole journal looked at, beside the daemon: every record, the chain, the seqs, what is settled."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from buffer.books import BOOKS, sound
from buffer.command import COLUMNS as COMMAND_COLUMNS
from buffer.command import intact
from buffer.errors import JournalMissing
from buffer.genesis import anchor_of, genesis_of
from buffer.ranges import RangeSet
from buffer.records import CHAINED, COLUMNS, GENESIS, Record, body, from_row, link
from buffer.store import known_errors, lenient, reader
from buffer.thinned import Row, read_rows

_TOGETHER = 500  # rows read at a time: a long read would keep the daemon's WAL from being reused
_SHOWN = 20  # findings of one kind


class Verdict(msgspec.Struct, frozen=True):
    """How many records were looked at, and what is wrong, one phrase each; `head` of the chain, hex.

    `genesis`: the chained records before what this anchor (`life/SEQ`) covers were let go.
    """

    generation: str
    records: int
    chained: int
    head: str
    findings: list[str]
    genesis: str | None = None


def verify(path: Path) -> Verdict:
    """Look at everything. Raises JournalMissing, or JournalDamaged when the file is no journal."""
    while True:
        verdict = _verified(path)
        if not verdict.findings or _genesis(path) == verdict.genesis:
            return verdict  # else the chain was cut while we looked


def _genesis(path: Path) -> str | None:
    with known_errors(path), closing(reader(path)) as db:
        return _named(dict(sound(db, "meta")[0]))


def _named(meta: dict[str, str]) -> str | None:
    genesis = genesis_of(meta)
    return None if genesis is None else f"life/{genesis.seq}"


def _verified(path: Path) -> Verdict:
    if not path.exists():
        raise JournalMissing("there is no journal", where=str(path), remedy="start the daemon once")
    with known_errors(path), closing(reader(path)) as db:
        db.text_factory = lenient
        meta = dict(sound(db, "meta")[0])
        settled = _ranges(db, "settled")  # first: of what is committed later nothing is compared
        looking = _Look(_ranges(db, "pruned"), read_rows(db), meta)
        for record in _records(db):
            looking.at(record)
        looking.meanwhile(_ranges(db, "pruned"), read_rows(db))
        findings = [
            *_pages(db),
            *looking.findings(),
            *_settled(settled, looking.last()),
            *_snapshot(db),
            *_commands(db),
            *_books(db),
        ]
        # What was committed meanwhile is neither looked at nor missed: the head is compared as it was then.
        if meta.get("head") not in looking.heads:
            findings.append("the chain's head is not that of any record: records are missing at its end")
    head = looking.head.hex()
    return Verdict(meta.get("generation", ""), looking.count, looking.chained, head, findings, _named(meta))


class _Look:
    """What was seen of the records so far, in the order of commits."""

    def __init__(
        self, pruned: dict[tuple[str, ...], RangeSet], thinned: list[Row], meta: dict[str, str]
    ) -> None:
        self._genesis = genesis = genesis_of(meta)
        self._generation, self._begins = meta.get("generation", ""), False
        self._thinned, self._since = thinned, dict[str, RangeSet]()
        self.count = self.chained = 0
        self.head = GENESIS if genesis is None else bytes.fromhex(genesis.head)
        self.heads = {self.head.hex()}
        self._pruned = {stream: ranges for (stream,), ranges in pruned.items()}
        self._seen: dict[str, RangeSet] = {}
        self._broken, self._loose = list[str](), list[str]()

    def at(self, record: Record) -> None:
        """Look at the next record."""
        self.count += 1
        name = f"{record.stream}/{record.seq}"
        if not record.intact():
            self._broken.append(f"{name} fails its checksum")
        if isinstance(record.seq, int) and record.seq > 0:
            self._seen.setdefault(record.stream, RangeSet()).add(record.seq, record.seq)
        if record.stream in CHAINED:
            self._link(record, name)

    def _link(self, record: Record, name: str) -> None:
        self.chained += 1
        if self._genesis is not None and record.seq == self._genesis.seq:
            self._begins = self._begins or anchor_of(record, self._generation) == self._genesis
        if record.intact() and record.hash != link(
            record.prev_hash or b"", body(record, record.seq, record.boot)
        ):
            self._loose.append(f"{name} does not have the hash of its content")
        elif record.prev_hash != self.head:
            self._loose.append(f"{name} does not follow the record before it in the chain")
        self.head = record.hash or b""
        self.heads.add(self.head.hex())

    def meanwhile(self, pruned: dict[tuple[str, ...], RangeSet], thinned: list[Row]) -> None:
        """What the daemon let go while we looked is not missed; only stretches that stayed are counted."""
        for (stream,), ranges in pruned.items():
            self._since.setdefault(stream, RangeSet()).merge(ranges)
        for row in thinned:
            self._since.setdefault(row.stream, RangeSet()).add(row.lo, row.hi)
        still = set(thinned)
        self._thinned = [row for row in self._thinned if row in still]

    def last(self) -> dict[str, int]:
        """The highest seq of each stream, pruned or not."""
        both = {stream: ranges.copy() for stream, ranges in self._seen.items()}
        for stream, ranges in self._pruned.items():
            both.setdefault(stream, RangeSet()).merge(ranges)
        for stream, ranges in self._since.items():
            both.setdefault(stream, RangeSet()).merge(ranges)
        return {stream: list(ranges)[-1][1] for stream, ranges in both.items() if ranges}

    def findings(self) -> Iterator[str]:
        """What is wrong with the records."""
        yield from _short(self._broken)
        yield from _short(self._loose)
        if self._genesis is not None and not self._begins:
            yield f"life/{self._genesis.seq}, the anchor that the chain begins at, is missing"
        yield from _short([found for row in self._thinned if (found := self._left(row))])
        for stream, last in self.last().items():
            known = self._seen.get(stream, RangeSet()).copy()
            gone = self._pruned.get(stream, RangeSet())
            yield from (
                f"{stream}: {lo} to {hi} are there though pruned" for lo, hi in known.intersection(gone)
            )
            known.merge(gone)
            known.merge(self._since.get(stream, RangeSet()))
            yield from (f"{stream}: seqs {lo} to {hi} are missing" for lo, hi in known.missing(1, last))

    def _left(self, row: Row) -> str | None:
        """What is wrong with what thinning left of a stretch."""
        asked = RangeSet([(row.lo, row.hi)])
        if len(asked.intersection(self._pruned.get(row.stream, RangeSet()))):
            return f"{row.stream}: {row.lo} to {row.hi} are thinned though pruned"
        there = asked.intersection(self._seen.get(row.stream, RangeSet())).count
        if there == row.kept:
            return None
        return f"{row.stream}: of {row.lo} to {row.hi} thinning left {row.kept}, but {there} are there"


def _records(db: sqlite3.Connection) -> Iterator[Record]:
    """Every record up to the newest at the start, in the order of commits."""
    (end,) = db.execute("SELECT coalesce(max(rowid), 0) FROM record").fetchone()
    query = f"SELECT rowid, {COLUMNS} FROM record WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?"  # noqa: S608
    at = 0
    while found := db.execute(query, (at, end, _TOGETHER)).fetchall():
        at = found[-1][0]
        yield from (from_row(row[1:]) for row in found)


def _ranges(db: sqlite3.Connection, table: str) -> dict[tuple[str, ...], RangeSet]:
    keys = {"pruned": "stream", "settled": "sink, stream"}[table]
    found: dict[tuple[str, ...], RangeSet] = {}
    for *key, lo, hi in db.execute(f"SELECT {keys}, lo, hi FROM {table}"):  # noqa: S608
        if 1 <= lo <= hi:
            found.setdefault(tuple(key), RangeSet()).add(lo, hi)
    return found


def _pages(db: sqlite3.Connection) -> list[str]:
    """SQLite's own check: trees, indices, free pages."""
    said = [row[0] for row in db.execute(f"PRAGMA integrity_check({_SHOWN})")]
    return [] if said == ["ok"] else said


def _settled(settled: dict[tuple[str, ...], RangeSet], last: dict[str, int]) -> Iterator[str]:
    for (sink, stream), ranges in settled.items():
        highest = list(ranges)[-1][1]
        if highest > last.get(stream, 0):
            yield f"{sink}: settled {stream} up to {highest}, but it ends at {last.get(stream, 0)}"


def _books(db: sqlite3.Connection) -> Iterator[str]:
    for table in BOOKS:
        _, broken = sound(db, table)
        if broken:
            yield f"{broken} rows of {table} fail their checksum"


def _snapshot(db: sqlite3.Connection) -> Iterator[str]:
    for crc, content in db.execute("SELECT crc, body FROM snapshot"):
        if zlib.crc32(content) != crc:
            yield "the snapshot of the rule state fails its checksum"


def _commands(db: sqlite3.Connection) -> Iterator[str]:
    if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'command'").fetchone():
        return  # the daemon of this version has not opened it yet
    found = db.execute(f"SELECT {COMMAND_COLUMNS} FROM command").fetchall()  # noqa: S608
    if broken := len(found) - len(intact(found)):
        yield f"{broken} of {len(found)} commands fail their checksum"


def _short(findings: list[str]) -> Iterator[str]:
    yield from findings[:_SHOWN]
    if len(findings) > _SHOWN:
        yield f"… and {len(findings) - _SHOWN} more like it"
