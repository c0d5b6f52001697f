"""What each sink has settled and what was pruned, in memory, with the difference to what is on disk."""

import sqlite3
from collections.abc import Iterable

from buffer.books import write
from buffer.ranges import Range, RangeSet

Key = tuple[str, str]  # sink, stream


class Delivery:
    """The settled ranges of every (sink, stream). The journal guards it with a lock."""

    def __init__(self, rows: Iterable[tuple[str, str, int, int]]) -> None:
        self._now: dict[Key, RangeSet] = {}
        for sink, stream, lo, hi in rows:
            self._now.setdefault((sink, stream), RangeSet()).add(lo, hi)
        self._on_disk = {key: set(ranges) for key, ranges in self._now.items()}
        self._changed: set[Key] = set()

    def settle(self, sink: str, stream: str, lo: int, hi: int) -> None:
        """Note that a sink is done with lo..hi of a stream."""
        self._now.setdefault((sink, stream), RangeSet()).add(lo, hi)
        self._changed.add((sink, stream))

    def again(self, sink: str, stream: str, there: RangeSet) -> RangeSet:
        """Note that a sink is to get again what it has of `there`; that."""
        found = self.settled(sink, stream).intersection(there)
        for lo, hi in found:
            self._now[sink, stream].discard(lo, hi)
            self._changed.add((sink, stream))
        return found

    def settled(self, sink: str, stream: str) -> RangeSet:
        """A copy of what a sink has settled of a stream."""
        ranges = self._now.get((sink, stream))
        return ranges.copy() if ranges else RangeSet()

    def forget(self, sink: str) -> None:
        """A sink is gone for good; its rows are deleted by the caller."""
        for key in [key for key in self._now if key[0] == sink]:
            del self._now[key]
            self._on_disk.pop(key, None)
            self._changed.discard(key)

    def sinks(self) -> list[str]:
        """Every sink that ever settled anything."""
        return sorted({sink for sink, _ in self._now})

    def take(self) -> dict[Key, set[Range]]:
        """What is to be persisted; `done` or `put_back` follows."""
        taken = {key: set(self._now[key]) for key in self._changed}
        self._changed = set()
        return taken

    def put_back(self, taken: Iterable[Key]) -> None:
        """The commit failed: it is still to be persisted."""
        self._changed.update(taken)

    def done(self, taken: dict[Key, set[Range]]) -> None:
        """The commit succeeded."""
        self._on_disk.update(taken)

    def persist(self, db: sqlite3.Connection, taken: dict[Key, set[Range]]) -> None:
        """Write the difference inside the caller's transaction."""
        for (sink, stream), ranges in taken.items():
            before = self._on_disk.get((sink, stream), set())
            db.executemany(
                "DELETE FROM settled WHERE sink = ? AND stream = ? AND lo = ?",
                [(sink, stream, lo) for lo, _ in before - ranges],
            )
            write(db, "settled", [(sink, stream, lo, hi) for lo, hi in ranges - before])
