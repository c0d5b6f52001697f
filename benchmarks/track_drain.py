"""Draining fixes from the store to mosquitto until the store has let them go, against thingsboard-gateway.

Ours: the journal, the uplink, batches of 60 fixes, JSON and compact, until all are settled on disk. Theirs:
see benchmarks/peers/thingsboard.py; it is installed into an environment of its own (benchmarks/out/peers) at
the first call. Both run in turns against one broker.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from track import drive

from agent.config import Sink, Unit
from agent.model import Track
from agent.records import entry
from agent.uplink.sink import Uplink
from buffer.journal import Journal
from drivers.clock import Stamp, SystemClock
from drivers.readings import Fix
from drivers.sim.broker import MosquittoBroker, mosquitto_binary

HERE = Path(__file__).parent
ENVIRONMENT, NEEDS = HERE / "out" / "peers", HERE / "peers" / "requirements.txt"
PEER = HERE / "peers" / "thingsboard.py"
UNIT = Unit("bench", "truck")
SECOND = 1_000_000_000
FORMS = ("json", "compact")
PACKS = {"packs of 10 as shipped": 10, "packs of 1,000": 1000}


def fixes(count: int) -> list[Fix]:
    """A drive of so many seconds."""
    return list(drive(count, 4, random.Random(7)))  # noqa: S311 - a simulation


def filled(path: Path, clock: SystemClock, drive_: list[Fix]) -> Journal:
    """A journal that has them in its track."""
    journal = Journal.open(path, clock.boot, max_bytes=2**31, min_free_bytes=0)
    now = clock.mono_ns()
    for begin in range(0, len(drive_), 1000):
        journal.append([_entry(clock, now, i, f) for i, f in enumerate(drive_[begin : begin + 1000], begin)])
    return journal


def _entry(clock: SystemClock, now: int, number: int, fix: Fix) -> Any:
    assert fix.utc is not None
    return entry(Track(fix), Stamp(clock.boot, now + number, round(fix.utc.timestamp()) * SECOND, "gnss"))


def ours(drive_: list[Fix], broker: MosquittoBroker, form: str) -> float:
    """Seconds from starting the uplink until all are settled on disk."""
    clock, stop = SystemClock(0), threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        journal = filled(Path(folder) / "journal.db", clock, drive_)
        sink = Sink("bench", broker.url, track_format=form, track_every_s=0.1)  # type: ignore[arg-type]
        uplink = Uplink(sink, UNIT, journal, clock, lambda _: None, lambda *_: None)
        worker = threading.Thread(target=uplink.run, args=(stop, lambda: None))
        began = time.perf_counter()
        worker.start()
        while any(journal.backlog(sink.name).values()):
            time.sleep(0.005)
        journal.commit()
        took = time.perf_counter() - began
        stop.set()
        uplink.wake()
        worker.join()
        journal.close()
    return took


def theirs(drive_: list[Fix], port: int, pack: int) -> float:
    """What the peer says of the same fixes, which reads `pack` of them at a time."""
    with tempfile.TemporaryDirectory() as folder:
        command = [ENVIRONMENT / "bin" / "python", PEER, str(port), str(len(drive_)), folder, str(pack)]
        done = subprocess.run(
            command, input="".join(_lines(drive_)), stdout=subprocess.PIPE, text=True, check=True
        )
    return float(done.stdout.split()[-1])


def _lines(drive_: list[Fix]) -> Iterator[str]:
    for fix in drive_:
        assert fix.utc is not None
        said = {"lat": fix.lat, "lon": fix.lon, "alt": fix.alt, "speed": fix.speed, "course": fix.course}
        said |= {"mode": fix.mode, "satellites": fix.satellites, "hdop": fix.hdop}
        yield json.dumps({"ts": round(fix.utc.timestamp() * 1000), **said}) + "\n"


def ready() -> None:
    """Install the peer unless it is there."""
    if not (ENVIRONMENT / "bin" / "thingsboard-gateway").exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        pip = [ENVIRONMENT / "bin" / "pip", "--disable-pip-version-check", "-qq", "install", "-r", NEEDS]
        subprocess.run(pip, check=True)


def main() -> None:
    """Print a figure for each form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="fixes to drain")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if not mosquitto_binary():
        sys.exit("mosquitto is not installed")
    ready()
    drive_ = fixes(given.count)
    took: dict[str, list[float]] = {name: [] for name in (*FORMS, *PACKS)}
    with MosquittoBroker() as broker:
        for _ in range(given.rounds):
            for form in FORMS:
                took[form].append(ours(drive_, broker, form))
            for name, pack in PACKS.items():
                took[name].append(theirs(drive_, broker.port, pack))
    for form in FORMS:
        for name in PACKS:
            print(json.dumps(compared(given.count, form, took[form], name, took[name])), flush=True)


def compared(count: int, form: str, own: list[float], name: str, their: list[float]) -> dict[str, object]:
    """One line."""
    ratios = [t / o for o, t in zip(own, their, strict=True)]
    return {
        "bench": f"uplink.drain.track.{form}",
        "ratio": round(statistics.median(ratios), 2),
        "min": round(min(ratios), 2),
        "max": round(max(ratios), 2),
        "against": f"thingsboard-gateway's SQLite store and MQTT client, {name}",
        "unit": "x",
        "ours_per_s": round(count / statistics.median(own)),
        "theirs_per_s": round(count / statistics.median(their)),
    }


if __name__ == "__main__":
    main()
