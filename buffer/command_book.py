"""The commands of platforms, kept in the journal's file so that each is carried out at most once.

A row is written in one transaction with the records that tell of it. Also what commands ask of other records.
"""

import sqlite3
from collections.abc import Sequence

from buffer.anchors import Anchors
from buffer.books import write
from buffer.command import COLUMNS, FLOOR, Kept, intact
from buffer.ranges import RangeSet
from buffer.reading import Reading
from buffer.records import Entry, Record
from buffer.writing import Writing


class CommandBook:
    """The commands in an open journal; every method may be called from any thread."""

    def __init__(self, writing: Writing, reading: Reading, anchors: Anchors) -> None:
        self._writing, self._reading, self._anchors = writing, reading, anchors

    @property
    def failing(self) -> bool:
        """Whether the journal took nothing when it was last asked: then `keep` is of no use now."""
        return self._writing.counters.failure is not None

    def keep(self, kept: Kept, entries: Sequence[Entry]) -> None:
        """Have a command and the records of it on disk when it returns.

        Raises JournalFull; both then go with the next commit that succeeds.
        """
        with self._writing.state:
            self._writing.pending.add(entries, None, (kept,))
        self._anchors.learn(self._writing.commit())

    def find(self, sink: str, command: str) -> Kept | None:
        """The command of a sink under this id."""
        return next(iter(self._where("sink = ? AND id = ?", sink, command)), None)

    def seen(self, token: str) -> bool:
        """Whether a command with this token is kept."""
        return bool(self._where("token = ? LIMIT 1", token))

    def open(self) -> list[Kept]:
        """Those with something to be done, in the order in which they came."""
        return self._where("open = 1 ORDER BY rowid")

    def count(self) -> int:
        """How many are kept."""
        return int(self._reading.ask("SELECT count(*) FROM command")[0][0])

    @property
    def floor_ns(self) -> int:
        """What expired up to then (UTC) may have been cleared: nobody knows whether it came before."""
        found = self._reading.ask("SELECT value FROM meta WHERE key = ?", FLOOR)
        return int(found[0][0]) if found else 0

    def clear(self, expired_ns: int, now_ns: int, most: int) -> int:
        """Let go what is done and expired before `expired_ns`; how many went.

        While there are more than `most`, the oldest of those that are done and expired at `now_ns` go too, or
        have no known end. Raises JournalFull.
        """
        old = self._goners("expires_ns BETWEEN 1 AND ?", expired_ns)
        excess = self.count() - len(old) - most
        if excess > 0:
            known = set(old)
            more = self._goners("expires_ns < ?", now_ns)
            old += [goner for goner in more if goner not in known][:excess]
        if old:
            floor = max(self.floor_ns, *(expires for _, expires in old))
            self._writing.change(lambda db: _delete(db, [rowid for rowid, _ in old], floor))
        return len(old)

    def records(self, stream: str, first: int, limit: int) -> list[Record]:
        """Up to `limit` committed records of a stream from a seq on, as they lie there."""
        with self._writing.state:
            last = self._writing.last.get(stream, 0)
        return self._reading.fetch(stream, first, last, limit)

    def unsettle(self, sink: str, stream: str, lo: int, hi: int) -> RangeSet:
        """Take back that the sink is done with lo..hi, as far as records exist; what will come again.

        Persisted with the next commit.
        """
        with self._writing.state:
            gone = self._writing.pruned.get(stream, RangeSet())
            there = RangeSet(gone.missing(lo, min(hi, self._writing.last.get(stream, 0))))
            return self._writing.delivery.again(sink, stream, there)

    def _goners(self, which: str, *values: object) -> list[tuple[int, int]]:
        query = f"SELECT rowid, expires_ns FROM command WHERE open = 0 AND {which} ORDER BY rowid"  # noqa: S608
        return [(row[0], row[1]) for row in self._reading.ask(query, *values)]

    def _where(self, which: str, *values: object) -> list[Kept]:
        return intact(self._reading.ask(f"SELECT {COLUMNS} FROM command WHERE {which}", *values))  # noqa: S608


def _delete(db: sqlite3.Connection, rowids: Sequence[int], floor: int) -> None:
    db.executemany("DELETE FROM command WHERE rowid = ?", [(rowid,) for rowid in rowids])
    write(db, "meta", [(FLOOR, str(floor))])
