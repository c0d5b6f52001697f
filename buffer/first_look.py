"""What is looked at before the file is opened for writing, which throws away what follows a break in the WAL.

SQLite takes a WAL up to the first frame that fails its checksum and is silent about the rest. After a power
cut that is right: only the last, never acknowledged transaction can be torn. Anything after it, or a journal
that ends before its mark, is damage: the file is moved aside and its rows are looked for one by one.
"""

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

from buffer.aside import beside, suspicion
from buffer.errors import JournalDamaged
from buffer.mark import Marked, read_mark
from buffer.store import PAGE, reader

_FIXED = {
    0: b"SQLite format 3\0" + PAGE.to_bytes(2, "big"),
    20: b"\x00\x40\x20\x20",
    44: bytes((0, 0, 0, 4)),
    52: bytes(4) + bytes((0, 0, 0, 1)),
    64: bytes(8) + bytes(20),
}  # offset: what the journal's header always has there, see https://sqlite.org/fileformat2.html, section 1.3
_HEADER, _VERSION = 100, slice(60, 64)
_MODES = (b"\x02\x02", b"\x01\x01")  # at 18: WAL, or not yet: opening it puts it into WAL mode
_WAL_HEADER, _FRAME = 32, 24 + PAGE


def look(path: Path) -> None:
    """Raise JournalDamaged when the header, the WAL's end, the mark or an earlier run tells of damage."""
    if not path.exists() or not path.stat().st_size:
        return
    if why := suspicion(path):
        raise _damaged(path, why)
    with path.open("rb") as file:
        header = file.read(_HEADER)
    if header[_VERSION].strip(b"\0"):  # else it was never finished
        for offset, content in _FIXED.items():
            if header[offset : offset + len(content)] != content:
                raise _damaged(path, "its header is not one that the journal writes")
        if header[18:20] not in _MODES:
            raise _damaged(path, "its header names a mode that the journal has not")
    try:
        with closing(reader(path)) as db:
            generation = _generation(db)
            taken = _taken(path)
            missing = _missing(db, read_mark(path), generation)
    except sqlite3.Error:
        return  # opening it tells what it is
    if beside(path, "-wal").exists() and _broken(beside(path, "-wal"), taken):
        raise _damaged(path, "its WAL is broken before its end")
    if missing:
        raise _damaged(path, f"it has lost its end: {', '.join(missing)}")


def _damaged(path: Path, what: str) -> JournalDamaged:
    return JournalDamaged(what, where=str(path), remedy="restart: the file is then moved aside")


def _generation(db: sqlite3.Connection) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    return row[0] if row else None


def _missing(db: sqlite3.Connection, marked: Marked | None, generation: str | None) -> list[str]:
    """Rows that were there once, as `stream/lo to hi`."""
    if marked is None or marked.generation != generation:
        return []
    found = []
    for stream, seq in marked.last.items():
        (last,) = db.execute("SELECT max(seq) FROM record WHERE stream = ?", (stream,)).fetchone()
        (gone,) = db.execute("SELECT max(hi) FROM pruned WHERE stream = ?", (stream,)).fetchone()
        known = max(last or 0, gone or 0)
        if seq > known:
            found.append(f"{stream}/{known + 1} to {seq}")
    return found


def _taken(path: Path) -> int:
    """How many frames of the WAL SQLite believes in, while a connection has it open: from its index."""
    index = beside(path, "-shm")
    if not index.exists():
        return 0
    with index.open("rb") as file:
        head = file.read(20)
    return int(struct.unpack_from("=I", head, 16)[0]) if len(head) == 20 else 0


def _broken(wal: Path, taken: int) -> bool:
    """Whether a whole transaction, and something after it, follows the frames that SQLite takes."""
    with wal.open("rb") as file:
        head = file.read(_WAL_HEADER)
        salts, commits, after = head[16:24], 0, 0
        if len(head) < _WAL_HEADER or not head.strip(b"\0"):
            return False
        file.seek(_WAL_HEADER + taken * _FRAME)
        while len(frame := file.read(_FRAME)) == _FRAME:
            if taken == 0 and not after and frame[8:16] != salts:
                return _sums(head) != head[24:32]  # the header itself is hit
            if frame[8:16] == salts:
                after += commits > 0
                commits += frame[4:8] != bytes(4)
    return after > 0


def _sums(head: bytes) -> bytes:
    """The WAL header's checksum; https://sqlite.org/fileformat2.html, section 4.2."""
    order = ">" if head[3] & 1 else "<"
    one = two = 0
    for first, second in struct.iter_unpack(f"{order}II", head[:24]):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return struct.pack(">II", one, two)
