"""The journal: what must not be lost, durable when `append` returns.

See buffer.records for the bytes, buffer.schema for the tables, buffer.writing for how a commit is made.
"""

import logging
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from buffer.anchors import Anchors
from buffer.aside import Suspicion, beside, finish, last_name, move_aside, unfinished
from buffer.chain_pruning import ChainPruning
from buffer.command_book import CommandBook
from buffer.errors import JournalDamaged, JournalFull, JournalNewer
from buffer.first_look import look
from buffer.holds import Holds
from buffer.notes import Notes
from buffer.outgoing import Outgoing
from buffer.proofs import BY_HAND, Proofs
from buffer.pruning import Ages, Place, Pruning, Step
from buffer.ranges import RangeSet
from buffer.reading import Reading, aged_to
from buffer.records import Entry, Record
from buffer.recovery import hold_reserve, lock, readable, release_reserve, usable
from buffer.salvage import Salvage, carry_over
from buffer.stats import JournalStats
from buffer.store import Space, ensure_schema, known_errors
from buffer.summary import summary
from buffer.writing import Writing

log = logging.getLogger(__name__)


class Journal:
    """The open journal; every method may be called from any thread.

    `generation` names this life of the file, `replaced` is where a damaged file was moved at open, else None,
    `chain_broken` says that the newest chained record isn't the one written last.
    """

    def __init__(self, path: Path, boot: str, space: Space, replaced: Path | None) -> None:
        """Use `open`."""
        self.path, self.replaced = path, replaced
        self._space, self._suspicion = space, Suspicion(path)
        self._lock_fd: int | None = None
        with readable(path):
            self._writing = Writing(path, boot, space)
        try:
            self._reading = Reading(path, self._suspicion.note)
            self._anchors = Anchors(self._reading)
            self._pruning = Pruning(path, space, self._writing, self._reading)
            self.chain_pruning = ChainPruning(self._writing, self._reading, self._suspicion)
            self.holds, self._outgoing = Holds(self._writing), Outgoing(path, self._writing, self._reading)
            self.commands = CommandBook(self._writing, self._reading, self._anchors)
            self.proofs = Proofs(self._reading)
            with readable(path):
                self.chain_broken = not self._writing.begin(self._reading)
                newest = self._reading.newest(but=BY_HAND)
        except BaseException:
            self._writing.close()
            raise
        self._clean = not replaced and (newest is None or (newest.stream, newest.type) == ("life", "stopped"))
        self.generation = self._writing.generation

    @classmethod
    def open(cls, path: Path, boot: str, *, max_bytes: int, min_free_bytes: int) -> "Journal":
        """Open or create the journal at `path` for records of `boot` (a boot id).

        A file that cannot be read is moved aside (`replaced`) and a new generation begins. Raises
        JournalNewer, JournalFull, JournalMissing when the directory cannot be used, JournalError when
        another process writes it.
        """
        space = Space(max_bytes, min_free_bytes)
        with usable(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            lock_fd = lock(path)
        try:
            journal = cls._opened(path, boot, space)
        except BaseException:
            os.close(lock_fd)
            raise
        journal._lock_fd = lock_fd
        hold_reserve(path, space.reserve_bytes)
        return journal

    @classmethod
    def _opened(cls, path: Path, boot: str, space: Space) -> "Journal":
        """With the reserve spent when there is no space even to open."""
        try:
            with known_errors(path):
                return cls._whole(path, boot, space)
        except JournalFull:
            if not beside(path, ".reserve").exists():
                raise
            release_reserve(path)
            with known_errors(path):
                return cls._whole(path, boot, space)

    @classmethod
    def _whole(cls, path: Path, boot: str, space: Space) -> "Journal":
        """With damage moved aside, now or by a start that was cut short."""
        old = unfinished(path)
        if old is None:
            try:
                look(path)
                ensure_schema(path)
                return cls(path, boot, space, None)
            except JournalNewer:
                raise
            except JournalDamaged as e:
                old = move_aside(path, carrying=True)
                log.error("damaged: %s; moved to %s", e, last_name(old))  # noqa: TRY400 - it is handled
        ensure_schema(path)
        journal = cls(path, boot, space, last_name(old))
        try:
            carry_over(old, journal._writing)
            finish(old)
        except BaseException:
            journal._end()
            raise
        return journal

    @property
    def salvaged(self) -> Salvage | None:
        """What was carried over from an earlier file, until `salvage_told`."""
        report = self._writing.report
        return None if report is None else msgspec.json.decode(report, type=Salvage)

    def salvage_told(self) -> None:
        """The record of it is on disk."""
        self._writing.forget_report()

    def clean(self) -> bool:
        """Whether the last record before this open is `stopped` in `life`, or there is none."""
        return self._clean

    def append(self, entries: Sequence[Entry], snapshot: bytes | None = None) -> None:
        """Have entries, and all that waited before them, on disk when it returns.

        On JournalFull they stay pending and go with the next commit that succeeds: don't hand them in again.
        """
        self.defer(entries, snapshot)
        self.commit()

    def defer(self, entries: Sequence[Entry], snapshot: bytes | None = None) -> None:
        """Let entries go with the next commit, together with `snapshot`, in one transaction."""
        with self._writing.state:
            self._writing.pending.add(entries, snapshot)

    def commit(self) -> None:
        """Write what is pending, without I/O when that is nothing; on JournalFull it stays pending."""
        with self._suspicion.noting():
            self._anchors.learn(self._writing.commit())

    def window(self, sink: str, stream: str, limit: int, in_flight: RangeSet) -> list[Record]:
        """The first `limit` committed records that are neither settled by the sink nor in flight, by seq.

        A record that fails its checksum is never returned but added to `damaged`. Records for another
        `audience` are returned: what a sink leaves out is said by who settles it. Raises JournalDamaged when
        one that must be there is not; see `suspicion`.
        """
        with self._suspicion.noting():
            return self._outgoing.window(sink, stream, limit, in_flight)

    @property
    def damaged(self) -> list[tuple[str, int]]:
        """(stream, seq) of every record found damaged since open; settle them as `dead`."""
        return self._outgoing.damaged

    @property
    def suspicion(self) -> str | None:
        """Why the file is not to be trusted any more: it broke in use, and the next start moves it aside."""
        return self._suspicion.why

    def settle(self, sink: str, stream: str, lo: int, hi: int) -> None:
        """The sink is done with lo..hi; persisted with the next commit."""
        with self._writing.state:
            self._writing.delivery.settle(sink, stream, lo, hi)

    def settled(self, sink: str, stream: str) -> RangeSet:
        """What the sink has settled, persisted or not; a copy."""
        with self._writing.state:
            return self._writing.delivery.settled(sink, stream)

    @property
    def notes(self) -> Notes:
        """Small texts kept beside the records; what changes is on disk with the next commit."""
        return self._writing.notes

    def find(self, stream: str, kind: str, text: bytes) -> Record | None:
        """The newest record of a type whose payload holds `text`; it looks through the stream."""
        return next((r for r in self._reading.holding(stream, kind, text) if r.intact()), None)

    def backlog(self, sink: str) -> dict[str, int]:
        """Committed records that the sink has not settled, per stream; no I/O."""
        return {stream: stats.unsettled for stream, stats in self._writing.of_sink(sink).items()}

    def load_snapshot(self) -> bytes | None:
        """The last committed snapshot; None when there is none, empty when its checksum fails."""
        found = self._reading.snapshot()
        if found and zlib.crc32(found[1]) != found[0]:
            log.error("%s: the snapshot fails its checksum", self.path)
            return b""
        return found[1] if found else None

    def next_session(self, sink: str) -> int:
        """A number that this journal never gave to the sink before; on disk when it returns."""
        with self._suspicion.noting():
            return self._writing.next_session(sink)

    def anchors(self) -> dict[str, tuple[int, int]]:
        """(utc_ns, mono_ns) per boot, from the newest `clock.anchor` record of each."""
        return self._anchors.all()

    def newest_mono_ns(self, boot: str) -> int | None:
        """The latest moment of a boot among the newest records of every stream; None when it has none."""
        with self._writing.state:
            last = dict(self._writing.last)
        newest = [r for stream, seq in last.items() for r in self._reading.fetch(stream, seq, seq, 1)]
        return max((record.mono_ns for record in newest if record.boot == boot), default=None)

    def retain(self, sinks: Sequence[str], older_than_ns: int | None) -> list[Step]:
        """Plan and prune at once, without thinning; returns what went."""
        return self.prune(self.planned(sinks, older_than_ns))

    def planned(
        self, sinks: Sequence[str], older_than_ns: int | None, place: Place | None = None, of: Ages = None
    ) -> list[Step]:
        """What may go now, for `prune`.

        Records go that all `sinks` have settled and that are older than `older_than_ns` (UTC; None when the
        time isn't known; in `of` that of a stream where it differs), and more than those while space is low.
        `place` reads a track record: with it, unsent track is thinned before it is dropped.
        """
        return self._pruning.planned(sinks, older_than_ns, place, of or {})

    def thinned(self, stream: str) -> RangeSet:
        """Where records of a stream may have been left out by thinning; waits for a commit under way."""
        return self._writing.thinned_ranges(stream)

    def moments(self, stream: str, near: str, lo: int, hi: int) -> list[tuple[str, int]]:
        """(boot, mono_ns) of the records of a stream committed beside lo..hi of another, `near`."""
        return self._reading.moments(stream, near, lo, hi)

    def lacking(self) -> int:
        """Bytes of room that retention should make."""
        return self._pruning.lacking()

    def aged(self, stream: str, older_than_ns: int) -> int:
        """The highest seq of a stream whose record is older than `older_than_ns` (UTC); 0: none is."""
        return aged_to(self._reading, stream, self.last(stream), older_than_ns)

    def last(self, stream: str) -> int:
        """The newest seq of a stream; 0: it has none."""
        with self._writing.state:
            return self._writing.last.get(stream, 0)

    def prune(self, steps: Sequence[Step]) -> list[Step]:
        """Delete, in small transactions, as much as one call may; returns what went.

        What a sink has not got of a Thinning, or of a `dropped` drop, is skipped on record before."""
        with self._suspicion.noting():
            return self._pruning.prune(steps)

    @property
    def full(self) -> str | None:
        """Why the last commit failed or track is refused; None when all is well."""
        return self._writing.full

    @property
    def dropped(self) -> int:
        """Entries given up for want of space since the journal was opened."""
        with self._writing.state:
            return self._writing.pending.dropped + self._writing.counters.refused

    def stats(self) -> JournalStats:
        """The state as `haulwatch status` shows it."""
        return summary(self.path, self._writing, len(self.damaged))

    def close(self) -> None:
        """Commit what is pending, write the WAL back, close (once); JournalFull is raised after closing."""
        if self._lock_fd is None:
            return
        try:
            self.commit()
        finally:
            try:
                self._end()
            finally:
                os.close(self._lock_fd)
                self._lock_fd = None

    def _end(self) -> None:
        self._reading.close()
        self._writing.close()
