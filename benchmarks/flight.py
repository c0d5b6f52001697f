"""What the flight recording costs: an hour of a truck with two cameras through the rules, with and without.

Both take turns, a quarter of an hour each, on the same observations: a fix, a reading, the health of receiver
and cameras, a tick, each second. The rules and the records they make are in both, the journal in neither, so
that the ratio is worse than the daemon's. The ring is on the disk of `--folder`, synced each ten seconds of
the hour. One JSON object a line; `cpu_s_per_hour` is what the recording adds.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.config_file import parse_config
from agent.flight.ring import Limits
from agent.flight.setup import Setup, Taken
from agent.flight.writer import RingWriter
from agent.model import Emit, LoadReading, Observation, Probabilities, Restarted, Tick, Track
from agent.records import entry
from agent.rules.state import State
from agent.rules.step import step
from agent.settings import rule_settings
from drivers.clock import Stamp
from drivers.readings import CameraHealth, Fix, ReceiverHealth, Strength

SECOND, PART_S, PARTS = 1_000_000_000, 900, 4
BEGIN = datetime(2026, 11, 30, tzinfo=UTC)
CONFIG = {
    "unit": {"fleet": "f", "vehicle": "v"},
    "gnss": {"source": "/dev/ttyUSB0"},
    "cameras": [{"name": "bed", "role": "body", "source": "/dev/video0"}],
}


class Hand:
    """A clock in the benchmark's hand."""

    boot = "313474a5-462e-4f8d-b49d-834d74d03ba7"

    def __init__(self) -> None:
        self.now = SECOND

    def mono_ns(self) -> int:
        """The moment."""
        return self.now

    def stamp(self, mono_ns: int | None = None) -> Stamp:
        """A moment with its UTC."""
        at = self.now if mono_ns is None else mono_ns
        return Stamp(self.boot, at, round(BEGIN.timestamp()) * SECOND + at, "gnss")

    def anchor(self, utc_ns: int, mono_ns: int) -> None:
        """It is anchored."""


def seconds(first: int, rng: random.Random) -> Iterator[list[Observation]]:
    """A quarter of an hour, second by second."""
    for s in range(first, first + PART_S):
        at = (s + 2) * SECOND
        odd = [at + rng.randrange(SECOND // 2) for _ in range(6)]
        chances = [rng.random() + (20 if n == 1 else 0) for n in range(4)]
        p = Probabilities(*(one / sum(chances) for one in chances))
        lat, lon = 31.2 + s * 1e-4 + rng.gauss(0, 1e-6), 121.4 + rng.gauss(0, 1e-6)
        sky = {"gps": Strength(8, round(rng.gauss(40, 0.5), 1), 46.0)}
        yield [
            Fix(odd[0], "3d", BEGIN + timedelta(seconds=s), "read", round(lat, 7), round(lon, 7), 8.1, 9.0,
                round(rng.gauss(11, 0.3), 2), round(rng.gauss(2, 1), 1), 1, rng.randrange(9, 14), 20,
                hdop=0.9, accuracy=round(rng.gauss(2, 0.1), 1)),
            ReceiverHealth(odd[1], "/dev/ttyUSB0", connected=True, sentences=8 * s, epochs=s, strength=sky),
            CameraHealth(odd[2], "bed", "body", connected=True, fps=round(rng.gauss(10, 0.1), 2), age_s=0.1),
            CameraHealth(odd[3], "cab", "cab", connected=True, fps=round(rng.gauss(10, 0.1), 2), age_s=0.1),
            LoadReading(odd[4], "bed", "covered", p, usable=True, reason=None, model="load-1", frame=s),
            Tick(odd[5], round(BEGIN.timestamp()) * SECOND + odd[5]),
        ]  # fmt: skip


class Agent:
    """The rules, and a recording if a folder for it is given."""

    def __init__(self, folder: Path | None) -> None:
        self.clock, self.state = Hand(), State()
        self.writer: RingWriter | None = None
        if folder is not None:
            setup = Setup(folder, Limits(24.0, 10**9, 0), 10**18, "1", "1", "any", "f/v", "run")
            self.writer = RingWriter(setup, self.clock, "start", 0)
        settings = rule_settings(parse_config(CONFIG, "bench"), self.clock)
        for seen in (Restarted(SECOND, "1", first=True, new_boot=True, clean=True), settings):
            self.take(seen)

    def take(self, seen: Observation) -> None:
        """One step, and the records it makes."""
        before = self.state
        self.state, effects = step(before, seen)
        if self.writer is not None:
            self.writer.write(Taken(before, seen, on=True, lost=0))
        for effect in effects:
            if isinstance(effect, Emit | Track):
                entry(effect, self.clock.stamp(seen.mono_ns))

    def part(self, seen: list[list[Observation]]) -> float:
        """A quarter of an hour; the CPU seconds it took."""
        began = time.process_time()
        for second in seen:
            for observation in second:
                self.clock.now = observation.mono_ns
                self.take(observation)
            if self.writer is not None:
                self.writer.flush()
        return time.process_time() - began


def main() -> None:
    """Two lines: CPU, and bytes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="on the disk in question; the present one without it")
    options = parser.parse_args()
    rng = random.Random(1)  # noqa: S311
    with tempfile.TemporaryDirectory(dir=options.folder or Path.cwd()) as folder:
        with_it, without = Agent(Path(folder)), Agent(None)
        ratios, added = [], 0.0
        for number in range(PARTS):
            part = list(seconds(number * PART_S, rng))
            plain, recorded = without.part(part), with_it.part(part)
            ratios.append(recorded / plain)
            added += recorded - plain
        assert with_it.writer is not None
        with_it.writer.end("stopped")
        size = with_it.writer.ring.bytes()
    said = {"bench": "recording.cpu", "ratio": round(statistics.median(ratios), 3)}
    said |= {"min": round(min(ratios), 3), "max": round(max(ratios), 3)}
    said |= {"against": "the same hour unrecorded", "unit": "x", "cpu_s_per_hour": round(added, 3)}
    print(json.dumps(said))
    print(json.dumps({"bench": "recording.bytes", "unit": "bytes per hour", "value": size}))


if __name__ == "__main__":
    main()
