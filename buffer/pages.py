"""Rows in the bytes of an SQLite file, whatever state its trees are in: every leaf page is looked at.

After https://sqlite.org/fileformat2.html: sections 1.6 (b-tree pages, cells, overflow), 2.1 (records), 4.1
(WAL frames). Nothing here says whether a row is true; the records' own checksum does.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from buffer.store import PAGE

Value = int | float | bytes | str | None
Row = tuple[Value, ...]
_TABLE, _INDEX = 0x0D, 0x0A  # leaves; a table WITHOUT ROWID is an index of itself
_HEADER = 100  # the file's header lies before the first page's own
_WAL_HEADER, _FRAME_HEADER = 32, 24
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # serial type: bytes
_MOST_LOCAL = PAGE - 35
_MOST_OF_INDEX = (PAGE - 12) * 64 // 255 - 23
_LEAST_LOCAL = (PAGE - 12) * 32 // 255 - 23


class _Nonsense(Exception):  # noqa: N818 - never leaves this module
    """The bytes are no cell, or no record."""


def rows(path: Path, columns: int, *, rowid: bool = True) -> Iterator[tuple[int, Row]]:
    """(rowid, values) of every row with so many columns in the file and its WAL; some may come twice.

    Without `rowid`: of indices and tables WITHOUT ROWID, whose rowid is 0 here. Rows of a transaction that
    was never committed are left out as far as the WAL tells. Raises OSError.
    """
    pages = _Pages(path)
    try:
        for page, start in pages.all():
            if page[start] == (_TABLE if rowid else _INDEX):
                yield from _rows_of(pages, page, start, columns)
    finally:
        pages.close()


class _Pages:
    """The pages of a file and of the committed frames of its WAL."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        wal = path.with_name(path.name + "-wal")
        self._wal = wal.open("rb") if wal.exists() else None
        self._frames = self._committed()

    def close(self) -> None:
        self._file.close()
        if self._wal:
            self._wal.close()

    def all(self) -> Iterator[tuple[bytes, int]]:
        """Every page, the newest state of each last, and where its b-tree header lies in it."""
        number = 0
        self._file.seek(0)
        while page := self._file.read(PAGE):
            number += 1
            at = self._file.tell()
            yield page.ljust(PAGE, b"\0"), _HEADER if number == 1 else 0
            self._file.seek(at)
        for number, place in self._frames.items():
            yield self._framed(place), _HEADER if number == 1 else 0

    def get(self, number: int) -> bytes:
        """The newest state of a page."""
        place = self._frames.get(number)
        if place is not None:
            return self._framed(place)
        self._file.seek((number - 1) * PAGE)
        return self._file.read(PAGE)

    def _framed(self, place: int) -> bytes:
        if self._wal is None:
            return b""
        self._wal.seek(place)
        return self._wal.read(PAGE)

    def _committed(self) -> dict[int, int]:
        """Page number -> place in the WAL of its last frame that a commit follows."""
        found: dict[int, int] = {}
        waiting: dict[int, int] = {}
        if self._wal is None:
            return found
        salts, place = self._wal.read(_WAL_HEADER)[16:24], _WAL_HEADER
        while len(head := self._wal.read(_FRAME_HEADER)) == _FRAME_HEADER and head[8:16] == salts:
            number, size = struct.unpack(">II", head[:8])
            if len(self._wal.read(PAGE)) < PAGE:
                break
            waiting[number] = place + _FRAME_HEADER
            place += _FRAME_HEADER + PAGE
            if size:
                found.update(waiting)
                waiting.clear()
        return found


def _rows_of(pages: _Pages, page: bytes, start: int, columns: int) -> Iterator[tuple[int, Row]]:
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    for i in range(min(count, PAGE // 4)):
        at = start + 8 + 2 * i
        place = int.from_bytes(page[at : at + 2], "big")
        try:
            yield _cell(pages, page, place, columns, rowid=page[start] == _TABLE)
        except (_Nonsense, IndexError, UnicodeDecodeError):
            continue


def _cell(pages: _Pages, page: bytes, at: int, columns: int, *, rowid: bool) -> tuple[int, Row]:
    size, at = _varint(page, at)
    number, at = _varint(page, at) if rowid else (0, at)
    most = _MOST_LOCAL if rowid else _MOST_OF_INDEX
    local = size if size <= most else _LEAST_LOCAL + (size - _LEAST_LOCAL) % (PAGE - 4)
    if size > most and local > most:
        local = _LEAST_LOCAL
    payload = page[at : at + local]
    if size > local:
        further = int.from_bytes(page[at + local : at + local + 4], "big")
        payload += _overflow(pages, further, size - local)
    if len(payload) < size:
        raise _Nonsense
    return number, _record(payload, columns)


def _overflow(pages: _Pages, number: int, left: int) -> bytes:
    parts, seen = [], set[int]()
    while left > 0 and number and number not in seen:
        seen.add(number)
        page = pages.get(number)
        number = int.from_bytes(page[:4], "big")
        parts.append(page[4 : 4 + left])
        left -= PAGE - 4
    return b"".join(parts)


def _record(payload: bytes, columns: int) -> Row:
    size, at = _varint(payload, 0)
    kinds = list[int]()
    while at < size and len(kinds) <= columns:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    if at != size or len(kinds) != columns:
        raise _Nonsense
    values = []
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    return tuple(values)


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind in (0, 8, 9):
        return (None if kind == 0 else kind - 8), at
    if kind in _INTEGERS:
        end = at + _INTEGERS[kind]
        value: Value = int.from_bytes(payload[at:end], "big", signed=True)
    elif kind >= 12:
        end = at + (kind - 12) // 2
        value = payload[at:end] if kind % 2 == 0 else payload[at:end].decode()
    else:
        raise _Nonsense
    if end > len(payload):
        raise _Nonsense
    return value, end


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """SQLite's: seven bits a byte, the highest first; all eight of a ninth byte."""
    value = 0
    for i in range(9):
        byte = content[at + i]
        if i == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + i + 1
    raise _Nonsense
