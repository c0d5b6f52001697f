"""What thinning left: which stretches of a stream hold only some of their records, and how many.

A row says: of lo..hi, `kept` records are there; the others were left out with an error of at most `bound_m`
metres. Rows of a stream don't overlap, and none speaks of what was pruned.
"""

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from buffer.books import write
from buffer.ranges import RangeSet

TABLE = "thinned"


class Thinning(msgspec.Struct, frozen=True):
    """Of lo..hi of a stream only `kept` seqs stay; `left_out` are deleted. Errors up to `bound_m` metres."""

    stream: str
    lo: int
    hi: int
    bound_m: int
    kept: tuple[int, ...]
    left_out: tuple[int, ...]


class Row(msgspec.Struct, frozen=True):
    """A row of the table."""

    stream: str
    lo: int
    hi: int
    bound_m: int
    kept: int


class Thinned:
    """The rows in memory, by stream and bound; the journal guards it with a lock."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._ranges: dict[str, dict[int, RangeSet]] = {}
        self._kept: dict[tuple[str, int], int] = {}
        self.change((), rows)

    def change(self, gone: Iterable[Row], come: Iterable[Row]) -> None:
        """Rows were deleted and written."""
        for row in gone:
            self._of(row.stream, row.bound_m).discard(row.lo, row.hi)
            self._kept[row.stream, row.bound_m] -= row.kept
        for row in come:
            self._of(row.stream, row.bound_m).add(row.lo, row.hi)
            self._kept[row.stream, row.bound_m] = self._kept.get((row.stream, row.bound_m), 0) + row.kept

    def bounds(self, stream: str) -> dict[int, RangeSet]:
        """What was thinned with each bound (m); a copy."""
        return {bound: ranges.copy() for bound, ranges in self._ranges.get(stream, {}).items() if ranges}

    def ranges(self, stream: str) -> RangeSet:
        """All that was thinned, as few ranges; a copy."""
        whole = RangeSet()
        for ranges in self._ranges.get(stream, {}).values():
            whole.merge(ranges)
        return whole

    def left_out(self, stream: str, lo: int, hi: int) -> int:
        """How many seqs of lo..hi are not there; an estimate where only part of a stretch is meant."""
        asked, found = RangeSet([(lo, hi)]), 0.0
        for bound, ranges in self._ranges.get(stream, {}).items():
            whole = ranges.count
            if whole:
                found += asked.intersection(ranges).count * (1 - self._kept[stream, bound] / whole)
        return min(round(found), hi - lo)

    def total(self, stream: str) -> int:
        """How many seqs of a stream were left out."""
        bounds = self._ranges.get(stream, {})
        return sum(ranges.count - self._kept.get((stream, m), 0) for m, ranges in bounds.items())

    def _of(self, stream: str, bound_m: int) -> RangeSet:
        return self._ranges.setdefault(stream, {}).setdefault(bound_m, RangeSet())


def read_rows(db: sqlite3.Connection) -> list[Row]:
    """All rows; none of a file that is older than the table."""
    there = db.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (TABLE,)).fetchone()
    query = "SELECT stream, lo, hi, bound_m, kept FROM thinned ORDER BY stream, lo"
    return [Row(*row) for row in db.execute(query)] if there else []


def forget(db: sqlite3.Connection, stream: str, lo: int, hi: int) -> tuple[list[Row], list[Row]]:
    """Take lo..hi out of the rows, before its records go; (rows deleted, rows written)."""
    query = (
        "SELECT stream, lo, hi, bound_m, kept FROM thinned WHERE stream = :s AND hi >= :lo AND lo <= :hi "
        "AND lo >= coalesce((SELECT max(lo) FROM thinned WHERE stream = :s AND lo <= :lo), 0)"
    )
    gone = [Row(*row) for row in db.execute(query, {"s": stream, "lo": lo, "hi": hi})]
    come = [
        Row(stream, a, b, row.bound_m, _there(db, stream, a, b))
        for row in gone
        for a, b in ((row.lo, min(row.hi, lo - 1)), (max(row.lo, hi + 1), row.hi))
        if a <= b
    ]
    db.executemany("DELETE FROM thinned WHERE stream = ? AND lo = ?", [(r.stream, r.lo) for r in gone])
    insert(db, come)
    return gone, come


def thin(db: sqlite3.Connection, step: Thinning) -> tuple[list[Row], list[Row]]:
    """Delete what is left out and remember it; (rows deleted, rows written)."""
    gone, come = forget(db, step.stream, step.lo, step.hi)
    query = "DELETE FROM record WHERE stream = ? AND seq BETWEEN ? AND ?"
    db.executemany(query, [(step.stream, lo, hi) for lo, hi in RangeSet((n, n) for n in step.left_out)])
    row = Row(step.stream, step.lo, step.hi, step.bound_m, _there(db, step.stream, step.lo, step.hi))
    insert(db, [row])
    return gone, [*come, row]


def insert(db: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Write rows in this transaction."""
    write(db, TABLE, [msgspec.structs.astuple(row) for row in rows])


def _there(db: sqlite3.Connection, stream: str, lo: int, hi: int) -> int:
    query = "SELECT count(*) FROM record WHERE stream = ? AND seq BETWEEN ? AND ?"
    return int(db.execute(query, (stream, lo, hi)).fetchone()[0])
