"""The journal's write side: one connection, one lock held through the sync, one transaction per commit.

What waits for a commit and what sinks have settled is in memory under a second lock (`state`) that is never
held during I/O, so `defer` and `settle` don't wait for the disk.
"""

import logging
import sqlite3
import threading
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from buffer.books import new_generation, next_number, read, write
from buffer.command import put
from buffer.delivery import Delivery, Key
from buffer.errors import JournalFull
from buffer.genesis import Cut, cut, gone_with
from buffer.inherited import Inherited
from buffer.mark import Mark, Marked
from buffer.notes import Changes, Notes, persist
from buffer.pending import Batch, Pending
from buffer.ranges import Range, RangeSet
from buffer.reading import Reading
from buffer.records import CHAINED, COLUMNS, GENESIS, Entry, Record, seal
from buffer.recovery import check, release_reserve
from buffer.retention import Drop
from buffer.stats import Counters, SinkStats, sink_stats
from buffer.store import Space, known_errors, room, spent, transaction, writer
from buffer.thinned import Row, Thinned, Thinning, forget, insert, thin

log = logging.getLogger(__name__)
_RECOVERED = 1.5  # of the low mark is needed before track is taken again, so that it doesn't flap
_INSERT = f"INSERT INTO record({COLUMNS}) VALUES ({', '.join('?' * 13)})"  # noqa: S608 - no value in it


