"""A process to be killed: the journal, an uplink to a real broker, and a writer, as in the daemon.

`python -m tests.proof.victim FOLDER URL` writes until it is killed and says each append on standard output,
before and after. `--drain` writes nothing: it ends when the sink has all.
"""

import argparse
import json
import os
import random
import sys
import threading
from pathlib import Path

from agent.config import Sink, Unit
from agent.uplink.sink import Uplink
from buffer.journal import Journal
from buffer.retention import Drop
from drivers.clock import SystemClock
from tests.proof.script import entry

UNIT = Unit("muck", "truck-1")
SINK = "city"
STREAMS = ("event", "track", "life", "health")
MAX_BYTES = 6_000_000
_KEPT = 60  # settled fixes that stay


class Victim:
    """Journal, uplink and writer; it says what it does in one write(2) each, which a kill cannot tear."""

    def __init__(self, folder: Path, url: str) -> None:
        self._clock = SystemClock(0)
        self.say("will", open=True)
        self.journal = Journal.open(
            folder / "journal.db", self._clock.boot, max_bytes=MAX_BYTES, min_free_bytes=0
        )
        self.say("did", open=self.journal.generation)
        sink = Sink(SINK, url, retry_first_s=0.02, retry_cap_s=0.1, retry_spread_s=0, track_every_s=0.02)
        self._uplink = Uplink(sink, UNIT, self.journal, self._clock, lambda _: None, self._skipped)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._uplink.run, args=(self._stop, lambda: None), daemon=True)
        self._thread.start()
        self._snapshot = int((self.journal.load_snapshot() or b"state 0").split()[1])

    def say(self, word: str, **what: object) -> None:
        """A line on standard output."""
        os.write(1, json.dumps({word: what}).encode() + b"\n")

    def write(self, rng: random.Random) -> None:
        """One transaction of a few rows; now and then settled fixes go."""
        rows, entries = {}, []
        for stream in STREAMS:
            if count := rng.choice((0, 1, 1, 4)):
                last = self.journal.last(stream)
                rows[stream] = [last + 1, last + count]
                entries += [entry(stream, seq) for seq in range(last + 1, last + count + 1)]
        self._snapshot += 1
        self.say("will", rows=rows, snapshot=self._snapshot)
        self.journal.append(entries, b"state %d" % self._snapshot)
        self.say("did", rows=rows, snapshot=self._snapshot)
        self._uplink.wake()
        hi = self.journal.settled(SINK, "track").first_gap() - 1 - _KEPT
        if hi > 0 and rng.random() < 0.2:
            self.say("will", prune=["track", 1, hi])
            self.journal.prune([Drop("track", 1, hi, "aged")])
        self._stop.wait(rng.choice((0, 0.001, 0.004)))

    def drain(self) -> None:
        """Until the sink has all; then close in order."""
        while any(self.journal.backlog(SINK).values()):
            self._uplink.wake()
            self._stop.wait(0.02)
        self._stop.set()
        self._thread.join()
        self.journal.close()

    def _skipped(self, stream: str, lo: int, hi: int, why: str) -> None:
        self.say("skipped", stream=stream, lo=lo, hi=hi, why=why)


def main() -> None:
    """Write until killed, or drain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("url")
    parser.add_argument("--drain", action="store_true")
    arguments = parser.parse_args()
    victim = Victim(arguments.folder, arguments.url)
    if arguments.drain:
        victim.drain()
        sys.exit(0)
    rng = random.Random()
    while True:
        victim.write(rng)


if __name__ == "__main__":
    main()
