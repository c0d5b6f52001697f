"""What a journal's file that was moved aside still holds, carried into the new one.

Every record is told by its own checksum, wherever in the file it lies, so a broken tree or header loses none
but those whose bytes are gone. Seqs stay: the new generation goes on where the old one was seen to end, and
what it doesn't hold counts as pruned there. Chained records get new links, since a new chain begins.
"""

import logging
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from buffer.aside import last_name
from buffer.books import BOOKS, holds
from buffer.command import COLUMNS as COMMAND_COLUMNS
from buffer.command import FLOOR, Kept, intact
from buffer.errors import JournalError
from buffer.inherited import Inherited
from buffer.mark import read_mark
from buffer.notes import Notes
from buffer.pages import rows
from buffer.ranges import Range, RangeSet
from buffer.records import CHAINED, COLUMNS, Record, from_row
from buffer.store import known_errors, reader
from buffer.thinned import Row
from buffer.writing import Writing

_COLUMNS = COLUMNS.count(",") + 1
_TOGETHER = 500  # records in one transaction
_THINNED = "SELECT stream, lo, hi, bound_m, kept, crc FROM thinned WHERE 1 <= lo AND lo <= hi"
Ranges = dict[str, RangeSet]
log = logging.getLogger(__name__)


class Salvage(msgspec.Struct, frozen=True):
    """What became of the journal at `path`; seqs by stream, as inclusive ranges but for the `last` one seen.

    `kept` were carried over, or left out by thinning between those that were; `lost` lie below the highest
    seq seen (the mark counts) and were neither found nor known to be delivered or pruned; what came after it
    is not known. `settled_known`: what was delivered could be read; without it all that was found was
    carried, and comes to the platforms again. `generation`, `head` (of the chain, hex) are the old file's,
    None when they could not be read.
    """

    path: str
    generation: str | None
    head: str | None
    settled_known: bool
    last: dict[str, int]
    kept: dict[str, list[Range]]
    lost: dict[str, list[Range]]


class _Books(msgspec.Struct):
    """What the other tables of the old file say; None for one that is empty or can't be read."""

    meta: list[tuple[str, str]] | None
    settled: list[tuple[str, str, int, int]] | None
    pruned: list[tuple[str, int, int]] | None
    session: list[tuple[str, int]] | None
    snapshot: list[tuple[int, bytes]] | None
    thinned: list[Row]


def salvage(old: Path, writing: Writing) -> Salvage:
    """Carry what `old` holds and not every sink has into the new, empty journal, which keeps the report.

    A sink counts that ever settled anything. Raises JournalError when the new journal takes no more; what was
    carried until then stays.
    """
    gone = _gone(books := _read_books(old))
    seen, kept = _carry(old, gone, writing)
    left_out = _left_out(books.thinned, _union(seen, gone))
    found = _union(_union(seen, gone), left_out)
    meta, marked = dict(books.meta or ()), read_mark(old)
    last = {stream: list(known)[-1][1] for stream, known in found.items()}
    if marked and meta.get("generation", marked.generation) == marked.generation:
        last |= {stream: max(seq, last.get(stream, 0)) for stream, seq in marked.last.items() if seq > 0}
        found = {stream: found.get(stream, RangeSet()) for stream in last}
    lost = {stream: list(known.missing(1, last[stream])) for stream, known in found.items()}
    report = Salvage(
        path=str(last_name(old)),
        generation=meta.get("generation"),
        head=meta.get("head"),
        settled_known=books.settled is not None,
        last=last,
        kept={stream: list(ranges) for stream, ranges in _spans(kept, left_out, gone).items()},
        lost={stream: ranges for stream, ranges in lost.items() if ranges},
    )
    writing.inherit(
        Inherited(
            last=last,
            kept=kept,
            settled=books.settled or [],
            sessions=sorted(books.session or []),
            snapshot=next((body for crc, body in books.snapshot or () if zlib.crc32(body) == crc), None),
            report=msgspec.json.encode(report),
            thinned=_pieces(books.thinned, left_out, gone, kept),
            commands=commands_of(old),
            floor=meta.get(FLOOR),
            notes=Notes(meta.items()).under(""),
        )
    )
    return report


