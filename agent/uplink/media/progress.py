"""What is remembered of pictures on their way over a restart: chunks that arrived, and wishes.

Notes of the journal, so they are on disk with its next commit; a chunk that comes twice is harmless.
"""

import msgspec

from buffer.journal import Journal
from buffer.ranges import Range, RangeSet


class _Known(msgspec.Struct):
    """Chunks of this size that arrived, counted from 1."""

    size: int
    done: list[Range]


class Progress:
    """That of one sink."""

    def __init__(self, journal: Journal, sink: str) -> None:
        self._notes = journal.notes
        self._chunks, self._wishes = f"media/{sink}/chunks/", f"media/{sink}/wish/"

    def of(self, sha256: str, size: int) -> RangeSet:
        """The chunks of a file that arrived, counted from 1; none if they were of another size."""
        text = self._notes.under(self._chunks + sha256).get("")
        try:
            known = None if text is None else msgspec.json.decode(text, type=_Known)
            return RangeSet(known.done) if known and known.size == size else RangeSet()
        except (msgspec.MsgspecError, ValueError):
            return RangeSet()

    def keep(self, sha256: str, size: int, done: RangeSet) -> None:
        """So much of a file has arrived."""
        self._notes.put(self._chunks + sha256, msgspec.json.encode(_Known(size, list(done))).decode())

    def forget(self, sha256: str) -> None:
        """The file has arrived, or never will."""
        self._notes.put(self._chunks + sha256, None)

    def wishes(self) -> list[str]:
        """SHA-256 of the pictures that were asked for."""
        return sorted(self._notes.under(self._wishes))

    def wish(self, sha256: str) -> None:
        """This picture is asked for."""
        self._notes.put(self._wishes + sha256, "")

    def fulfilled(self, sha256: str) -> None:
        """It is asked for no more."""
        self._notes.put(self._wishes + sha256, None)
