"""What the traced writer does: a journal's whole life, spoken aloud, so that an oracle can follow it.

`python -m tests.proof.script FOLDER` says one JSON line per step on standard output, in one write(2) each:
`will` before a call, `did` when it returned. What a row holds follows from its stream and seq, so that it can
be told from one that was never handed in. `--normal` sets synchronous=NORMAL: the proof must then fail.
"""

import argparse
import hashlib
import json
import os
import random
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import TrustError
from agent.pictures.files import Stored, delete, forget, store, stored
from agent.trust.keys import new_key
from agent.trust.store import TrustStore, trusted, write_store
from buffer.errors import JournalError
from buffer.journal import Journal
from buffer.opening import begin_anew
from buffer.records import Entry
from buffer.retention import Drop
from buffer.store import Space, reader

MAX_BYTES = 1_000_000  # small, so that checkpoints come after a few commits
SINKS = ("city", "fleet")
_STARTS = 3


def payload(stream: str, seq: int) -> bytes:
    """The content of a row; now and then longer than a page."""
    size = 5000 if seq % 41 == 0 else 40 + seq * 37 % 400
    return b'{"at":"%s/%d","text":"%s"}' % (stream.encode(), seq, b"x" * size)


def entry(stream: str, seq: int) -> Entry:
    """The row that is to get this seq."""
    return Entry(stream, "x", f"{stream}/{seq}", payload(stream, seq), seq, None, "unsynced")


def picture(n: int) -> bytes:
    """The content of a picture."""
    return hashlib.sha256(b"%d" % n).digest() * 700


def open_journal(path: Path, max_bytes: int = MAX_BYTES) -> Journal:
    """As the daemon does."""
    return Journal.open(path, "boot", max_bytes=max_bytes, min_free_bytes=0)


class Writer:
    """Does things to a journal and says so; what is refused is said, and the next thing done."""

    def __init__(self, folder: Path, *, normal: bool = False) -> None:
        self.path, self.normal = folder / "journal.db", normal
        self.last: dict[str, int] = {}
        self.waiting: list[dict[str, object]] = []  # handed in; all of it goes with the next commit
        self.n = 0
        self.journal: Journal

    def say(self, word: str, **what: object) -> None:
        """One line in one write(2), so that it has one place in the trace."""
        os.write(1, json.dumps({word: what}).encode() + b"\n")

    def tries(self, call: Callable[[], object]) -> bool:
        """Whether it went through; any other error than the documented ones ends the process."""
        try:
            call()
        except (JournalError, TrustError, PictureRefused) as e:
            self.say("refused", why=f"{type(e).__name__}: {e}")
            return False
        return True

    def open(self) -> None:
        """A refused opening is tried again, as the service manager does."""
        self.say("will", open=True)
        if not any(self.tries(self._open) for _ in range(_STARTS)):
            self.say("did", give_up=True)
            sys.exit(0)
        for stream in self.last:
            self.last[stream] = self.journal.last(stream)
        if self.normal:
            self.journal._writing._db.execute("PRAGMA synchronous = NORMAL")
        self.say("did", open=self.journal.generation)

    def _open(self) -> None:
        self.journal = open_journal(self.path)

    def append(self, **counts: int) -> None:
        """So many rows of each stream in one transaction, with a snapshot."""
        entries, rows = [], {}
        for stream, count in ((stream, count) for stream, count in counts.items() if count):
            first = self.last.get(stream, 0) + 1
            self.last[stream] = first + count - 1
            rows[stream] = [first, self.last[stream]]
            entries += [entry(stream, seq) for seq in range(first, self.last[stream] + 1)]
        self.n += 1
        self.say("will", rows=rows, snapshot=self.n)
        self._commit(lambda: self.journal.append(entries, b"state %d" % self.n), rows=rows, snapshot=self.n)

    def settle(self, sink: str, stream: str, hi: int) -> None:
        """A sink has all up to a seq."""
        self.say("will", settle=[sink, stream, 1, hi])
        self.journal.settle(sink, stream, 1, hi)
        self._commit(self.journal.commit, settle=[sink, stream, 1, hi])

    def _commit(self, call: Callable[[], object], **what: object) -> None:
        self.waiting.append(what)
        if self.tries(call):
            for done in self.waiting:
                self.say("did", **done)
            self.waiting = []

    def prune(self, stream: str, hi: int) -> None:
        """Retention lets rows go."""
        self.say("will", prune=[stream, 1, hi])
        self.tries(lambda: self.journal.prune([Drop(stream, 1, hi, "aged")]))

    def session(self, sink: str) -> None:
        """An uplink connects."""
        numbers: list[int] = []
        if self.tries(lambda: numbers.append(self.journal.next_session(sink))):
            self.say("did", session=sink, number=numbers[0])

    def close(self) -> None:
        """What waited and is refused now is gone with the process; it was never acknowledged."""
        if self.tries(self.journal.close):
            for done in self.waiting:
                self.say("did", **done)
        self.waiting = []

    def some(self, rng: random.Random, steps: int) -> None:
        """A stretch of ordinary life."""
        for step in range(steps):
            self.append(event=1, track=rng.randint(0, 8), life=int(step % 9 == 0))
            if step % 4 == 1:
                sink, stream = rng.choice(SINKS), rng.choice(("event", "track"))
                if self.last.get(stream, 0) > 1:
                    self.settle(sink, stream, rng.randint(1, self.last[stream]))
            if step % 13 == 7:
                self.session("city")
            if step % 10 == 9:
                hi = max(1, self.last["track"] - 25)
                for sink in SINKS:
                    self.settle(sink, "track", hi)
                self.prune("track", hi)

    def abandon(self) -> None:
        """Close the journal as a kill would: its WAL is not written back."""
        try:
            beside = reader(self.path)
        except sqlite3.OperationalError:  # the fault met this reader of the script's own
            self.close()
            return
        with closing(beside) as held:
            held.execute("BEGIN")
            held.execute("SELECT count(*) FROM record").fetchone()
            self.journal._writing._db.execute("PRAGMA busy_timeout = 0")  # or it would wait for the reader
            self.close()

    def damage(self) -> None:
        """Break the file's header, as a card might; what it holds is then carried into a new file."""
        self.say("will", renew=True)
        fd = os.open(self.path, os.O_RDWR)
        with suppress(OSError):
            os.pwrite(fd, b"SQLitf", 0)
            os.fsync(fd)
        os.close(fd)
        self.open()
        self.say("did", renew=True)

    def reset(self) -> None:
        """`journal reset --keep-unsent`."""
        self.say("will", renew=True)
        self.tries(lambda: begin_anew(self.path, Space(MAX_BYTES, 0), keep=True))
        self.open()
        self.say("did", renew=True)