def carry_over(old: Path, writing: Writing) -> None:
    """Salvage at the start. A disk that refuses it fails the start, and the next one begins again.

    Only a spent budget, which no start would change, leaves the rest in the old file.
    """
    try:
        found = salvage(old, writing)
    except JournalError as e:
        if not writing.spent():
            raise
        log.error("%s: not all could be carried over: %s", old, e)  # noqa: TRY400 - the journal works
        return
    for stream, ranges in found.lost.items():
        log.error("%s: lost %s %s", old, stream, ranges)


def carry_notes(old: Path, writing: Writing) -> None:
    """Take over the notes alone."""
    for key, text in Notes(_book(old, "meta") or ()).under("").items():
        writing.notes.put(key, text)
    writing.commit()


def _carry(old: Path, gone: Ranges, writing: Writing) -> tuple[Ranges, Ranges]:
    """Carry all intact records but those that are `gone`; which seqs were seen, which carried."""
    seen, kept = Ranges(), Ranges()
    chained: list[tuple[int, Record]] = []
    waiting: list[Record] = []
    with known_errors(old):
        for rowid, record in _intact(old):
            if record.seq in seen.setdefault(record.stream, RangeSet()):
                continue  # an older state of the same page
            seen[record.stream].add(record.seq, record.seq)
            if record.stream in gone and record.seq in gone[record.stream]:
                continue
            kept.setdefault(record.stream, RangeSet()).add(record.seq, record.seq)
            if record.stream in CHAINED:
                chained.append((rowid, record))
                continue
            waiting.append(record)
            if len(waiting) == _TOGETHER:
                writing.carry(waiting)
                waiting = []
    waiting += [record for _, record in sorted(chained, key=lambda placed: placed[0])]
    for start in range(0, len(waiting), _TOGETHER):
        writing.carry(waiting[start : start + _TOGETHER])
    return seen, kept


def _intact(old: Path) -> Iterator[tuple[int, Record]]:
    for rowid, row in rows(old, _COLUMNS):
        record = from_row(row)  # type: ignore[arg-type]  # what it isn't, `intact` tells
        if isinstance(record.seq, int) and record.seq > 0 and record.intact():
            yield rowid, record


def _read_books(old: Path) -> _Books:
    """Each row that its checksum holds, through SQLite and wherever else in the file it lies."""
    settled = _book(old, "settled")
    pruned = _book(old, "pruned")
    return _Books(
        meta=_book(old, "meta"),
        settled=settled and [row for row in settled if 1 <= row[2] <= row[3]],
        pruned=pruned and [row for row in pruned if 1 <= row[1] <= row[2]],
        session=_book(old, "session"),
        snapshot=_table(old, "SELECT crc, body FROM snapshot") or _snapshots(old)[-1:],
        thinned=[Row(*row[:-1]) for row in _table(old, _THINNED) or () if holds("thinned", row)],
    )


def commands_of(old: Path) -> list[Kept]:
    """Through SQLite, else by the shape of rows: then nobody knows which state of one is the newest, so none
    is open any more."""
    found = _table(old, f"SELECT {COMMAND_COLUMNS} FROM command")  # noqa: S608
    if found is not None:
        return intact(found)
    with known_errors(old):
        pages = [row for _, row in rows(old, COMMAND_COLUMNS.count(",") + 1)]
    known: dict[tuple[str, str], Kept] = {}
    for kept in intact(pages):
        if (kept.sink, kept.id) not in known or not kept.open:
            known[kept.sink, kept.id] = kept
    return [msgspec.structs.replace(kept, open=False) for kept in known.values()]


