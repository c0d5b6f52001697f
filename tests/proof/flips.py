"""Flipped bits and cut ends, at random places of a journal's file and its WAL, closed in order or not.

Each time the daemon's way is gone: open; hand out all that a sink lacks; where the file breaks in use, end,
open again. Then each row is there as it was written, is settled where it was settled, or is named: by the
report of what was salvaged, or as damaged. No row comes changed, and none is settled that was not.
"""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from buffer.errors import JournalDamaged, JournalError
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.retention import Drop
from buffer.store import reader
from buffer.verify import verify
from tests.proof.cuts import scratch
from tests.proof.oracle import minus
from tests.proof.script import entry

STREAMS = {"event": 260, "track": 400, "life": 20}
SETTLED = {("city", "event"): 120, ("city", "track"): 300, ("fleet", "event"): 60, ("fleet", "track"): 250}
PRUNED = 100  # of track
State = Literal["closed", "open"]
_BUDGET = 20_000_000
_LIVES = 4


class Found(msgspec.Struct):
    """Journals that were hurt, and what became of them."""

    damages: int = 0
    unnoticed: int = 0  # whole all the same: free space, or an older state of a page
    withheld: int = 0  # opened, and rows that fail their checksum are not handed out
    salvaged: int = 0
    in_use: int = 0  # of these: only found out when it was read
    rows_named: int = 0
    bad: int = 0
    what: dict[str, str] = {}

    def add(self, where: str, complaints: list[str]) -> None:
        """One was looked at."""
        self.damages += 1
        self.bad += bool(complaints)
        for complaint in complaints[:5]:
            self.what.setdefault(complaint[:30], f"{where}: {complaint[:300]}")


def make(folder: Path, state: State) -> None:
    """A journal with rows, settled and pruned ranges; `open`: the half of it is only in the WAL."""
    journal = _opened(folder)
    _fill(journal, 0, 2)
    journal._writing._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _fill(journal, 1, 2)
    for (sink, stream), hi in SETTLED.items():
        journal.settle(sink, stream, 1, hi)
    journal.append([], b"state 2")
    journal.prune([Drop("track", 1, PRUNED, "aged")])
    journal.next_session("city")
    journal.append([entry("event", STREAMS["event"])], b"state 3")
    if state == "closed":
        journal.close()
        return
    held = reader(folder / "journal.db")
    held.execute("BEGIN")
    held.execute("SELECT count(*) FROM record").fetchone()
    journal._writing._db.execute("PRAGMA busy_timeout = 0")
    journal.close()
    held.close()


def hurt(folder: Path, rng: random.Random) -> str:
    """Flip one bit somewhere, or cut a file's end off; what was done."""
    files = [f for f in (folder / "journal.db", folder / "journal.db-wal") if f.exists() and f.stat().st_size]
    file = rng.choice(files)
    content = bytearray(file.read_bytes())
    if rng.random() < 0.2:
        left = rng.randrange(len(content))
        file.write_bytes(content[:left])
        return f"{file.name} cut to {left} of {len(content)}"
    place = rng.randrange(100) if rng.random() < 0.05 else rng.randrange(len(content))
    bit = rng.randrange(8)
    content[place] ^= 1 << bit
    file.write_bytes(content)
    return f"{file.name}: bit {bit} of byte {place}"


def strike(made: Path, rng: random.Random, found: Found, *, mark: bool = True) -> None:
    """Hurt a copy of a journal and go the daemon's way; without `mark` as after a power cut that took it."""
    with scratch() as name:
        folder = Path(name)
        for file in made.iterdir():
            if not file.name.endswith(("-shm", ".reserve") if mark else ("-shm", ".reserve", "-mark")):
                shutil.copy(file, folder)
        done = hurt(folder, rng)
        try:
            complaints = list(_lived(folder, found))
        except (JournalError, sqlite3.Error, TypeError, ValueError) as e:
            complaints = [f"{type(e).__name__}: {e}"]
        found.add(f"{made.name}, {done}", complaints)


