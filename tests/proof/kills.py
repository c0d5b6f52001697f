"""SIGKILL at random moments, writer and uplink together; three witnesses are compared after each.

What `append` returned comes over a pipe, what the broker took comes to a subscriber, what the journal says is
read from a copy of its files. Each journal lives for some rounds, then is drained, and a new one begins.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from buffer.ranges import RangeSet
from drivers.sim.broker import MosquittoBroker
from tests.proof.cuts import scratch
from tests.proof.oracle import Oracle, minus
from tests.proof.script import payload
from tests.proof.trace import ROOT
from tests.proof.victim import MAX_BYTES, SINK, STREAMS

ROUNDS_EACH = 25
_WORDS = 80  # two for each append; more than that is no other moment
_PATIENCE_S = 60.0


class Found(msgspec.Struct):
    """Rounds and journals; rows whose append returned, that arrived, that came twice; what was wrong."""

    rounds: int = 0
    journals: int = 0
    acknowledged: int = 0
    arrived: int = 0
    repeated: int = 0
    settled: int = 0
    bad: int = 0
    what: dict[str, str] = {}

    def add(self, where: str, complaints: list[str]) -> None:
        """A round was looked at."""
        self.bad += bool(complaints)
        for complaint in complaints[:5]:
            self.what.setdefault(complaint[:40], f"{where}: {complaint[:300]}")


class Subscriber:
    """What the broker hands out, by stream: seqs, and whether each row is the one that was written."""

    def __init__(self, port: int) -> None:
        self.taken: dict[str, RangeSet] = {stream: RangeSet() for stream in STREAMS}
        self.repeated = 0
        self.wrong: list[str] = []
        self._changed = threading.Condition()
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="witness")
        self._client.on_connect = lambda client, *_: client.subscribe("haulwatch/v1/#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if not self._subscribed.wait(_PATIENCE_S):
            raise RuntimeError("the broker takes no subscriber")

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def awaits(self, stream: str, seqs: RangeSet) -> RangeSet:
        """What of these did not come, after waiting for it."""
        with self._changed:
            self._changed.wait_for(lambda: not list(minus(seqs, self.taken[stream])), 10.0)
            return RangeSet(minus(seqs, self.taken[stream]))

    def _message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        said = json.loads(message.payload)
        stream = said.get("stream")
        if stream not in STREAMS:
            return
        rows = said["data"]["fixes"] if stream == "track" else [said["data"] | {"seq": said["seq"]}]
        with self._changed:
            for row in rows:
                wanted = json.loads(payload(stream, row["seq"]))
                if {key: row.get(key) for key in wanted} != wanted:
                    self.wrong.append(f"{stream}/{row['seq']} came as another row")
                self.repeated += row["seq"] in self.taken[stream]
                self.taken[stream].add(row["seq"], row["seq"])
            self._changed.notify_all()


class Life:
    """One journal's life of many deaths."""

    def __init__(self, folder: Path, broker: MosquittoBroker, found: Found) -> None:
        self._folder, self._url, self._found = folder, f"mqtt://127.0.0.1:{broker.port}", found
        self.oracle, self._witness = Oracle(2 * MAX_BYTES), Subscriber(broker.port)

    def round(self, rng: random.Random) -> None:
        """Start it, kill it shortly after it has said a random number of words, compare."""
        with self._start() as child:
            said = [child.stdout.readline() for _ in range(rng.choice((1, 2, rng.randint(1, 20), _WORDS)))]
            time.sleep(rng.uniform(0, 0.02))
            os.killpg(child.pid, signal.SIGKILL)  # with a child that migrates, as systemd does
            self._learn("".join(said) + child.stdout.read())
        self._found.rounds += 1
        self._found.add(f"round {self._found.rounds}", self._compare())

    def end(self) -> None:
        """Let the rest go out; then every row whose append returned has arrived."""
        with self._start("--drain") as child:
            try:
                said, _ = child.communicate(timeout=_PATIENCE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                said, _ = child.communicate()
        complaints = [] if child.returncode == 0 else ["it does not drain"]
        self._learn(said)
        complaints += self._compare()
        for stream, rows in self.oracle.rows.items():
            if missing := list(self._witness.awaits(stream, rows)):
                complaints.append(f"LOST: {stream} {missing} never arrived")
            self._found.acknowledged += rows.count
        self._found.arrived += sum(ranges.count for ranges in self._witness.taken.values())
        self._found.repeated += self._witness.repeated
        self._found.settled += sum(ranges.count for ranges in self.oracle.settled.values())
        self._found.journals += 1
        self._found.add(f"the end of journal {self._found.journals}", complaints)

    def close(self) -> None:
        """Nobody listens any more."""
        self._witness.close()

    def _start(self, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.proof.victim", str(self._folder), self._url, *options]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def _learn(self, said: str) -> None:
        for line in said.splitlines(keepends=True):
            if line.endswith("\n"):
                self.oracle.learn(json.loads(line))

    def _compare(self) -> list[str]:
        """The three witnesses, on a copy of what the dead process left."""
        if not (self._folder / "journal.db").exists():
            return []
        with scratch() as name:
            for file in self._folder.iterdir():
                if not file.name.endswith(("-shm", ".reserve")):
                    shutil.copy(file, name)
            settled, there = _books(Path(name) / "journal.db")
            complaints = []
            for stream, ranges in settled.items():
                if early := list(self._witness.awaits(stream, ranges)):
                    complaints.append(f"{stream} {early} is settled, but the broker never took it")
            for stream, taken in self._witness.taken.items():
                known = there.get(stream, RangeSet())
                known.merge(self.oracle.pruned_maybe.get(stream, RangeSet()))
                if invented := list(minus(taken.copy(), known)):
                    complaints.append(f"{stream} {invented} was sent and is not on disk")
                self.oracle.settled_maybe[SINK, stream] = taken.copy()
            complaints += self._witness.wrong + self.oracle.complaints(Path(name))
            self.oracle.settled = {(SINK, stream): ranges for stream, ranges in settled.items()}
        return complaints


def _books(path: Path) -> tuple[dict[str, RangeSet], dict[str, RangeSet]]:
    """What is settled, and which rows are there, by stream; nothing in a file without tables."""
    settled, there = dict[str, RangeSet](), dict[str, RangeSet]()
    with closing(sqlite3.connect(path)) as db:
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'settled'").fetchone():
            return {}, {}
        for stream, lo, hi in db.execute("SELECT stream, lo, hi FROM settled"):
            settled.setdefault(stream, RangeSet()).add(lo, hi)
        for stream, seq in db.execute("SELECT stream, seq FROM record"):
            there.setdefault(stream, RangeSet()).add(seq, seq)
    return settled, there


def prove(count: int, seed: int) -> dict[str, object]:
    """So many kills."""
    rng, found = random.Random(seed), Found()
    while found.rounds < count:
        with tempfile.TemporaryDirectory(prefix="haulwatch-") as name, MosquittoBroker() as broker:
            life = Life(Path(name), broker, found)
            for _ in range(min(ROUNDS_EACH, count - found.rounds)):
                life.round(rng)
            life.end()
            life.close()
    return msgspec.structs.asdict(found)
