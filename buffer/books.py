"""The journal's books: rows beside the records, each with a CRC-32, so that no flipped bit is believed.

The checksum is zlib's over the table's name and the values as decimal or UTF-8 text, joined by 0x1F. One bit
that makes a range in `settled` longer would pass unsent records off as sent.
"""

import sqlite3
import uuid
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from buffer.errors import JournalDamaged
from buffer.records import GENESIS

BOOKS = {
    "settled": ("sink", "stream", "lo", "hi"),
    "pruned": ("stream", "lo", "hi"),
    "thinned": ("stream", "lo", "hi", "bound_m", "kept"),
    "session": ("sink", "number"),
    "meta": ("key", "value"),
}
Values = Sequence[object]


def checksum(table: str, values: Values) -> int:
    """The checksum of a row's values, in the order of BOOKS."""
    return zlib.crc32("\x1f".join((table, *map(str, values))).encode())


def holds(table: str, row: Values) -> bool:
    """Whether a row, with its checksum at the end, is as it was written."""
    *values, crc = row
    try:
        return crc == checksum(table, values)
    except UnicodeEncodeError:
        return False


def read(db: sqlite3.Connection, table: str, path: Path) -> list[Any]:
    """All rows without their checksums; raises JournalDamaged when one of them fails."""
    rows = _all(db, table)
    if not all(holds(table, row) for row in rows):
        raise JournalDamaged(
            f"a row of {table} fails its checksum", where=str(path), remedy="restart: the file is moved aside"
        )
    return [row[:-1] for row in rows]


def sound(db: sqlite3.Connection, table: str) -> tuple[list[Any], int]:
    """The rows that hold, without their checksums, and how many don't; before format 3 there are none."""
    known = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    if "crc" not in known:
        columns = ", ".join(BOOKS[table])
        return db.execute(f"SELECT {columns} FROM {table}").fetchall() if known else [], 0  # noqa: S608
    rows = _all(db, table)
    good = [row[:-1] for row in rows if holds(table, row)]
    return good, len(rows) - len(good)


def write(db: sqlite3.Connection, table: str, rows: Iterable[Values]) -> None:
    """Insert rows, or put them in the place of those with the same key, within the caller's transaction."""
    columns = BOOKS[table]
    marks = ", ".join("?" * (len(columns) + 1))
    query = f"REPLACE INTO {table}({', '.join(columns)}, crc) VALUES ({marks})"  # noqa: S608 - no value in it
    db.executemany(query, [(*row, checksum(table, row)) for row in rows])


def new_generation(db: sqlite3.Connection, path: Path) -> dict[str, str]:
    """The first rows of `meta`, written in the caller's transaction; JournalDamaged if the file isn't new."""
    if db.execute("SELECT 1 FROM record").fetchone() or db.execute("SELECT 1 FROM pruned").fetchone():
        raise JournalDamaged("its generation is missing", where=str(path), remedy="restart")
    rows = {"generation": str(uuid.uuid4()), "head": GENESIS.hex()}
    write(db, "meta", rows.items())
    return rows


def next_number(db: sqlite3.Connection, sink: str) -> int:
    """A sink's next session number, written within the caller's transaction."""
    before = db.execute("SELECT number FROM session WHERE sink = ?", (sink,)).fetchone()
    number = int(before[0]) + 1 if before else 1
    write(db, "session", [(sink, number)])
    return number


def _all(db: sqlite3.Connection, table: str) -> list[Any]:
    query = f"SELECT {', '.join(BOOKS[table])}, crc FROM {table}"  # noqa: S608 - no value in it
    return db.execute(query).fetchall()