class PictureRefused(Exception):  # noqa: N818 - reads as what happened
    """A picture could not be written or deleted."""


def pictures(writer: Writer, root: Path) -> None:
    """Pictures come and go."""
    for n in range(4):
        folder = root / "event" / f"load-{n % 2}"
        if writer.tries(_picture(lambda n=n, to=folder: store(to, "original", picture(n), 10**18))):
            writer.say("did", picture=n)
    there: list[Stored] = []
    writer.tries(_picture(lambda: there.extend(stored(root))))  # as the worker of pictures has it
    there = [p for p in there if p.sha256 == hashlib.sha256(picture(0)).hexdigest()]
    if there:
        writer.say("will", gone=0)
        if writer.tries(_picture(lambda: forget(delete(there[0], "aged")))):
            writer.say("did", gone=0)


def _picture(call: Callable[[], object]) -> Callable[[], None]:
    def guarded() -> None:
        try:
            call()
        except OSError as e:
            raise PictureRefused(str(e)) from e

    return guarded


def trust(writer: Writer, file: Path) -> None:
    """Keys come into the trust store."""
    keys = TrustStore()
    for n in range(1, 4):
        since = datetime(2026, 1, n, tzinfo=UTC)
        keys = keys.with_key(trusted(new_key().public, ("command",), f"k{n}", since))
        writer.say("will", keys=n)
        if writer.tries(lambda keys=keys: write_store(file, keys)):
            writer.say("did", keys=n)


def live(folder: Path, *, normal: bool, steps: int) -> None:
    """All of it."""
    rng, writer = random.Random(7), Writer(folder, normal=normal)
    writer.open()
    writer.some(rng, steps)
    writer.close()
    writer.open()
    writer.some(rng, steps // 2)
    pictures(writer, folder / "pictures")
    trust(writer, folder / "trust.json")
    writer.abandon()
    writer.damage()
    writer.some(rng, steps // 2)
    writer.close()
    writer.reset()
    writer.some(rng, steps // 4)
    writer.close()


def main() -> None:
    """Run in the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--normal", action="store_true")
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    live(arguments.folder, normal=arguments.normal, steps=arguments.steps)


if __name__ == "__main__":
    main()
