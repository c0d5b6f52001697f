"""What must be there, and what may be, after all that the writer said; and whether a folder agrees."""

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.pictures.files import stored, sweep_fresh
from agent.trust.store import read_store
from buffer.errors import JournalError
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.verify import verify
from tests.proof.script import MAX_BYTES, SINKS, entry, open_journal, picture

_ALL = 10**6


class Oracle:
    """Learns from the writer's words; `will`: it may be so from now on, `did`: it is so from now on."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self.rows, self.rows_maybe = dict[str, RangeSet](), dict[str, RangeSet]()
        self.settled = dict[tuple[str, str], RangeSet]()
        self.settled_maybe = dict[tuple[str, str], RangeSet]()
        self.pruned_maybe = dict[str, RangeSet]()
        self.session = self.snapshot = self.snapshot_maybe = 0
        self.generation: str | None = None
        self.renewing = self.renewed = False
        self.pictures, self.gone, self.going = set[int](), set[int](), set[int]()
        self.keys = self.keys_maybe = 0

    def learn(self, said: dict[str, Any]) -> None:
        """The writer said something."""
        for word in ("will", "did"):
            for key, value in said.get(word, {}).items():
                learn = getattr(self, f"_{word}_{key}", None)
                if learn:
                    learn(value)

    def _will_rows(self, rows: dict[str, list[int]]) -> None:
        for stream, (lo, hi) in rows.items():
            self.rows_maybe.setdefault(stream, RangeSet()).add(lo, hi)

    def _did_rows(self, rows: dict[str, list[int]]) -> None:
        for stream, (lo, hi) in rows.items():
            self.rows.setdefault(stream, RangeSet()).add(lo, hi)

    def _will_snapshot(self, n: int) -> None:
        self.snapshot_maybe = n

    def _did_snapshot(self, n: int) -> None:
        self.snapshot = n

    def _will_settle(self, of: list[Any]) -> None:
        self.settled_maybe.setdefault((of[0], of[1]), RangeSet()).add(of[2], of[3])

    def _did_settle(self, of: list[Any]) -> None:
        self.settled.setdefault((of[0], of[1]), RangeSet()).add(of[2], of[3])

    def _will_prune(self, of: list[Any]) -> None:
        self.pruned_maybe.setdefault(of[0], RangeSet()).add(of[1], of[2])

    def _did_number(self, number: int) -> None:
        self.session = number

    def _did_open(self, generation: str) -> None:
        self.generation = generation

    def _will_renew(self, _: bool) -> None:
        self.renewing = self.renewed = True

    def _did_renew(self, _: bool) -> None:
        self.renewing = False

    def _did_picture(self, n: int) -> None:
        self.pictures.add(n)

    def _will_gone(self, n: int) -> None:
        self.going.add(n)

    def _did_gone(self, n: int) -> None:
        self.gone.add(n)

    def _will_keys(self, n: int) -> None:
        self.keys_maybe = n

    def _did_keys(self, n: int) -> None:
        self.keys = n

    def done_with(self, stream: str) -> RangeSet:
        """What need not be there: it may be pruned, or every sink may have it and the file is renewed."""
        done = self.pruned_maybe.get(stream, RangeSet()).copy()
        if self.renewed:
            both = [self.settled_maybe.get((sink, stream), RangeSet()) for sink in SINKS]
            known = [ranges for ranges in both if ranges]
            whole = known[0] if known else RangeSet()
            for ranges in known[1:]:
                whole = whole.intersection(ranges)
            done.merge(whole)
        return done

    def complaints(self, folder: Path) -> list[str]:
        """What is not as it must be in a folder, whose journal is opened for it as the daemon does."""
        try:
            journal = open_journal(folder / "journal.db", self._max_bytes)
        except (JournalError, sqlite3.Error, TypeError, ValueError) as e:
            return [f"LOST all: the journal does not open: {e}"]
        try:
            found = [*self._journal(journal), *self._rows(journal), *self._goes_on(journal)]
        except JournalError as e:
            found = [f"the journal breaks: {e}"]
        finally:
            journal.close()
        return [*found, *self._verified(folder), *self._files(folder)]

    def _verified(self, folder: Path) -> list[str]:
        try:
            return [f"verify: {finding}" for finding in verify(folder / "journal.db").findings]
        except JournalError as e:
            return [f"verify breaks: {e}"]

    def _journal(self, journal: Journal) -> Iterator[str]:
        if not self.renewing:
            if journal.replaced:
                yield "a whole file was taken for a damaged one"
            if self.generation and journal.generation != self.generation:
                yield "another generation"
        lost = journal.salvaged.lost if journal.salvaged else {}
        if lost:
            yield f"lost in salvage: {lost}"
        if journal.chain_broken:
            yield "the chain is broken"
        state = journal.load_snapshot() or b"state 0"
        if not self.snapshot <= int(state.removeprefix(b"state ") or -1) <= self.snapshot_maybe:
            yield f"{state!r} instead of state {self.snapshot} to {self.snapshot_maybe}"
        for sink, stream in self.settled_maybe:
            settled = journal.settled(sink, stream)
            there = RangeSet([(1, journal.last(stream))]) if journal.last(stream) else RangeSet()
            ahead = list(settled.missing(1, _ALL)) and list(
                minus(settled, self.settled_maybe[sink, stream])
            ) + list(minus(settled, there))
            if ahead:
                yield f"{sink}: {stream} {ahead} is settled, but was never taken"
            lost_settled = list(minus(self.settled.get((sink, stream), RangeSet()), settled))
            if lost_settled:
                yield f"{sink}: {stream} {lost_settled} is settled no more"

    def _rows(self, journal: Journal) -> Iterator[str]:
        for stream, maybe in self.rows_maybe.items():
            records = journal.window("nobody", stream, _ALL, RangeSet())
            there = RangeSet((record.seq, record.seq) for record in records)
            missing = RangeSet(minus(self.rows.get(stream, RangeSet()), there))
            lost = list(minus(missing, self.done_with(stream)))
            if lost:
                yield f"LOST {stream} {lost}"
            invented = list(minus(there, maybe))
            if invented:
                yield f"invented {stream} {invented}"
            for record in records:
                wanted = entry(stream, record.seq)
                if (record.subject, record.payload) != (wanted.subject, wanted.payload):
                    yield f"{stream}/{record.seq} is another row"

    def _goes_on(self, journal: Journal) -> Iterator[str]:
        """The next row gets the next seq, the next session a new number."""
        last = journal.last("event")
        journal.append([entry("event", last + 1)])
        if [r.seq for r in journal.window("nobody", "event", _ALL, RangeSet())][-1:] != [last + 1]:
            yield f"event/{last + 1} was appended and is not there"
        if (number := journal.next_session("city")) <= self.session:
            yield f"session number {number} comes a second time"

    def _files(self, folder: Path) -> Iterator[str]:
        root = folder / "pictures"
        sweep_fresh(root)
        there = {p.sha256: p for p in stored(root)}
        for picture_ in there.values():
            if (
                not picture_.gone
                and hashlib.sha256(picture_.path.read_bytes()).hexdigest() != picture_.sha256
            ):
                yield f"{picture_.path.name} is half written"
        for n in self.pictures:
            found = there.get(hashlib.sha256(picture(n)).hexdigest())
            if n not in self.going and (found is None or found.gone):
                yield f"picture {n} is lost"
            if n in self.gone and found and not found.gone:
                yield f"picture {n} is there again"
        keys = len(read_store(folder / "trust.json").keys)
        if not self.keys <= keys <= self.keys_maybe:
            yield f"the trust store holds {keys} keys instead of {self.keys} to {self.keys_maybe}"


def minus(ranges: RangeSet, other: RangeSet) -> Iterator[tuple[int, int]]:
    """What is in the one and not in the other."""
    for lo, hi in ranges:
        yield from other.missing(lo, hi)