def _book(old: Path, table: str) -> list[Any] | None:
    """The rows, those that SQLite gives last; None when there is none and SQLite can't read the table."""
    columns = BOOKS[table]
    names = ", ".join(columns)
    with known_errors(old):
        found = [row[:-1] for _, row in rows(old, len(columns) + 1, rowid=False) if holds(table, row)]
    known = _table(old, f"SELECT {names}, crc FROM {table}")  # noqa: S608 - no value in it
    if known is not None:
        return found + [row[:-1] for row in known if holds(table, row)]
    return found or _table(old, f"SELECT {names} FROM {table}")  # noqa: S608 - format 1 had no checksums


def _snapshots(old: Path) -> list[tuple[int, bytes]]:
    """The rule states whose checksum holds, the newest last; their id is the rowid, so null in the row."""
    with known_errors(old):
        found = [(crc, body) for _, (none, crc, body) in rows(old, 3) if none is None]
    return [
        (crc, body)
        for crc, body in found
        if isinstance(crc, int) and isinstance(body, bytes) and zlib.crc32(body) == crc
    ]


def _table(old: Path, query: str) -> list[Any] | None:
    """The rows; None when SQLite can't give them all."""
    try:
        with closing(reader(old)) as db:
            return db.execute(query).fetchall()
    except sqlite3.Error:
        return None


def _gone(books: _Books) -> Ranges:
    """What need not be carried: pruned, or settled at every sink that ever settled anything."""
    gone = Ranges()
    for stream, lo, hi in books.pruned or ():
        gone.setdefault(stream, RangeSet()).add(lo, hi)
    by_sink: dict[str, Ranges] = {}
    for sink, stream, lo, hi in books.settled or ():
        by_sink.setdefault(sink, {}).setdefault(stream, RangeSet()).add(lo, hi)
    for stream in {stream for ranges in by_sink.values() for stream in ranges}:
        first, *others = (ranges.get(stream, RangeSet()) for ranges in by_sink.values())
        for other in others:
            first = first.intersection(other)
        gone.setdefault(stream, RangeSet()).merge(first)
    return gone


def _left_out(rows: list[Row], found: Ranges) -> Ranges:
    """What thinning had left out; of a stretch that lost records, nobody knows which, so all count as lost.

    Pages that were freed may still show some that were deleted; these are carried as well.
    """
    left_out = Ranges()
    for row in rows:
        holes = list(found.get(row.stream, RangeSet()).missing(row.lo, row.hi))
        if sum(hi - lo + 1 for lo, hi in holes) <= row.hi - row.lo + 1 - row.kept:
            left_out.setdefault(row.stream, RangeSet()).merge(RangeSet(holes))
    return left_out


def _pieces(rows: list[Row], left_out: Ranges, gone: Ranges, kept: Ranges) -> list[Row]:
    """The stretches as they stand in the new journal: without what was not carried."""
    found: list[Row] = []
    for row in rows:
        for lo, hi in gone.get(row.stream, RangeSet()).missing(row.lo, row.hi):
            asked = RangeSet([(lo, hi)])
            there = asked.intersection(kept.get(row.stream, RangeSet())).count
            if there + asked.intersection(left_out.get(row.stream, RangeSet())).count == hi - lo + 1:
                found.append(Row(row.stream, lo, hi, row.bound_m, there))
    return found


def _spans(kept: Ranges, left_out: Ranges, gone: Ranges) -> Ranges:
    """What was carried, over what thinning left out, so that it is few ranges."""
    spans = _union(kept, left_out)
    for stream, ranges in gone.items():
        for lo, hi in ranges:
            spans.get(stream, RangeSet()).discard(lo, hi)
    return {stream: ranges for stream, ranges in spans.items() if ranges}


def _union(one: Ranges, other: Ranges) -> Ranges:
    both = {stream: ranges.copy() for stream, ranges in one.items()}
    for stream, ranges in other.items():
        both.setdefault(stream, RangeSet()).merge(ranges)
    return {stream: ranges for stream, ranges in both.items() if ranges}
