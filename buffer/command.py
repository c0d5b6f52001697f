"""A command of a platform as a row of the journal's file; what it says and what became of it is `body`."""

import sqlite3
import struct
import zlib
from collections.abc import Iterable, Sequence

import msgspec

from buffer.books import write

FLOOR = "command_floor"
"""In `meta`: what expired up to then (UTC ns) may have been cleared."""
COLUMNS = "sink, id, token, expires_ns, open, body, crc"
_UPSERT = f"""INSERT INTO command({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT(sink, id) DO UPDATE SET token = excluded.token, expires_ns = excluded.expires_ns,
open = excluded.open, body = excluded.body, crc = excluded.crc"""  # noqa: S608 - no value in it


class Kept(msgspec.Struct, frozen=True):
    """One command: who asked, under which id, and the `body` of it and of its state.

    `token` is what must never come twice, "" for none; `expires_ns` UTC, 0 when not known; `open`: something
    is still to be done.
    """

    sink: str
    id: str
    token: str
    expires_ns: int
    open: bool
    body: bytes

    @property
    def crc(self) -> int:
        """CRC-32 over all of it."""
        names = "\0".join((self.sink, self.id, self.token)).encode()
        return zlib.crc32(self.body, zlib.crc32(names + struct.pack("<q?", self.expires_ns, self.open)))

    def row(self) -> tuple[object, ...]:
        """The values in the order of COLUMNS."""
        return self.sink, self.id, self.token, self.expires_ns, int(self.open), self.body, self.crc


def intact(rows: Iterable[Sequence[object]]) -> list[Kept]:
    """The rows (of COLUMNS) whose checksum holds; a damaged one is as if it had never come."""
    found = []
    for sink, command, token, expires_ns, is_open, body, crc in rows:
        try:
            kept = Kept(sink, command, token, expires_ns, is_open == 1, body)  # type: ignore[arg-type]
            if kept.crc == crc:
                found.append(kept)
        except (TypeError, AttributeError, struct.error, UnicodeEncodeError):
            continue  # a flipped bit in SQLite's own framing changes a field's type
    return found


def put(db: sqlite3.Connection, rows: Iterable[Kept], floor: str | None = None) -> None:
    """Write rows inside the caller's transaction, and the text of `FLOOR` if there is one.

    A row of the same sink and id is replaced.
    """
    db.executemany(_UPSERT, [kept.row() for kept in rows])
    if floor:
        write(db, "meta", [(FLOOR, floor)])
