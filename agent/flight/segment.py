"""A segment on disk: one Zstandard frame (RFC 8878), so that segments one after another are a recording too.

What is written is flushed as whole blocks, so of a segment that was cut all is read up to the last flush.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from agent.errors import FlightError
from agent.flight.tape import MAGIC, Closing, Cut, Held, Opening, Piece, Same, Seen, Unpacker, packed

_LEVEL, _WINDOW_LOG = (
    3,
    18,
)  # a window of 256 kB: about 2 MB of memory, and nothing lost on one second's blocks
_READ = 1 << 16
_STEP = 1 << 12
_FRAME = b"\x28\xb5\x2f\xfd"
_REMEDY = "give a file that `haulwatch record --save` wrote"


class SegmentFile:
    """A segment that is being written; raises OSError."""

    def __init__(self, file: BinaryIO) -> None:
        parameters = zstandard.ZstdCompressionParameters.from_level(
            _LEVEL, window_log=_WINDOW_LOG, write_checksum=True
        )
        self._file = file
        self._packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
        self._waiting = [MAGIC]
        self.bytes = 0

    def write(self, piece: Opening | Closing | Held | Same | Seen) -> None:
        """Add a piece; on disk after `flush`."""
        self._waiting.append(packed(piece))

    def flush(self) -> None:
        """Hand what was added to the operating system."""
        if self._waiting:
            content, self._waiting = b"".join(self._waiting), []
            self._put(self._packer.compress(content))
            self._put(self._packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
            self._file.flush()

    def sync(self) -> None:
        """Have it on the card."""
        os.fdatasync(self._file.fileno())

    def finish(self) -> None:
        """The last block; the file is still open."""
        self._put(self._packer.compress(b"".join(self._waiting)))
        self._waiting = []
        self._put(self._packer.flush())
        self._file.flush()

    def _put(self, content: bytes) -> None:
        self._file.write(content)
        self.bytes += len(content)


def pieces(path: Path) -> Iterator[Piece]:
    """All pieces of a recording, a Cut where a segment has no end; raises FlightError for another file."""
    try:
        with path.open("rb") as file:
            yield from _segments(file, str(path))
    except OSError as e:
        raise FlightError(f"cannot be read ({e.strerror})", where=str(path), remedy="name a file") from e


def _segments(file: BinaryIO, where: str) -> Iterator[Piece]:
    rest, place = file.read(_READ), 0
    if not rest.startswith(_FRAME):
        raise FlightError("is no flight recording", where=where, remedy=_REMEDY)
    while rest:
        frame = _Frame(file, rest)
        yield from frame.pieces(f"{where}: segment at byte {place}")
        place += frame.read
        rest = frame.rest
        if rest and not rest.startswith(_FRAME):
            yield Cut(f"{where}: byte {place}", "what follows is no segment")
            return


class _Frame:
    """One segment of a file whose first bytes are `head`; afterwards `rest` is what follows it."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file, self.rest, self.read = file, head, 0
        self._unpack = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()

    def pieces(self, where: str) -> Iterator[Piece]:
        """What is in it, up to its end or to where it is cut or damaged."""
        found, ended = Unpacker(), False
        try:
            for content in self._content():
                for piece in found.feed(content):
                    ended = ended or isinstance(piece, Closing | Held)
                    yield piece
        except (FlightError, zstandard.ZstdError) as e:
            yield Cut(
                where, e.what if isinstance(e, FlightError) else f"is damaged ({e}); what follows is left out"
            )
            self.rest = b""
            return
        if not ended or found.rest or not self._unpack.eof:
            yield Cut(
                where, "has no end: it was being written when it was copied, or when power or process ended"
            )

    def _content(self) -> Iterator[bytes]:
        """In small steps, so that what precedes a damage is had."""
        while self.rest and not self._unpack.eof:
            chunk, self.rest = self.rest[:_STEP], self.rest[_STEP:]
            self.read += len(chunk)
            yield self._unpack.decompress(chunk)
            if not self.rest and not self._unpack.eof:
                self.rest = self._file.read(_READ)
        if self._unpack.eof:
            self.read -= len(self._unpack.unused_data)
            self.rest = self._unpack.unused_data + self.rest
            self.rest = self.rest or self._file.read(_READ)