def _lived(folder: Path, found: Found) -> Iterator[str]:
    """The daemon's lives until one reads all; what is wrong with the last."""
    named: dict[str, RangeSet] = {stream: RangeSet() for stream in STREAMS}
    for _ in range(_LIVES):
        journal = _opened(folder)
        salvaged = journal.salvaged
        for stream, ranges in (salvaged.lost if salvaged and journal.replaced else {}).items():
            named.setdefault(stream, RangeSet()).merge(RangeSet(ranges))
        try:
            journal.load_snapshot()
            journal.newest_mono_ns("boot")
            journal.anchors()
            journal.next_session("city")
            there = {s: journal.window("nobody", s, 10**6, RangeSet()) for s in STREAMS}
        except JournalDamaged:
            found.in_use += 1
            journal.close()
            continue
        break
    else:
        yield f"it is never read in {_LIVES} starts"
        return
    for stream, seq in journal.damaged:
        named[stream].add(seq, seq)
    found.rows_named += sum(ranges.count for ranges in named.values())
    found.salvaged += salvaged is not None
    found.withheld += salvaged is None and bool(journal.damaged)
    found.unnoticed += salvaged is None and not journal.damaged
    for stream in STREAMS:
        held = RangeSet((record.seq, record.seq) for record in there[stream])
        yield from _compared(journal, stream, held, named[stream])
        for record in there[stream]:
            wanted = entry(stream, record.seq)
            if (record.subject, record.payload) != (wanted.subject, wanted.payload):
                yield f"{stream}/{record.seq} comes changed"
    last = journal.last("event")
    journal.append([entry("event", last + 1)])
    journal.close()
    if salvaged is not None and (findings := verify(folder / "journal.db").findings):
        yield f"the new file is not whole: {findings}"


def _compared(journal: Journal, stream: str, there: RangeSet, named: RangeSet) -> Iterator[str]:
    """Each row is there, may go, or is named; nothing is settled that was not."""
    may_go = RangeSet([(1, PRUNED)]) if stream == "track" else RangeSet()
    settled = [SETTLED.get((sink, stream), 0) for sink in ("city", "fleet")]
    if journal.salvaged and min(settled):
        may_go.add(1, min(settled))
    lost = RangeSet([(1, STREAMS[stream])])
    for known in (there, may_go, named):
        lost = RangeSet(minus(lost, known))
    if list(lost):
        yield f"LOST {stream}: {list(lost)} neither there nor named"
    for sink, hi in zip(("city", "fleet"), settled, strict=True):
        ahead = list(minus(journal.settled(sink, stream), RangeSet([(1, hi)]) if hi else RangeSet()))
        if ahead:
            yield f"AHEAD {sink}: {stream} {ahead} is settled"


def prove(count: int, seed: int) -> dict[str, object]:
    """So many damages, to a closed journal and to one whose WAL was not written back."""
    rng, found, blind = random.Random(seed), Found(), Found()
    with scratch() as name:
        for state in ("closed", "open"):
            folder = Path(name) / state
            folder.mkdir()
            make(folder, state)
            for _ in range(count // 2):
                strike(folder, rng, found)
        for _ in range(count // 4):
            strike(Path(name) / "open", rng, blind, mark=False)
    without = {"without_mark": f"{blind.bad} of {blind.damages} not told"}
    return msgspec.structs.asdict(found) | without


def _opened(folder: Path) -> Journal:
    return Journal.open(folder / "journal.db", "boot", max_bytes=_BUDGET, min_free_bytes=0)


def _fill(journal: Journal, part: int, parts: int) -> None:
    for stream, count in STREAMS.items():
        whole = count - (stream == "event")
        seqs = range(whole * part // parts + 1, whole * (part + 1) // parts + 1)
        for start in range(0, len(seqs), 20):
            journal.append([entry(stream, seq) for seq in seqs[start : start + 20]], b"state %d" % (part + 1))
