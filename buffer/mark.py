"""How far the journal has come, beside it in `NAME-mark`, so that a WAL which lost its end is found out.

Written after each commit into a mapped page, so without a call or a sync: a power cut may leave an older
state of it, or none, but never one that is ahead of what was on disk. So rows that it knows and the journal
doesn't were there once.

512 bytes: CRC-32 in hex, a space, JSON {"generation", "last": {stream: seq}}, spaces.
"""

import logging
import mmap
import os
import zlib
from pathlib import Path

import msgspec

from buffer.aside import beside

log = logging.getLogger(__name__)
_SIZE = 512


class Marked(msgspec.Struct, frozen=True):
    """The last seq of each stream in a generation."""

    generation: str
    last: dict[str, int]


class Mark:
    """The mapped file; does nothing where it can't be made."""

    def __init__(self, path: Path) -> None:
        self._map: mmap.mmap | None = None
        try:
            fd = os.open(beside(path, "-mark"), os.O_RDWR | os.O_CREAT, 0o640)
            try:
                os.posix_fallocate(fd, 0, _SIZE)  # a full disk must not show when the page is written
                self._map = mmap.mmap(fd, _SIZE)
            finally:
                os.close(fd)
        except OSError as e:
            log.warning("%s: no mark is kept beside it: %s", path, e)

    def set(self, marked: Marked) -> None:
        """Remember; what does not fit is not remembered."""
        content = msgspec.json.encode(marked)
        line = b"%08x %s" % (zlib.crc32(content), content)
        if self._map is not None and len(line) <= _SIZE:
            self._map[:] = line.ljust(_SIZE)

    def close(self) -> None:
        """Give the memory back."""
        if self._map is not None:
            self._map.close()
            self._map = None


def read_mark(path: Path) -> Marked | None:
    """What the mark beside a journal says; None when there is none that holds."""
    try:
        line = beside(path, "-mark").read_bytes().rstrip()
    except OSError:
        return None
    crc, _, content = line.partition(b" ")
    if crc != b"%08x" % zlib.crc32(content):
        return None
    try:
        return msgspec.json.decode(content, type=Marked)
    except msgspec.MsgspecError:
        return None