class Writing:
    """All that changes; `last`, `pruned`, `thinned`, `delivery`, `pending`, `counters` guarded by `state`."""

    def __init__(self, path: Path, boot: str, space: Space) -> None:
        self.path, self.space, self._boot = path, space, boot
        self.state, self._writing = threading.Lock(), threading.Lock()
        self.pending, self.counters = Pending(), Counters()
        with known_errors(path):
            self._db = writer(path, space)
        try:
            with known_errors(path):
                check(self._db, path)
                self._load()
        except BaseException:
            self._db.close()
            raise
        self._mark = Mark(path)

    def _load(self) -> None:
        """Read what is kept in memory; begin a generation in a new file."""
        self.delivery = Delivery(read(self._db, "settled", self.path))
        self.thinned = Thinned(Row(*row) for row in sorted(read(self._db, "thinned", self.path)))
        self.pruned: dict[str, RangeSet] = {}
        self.last: dict[str, int] = {}
        for stream, lo, hi in sorted(read(self._db, "pruned", self.path)):
            self.pruned.setdefault(stream, RangeSet()).add(lo, hi)
            self.last[stream] = hi
        _, meta = read(self._db, "session", self.path), dict(read(self._db, "meta", self.path))
        if "generation" not in meta:
            with transaction(self._db, self.path):
                meta |= new_generation(self._db, self.path)
        self.notes = Notes(meta.items())
        self.generation: str = meta["generation"]
        self._head = bytes.fromhex(meta["head"])
        self.report = meta["salvage"].encode() if "salvage" in meta else None

    def begin(self, reading: Reading) -> bool:
        """Take over the seqs that are there; whether the newest chained record is the one written last."""
        for stream, seq in reading.last_seqs().items():
            self.last[stream] = max(seq, self.last.get(stream, 0))
        tail = reading.newest_of({stream: seq for stream, seq in self.last.items() if stream in CHAINED})
        return ((tail.hash if tail else None) or GENESIS) == self._head

    def done(self, sink: str, stream: str) -> tuple[RangeSet, int]:
        """Seqs that the sink will not get any more: settled or pruned; and the stream's last seq."""
        with self.state:
            done = self.delivery.settled(sink, stream)
            done.merge(self.pruned.get(stream, RangeSet()))
            return done, self.last.get(stream, 0)

    def pruned_within(self, stream: str, lo: int, hi: int) -> bool:
        """Whether some of these are pruned, once a pruning that is under way is through."""
        with self._writing, self.state:
            return bool(self.pruned.get(stream, RangeSet()).intersection(RangeSet([(lo, hi)])))

    def of_sink(self, sink: str) -> dict[str, SinkStats]:
        """What a sink has of each stream."""
        with self.state:
            streams = list(self.last)
        return {stream: sink_stats(*self.done(sink, stream), stream, self.thinned) for stream in streams}

    def commit(self) -> list[Record]:
        """Write what is pending, in as many transactions as it needs; the records now on disk.

        Raises JournalFull; what was not written is then still pending.
        """
        written: list[Record] = []
        with self._writing:
            while True:
                with self.state:
                    batch, settled, notes = self.pending.take(), self.delivery.take(), self.notes.take()
                if not batch and not settled and not notes:
                    return written
                written += self._commit(batch, settled, notes)

    def _commit(self, batch: Batch, settled: dict[Key, set[Range]], notes: Changes) -> list[Record]:
        try:
            entries, refused = self._admitted(batch.entries)
            records = self._sealed(entries)
            with transaction(self._db, self.path):
                self._write(records, batch.snapshot)
                put(self._db, batch.commands)
                self.delivery.persist(self._db, settled)
                persist(self._db, notes)
        except BaseException as e:
            with self.state:
                self.pending.put_back(batch)
                self.delivery.put_back(settled)
                self.notes.put_back(notes)
                self.counters.failure = str(e)
            raise
        with self.state:
            self._head = next((r.hash for r in reversed(records) if r.hash), self._head)
            self.last.update((record.stream, record.seq) for record in records)
            self.delivery.done(settled)
            self.counters.commits += 1
            self.counters.refused += refused
            self.counters.failure = None
        self._mark.set(Marked(self.generation, self.last))
        return records

    def _admitted(self, entries: list[Entry]) -> tuple[list[Entry], int]:
        """The entries without track when space is low, and how many were left out."""
        if not any(entry.stream == "track" for entry in entries):
            return entries, 0
        enough = self.space.low_bytes * (_RECOVERED if self.counters.low else 1)
        self.counters.low = self._room() < enough
        if not self.counters.low:
            return entries, 0
        kept = [entry for entry in entries if entry.stream != "track"]
        return kept, len(entries) - len(kept)

    def _sealed(self, entries: list[Entry]) -> list[Record]:
        """Records with their seqs and links; nothing is counted until they are on disk."""
        last, head = dict(self.last), self._head
        records: list[Record] = []
        for entry in entries:
            seq = last[entry.stream] = last.get(entry.stream, 0) + 1
            records.append(seal(entry, seq, self._boot, head))
            head = records[-1].hash or head
        return records

    def _write(self, records: list[Record], snapshot: bytes | None) -> None:
        """The rows of one transaction."""
        self._db.executemany(_INSERT, [record.row() for record in records])
        head = next((record.hash for record in reversed(records) if record.hash), None)
        if head:
            write(self._db, "meta", [("head", head.hex())])
        if snapshot is not None:
            self._db.execute(
                "REPLACE INTO snapshot(id, crc, body) VALUES (1, ?, ?)", (zlib.crc32(snapshot), snapshot)
            )

    @property
    def full(self) -> str | None:
        """Why records are not taken: all of them, or only track."""
        low = f"{self.path}: too little space is left for track; free space, or raise journal.max_bytes"
        return self.counters.failure or (low if self.counters.low else None)

    def room(self) -> int:
        """Bytes of records that can still be taken."""
        with self._writing:
            return self._room()

    def _room(self) -> int:
        with known_errors(self.path):
            return room(self._db, self.path, self.space)

    def spent(self) -> bool:
        """Whether the budget, not the disk, is what is full."""
        with self._writing, known_errors(self.path):
            return spent(self._db, self.space)

    def next_session(self, sink: str) -> int:
        """The next session number of a sink, from 1; on disk when it returns."""
        with self._writing, transaction(self._db, self.path):
            return next_number(self._db, sink)

    def change(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do some work on other tables than `record`, in one transaction. Raises JournalFull."""
        with self._writing, transaction(self._db, self.path):
            work(self._db)

    def carry(self, records: list[Record]) -> None:
        """Take records of an earlier file with their seqs and boots; the chained ones get new links."""
        with self._writing:
            head, rows = self._head, list[Record]()
            for record in records:
                rows.append(seal(record, record.seq, record.boot, head))
                head = rows[-1].hash or head
            with transaction(self._db, self.path):
                self._write(rows, None)
            self._head = head

    def inherit(self, found: Inherited) -> None:
        """Go on behind `found.last`: what was not carried is pruned or left out; the settled stays so."""
        pruned = found.pruned()
        with self._writing, transaction(self._db, self.path):
            write(self._db, "pruned", [(s, lo, hi) for s, ranges in pruned.items() for lo, hi in ranges])
            insert(self._db, found.thinned)
            write(self._db, "session", found.sessions)
            write(self._db, "meta", [("salvage", found.report.decode())])
            self._write([], found.snapshot)
            put(self._db, found.commands, found.floor)
        self.report = found.report
        with self.state:
            self.pruned.update(pruned)
            self.thinned.change((), found.thinned)
            self.last.update(found.last)
            for sink, stream, lo, hi in found.settled:
                self.delivery.settle(sink, stream, lo, hi)
        for key, text in found.notes.items():
            self.notes.put(key, text)
        self.commit()

    def forget_report(self) -> None:
        """What was inherited is on record."""
        self.run([("DELETE FROM meta WHERE key = 'salvage'", ())])
        self.report = None

    def run(self, statements: Sequence[tuple[str, tuple[object, ...]]]) -> None:
        """Execute statements with their values in one transaction."""
        with self._writing, transaction(self._db, self.path):
            for query, values in statements:
                self._db.execute(query, values)

    def meta(self, prefix: str) -> dict[str, str]:
        """Rows of `meta` whose key begins so."""
        with self._writing, known_errors(self.path):
            rows = self._db.execute(
                "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ?", (len(prefix), prefix)
            )
            return dict(rows.fetchall())

    def prune(self, step: Drop | Thinning | Cut) -> None:
        """Delete little for good, in one transaction. On a full disk the reserve makes room for it."""
        with self._writing, known_errors(self.path):
            whole = self.space.page_limit + self.space.wal_pages
            self._db.execute(f"PRAGMA max_page_count = {whole}")
            try:
                rows = self._delete(step)
            except JournalFull:
                release_reserve(self.path)
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
                rows = self._delete(step)
            finally:
                self._db.execute(f"PRAGMA max_page_count = {self.space.page_limit}")
            with self.state:
                self.thinned.change(*rows)
                for stream, lo, hi in gone_with(step):
                    self.pruned.setdefault(stream, RangeSet()).add(lo, hi)
                    self.last[stream] = max(self.last.get(stream, 0), hi)

    def thinned_ranges(self, stream: str) -> RangeSet:
        """Where records may have been left out, of all that a reader can have seen."""
        with self._writing, self.state:
            return self.thinned.ranges(stream)

    def _delete(self, step: Drop | Thinning | Cut) -> tuple[list[Row], list[Row]]:
        """Rows of `thinned` that went and came."""
        with transaction(self._db, self.path):
            if isinstance(step, Cut):
                return cut(self._db, step, self.pruned)
            if isinstance(step, Thinning):
                return thin(self._db, step)
            gone = self.pruned.get(step.stream, RangeSet()).copy()
            gone.add(step.lo, step.hi)
            changed = forget(self._db, step.stream, step.lo, step.hi)
            query = "DELETE FROM record WHERE stream = ? AND seq BETWEEN ? AND ?"
            self._db.execute(query, (step.stream, step.lo, step.hi))
            self._db.execute("DELETE FROM pruned WHERE stream = ?", (step.stream,))
            write(self._db, "pruned", [(step.stream, lo, hi) for lo, hi in gone])
            return changed

    def close(self) -> None:
        """Move the WAL into the file, if there is space and nothing reads, and close."""
        with self._writing:
            try:
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as e:
                log.warning("%s: the WAL stays beside the file: %s", self.path, e)
            finally:
                self._mark.close()
                self._db.close()
