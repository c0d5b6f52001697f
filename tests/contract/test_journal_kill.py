"""SIGKILL at random moments: what `append` returned is there, in order, with its chain."""

import random
import signal
import subprocess
import sys

from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import GENESIS, body, link

ROUNDS = 15
WRITER = """
import sys, threading
from pathlib import Path
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import Entry
journal = Journal.open(Path(sys.argv[1]), "boot", max_bytes=50_000_000, min_free_bytes=0)

def uplink():
    while not threading.Event().wait(0.005):
        window = journal.window("city", "event", 20, RangeSet())
        for record in window:
            journal.settle("city", "event", record.seq, record.seq)

threading.Thread(target=uplink, daemon=True).start()
n = max((hi for _, hi in RangeSet([(1, s.last) for s in journal.stats().streams.values()])), default=0)
while True:
    n += 1
    pair = [Entry(stream, "x", str(n), b"{}", n, None, "unsynced") for stream in ("event", "track")]
    journal.append(pair, snapshot=b"%d" % n)
    print(n, flush=True)
"""


def write_and_kill(path, rng):
    """Let the writer append for a random while, kill it, and return the last number it said is durable."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True, bufsize=1
    ) as child:
        told = 0
        for _ in range(rng.randint(1, 60)):
            told = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().splitlines()
    complete = [int(line) for line in rest[:-1]]  # the last line may be cut
    return max([told, *complete])


def test_nothing_that_append_returned_is_lost(tmp_path):
    rng = random.Random(5)
    path = tmp_path / "journal.db"
    for _ in range(ROUNDS):
        told = write_and_kill(path, rng)
        journal = Journal.open(path, "boot", max_bytes=50_000_000, min_free_bytes=0)
        assert journal.replaced is None
        assert not journal.chain_broken
        events = journal.window("oracle", "event", 10**6, RangeSet())
        track = journal.window("oracle", "track", 10**6, RangeSet())
        assert [r.seq for r in events] == list(range(1, len(events) + 1))
        assert [r.subject for r in events] == [str(r.seq) for r in events]
        assert [r.subject for r in track] == [r.subject for r in events], "a transaction is whole"
        assert told <= len(events) <= told + 2
        assert journal.load_snapshot() == b"%d" % len(events)
        assert all(hi <= len(events) for _, hi in journal.settled("city", "event"))
        head = GENESIS
        for record in events:
            assert (record.prev_hash, record.hash) == (head, link(head, body(record, record.seq, "boot")))
            head = record.hash
        journal.close()
