"""Makes tests/recorded/shift.flight: a simulated shift, through the recorder that the daemon has.

A look every ten seconds keeps it small. It is made once, and stays as it is: later versions must be able to
read it. What the rules say of it (shift.jsonl) is written anew when they change on purpose; docs/replay.md.

    python -m tests.recorded.shift FILE
"""

import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from agent.config_file import parse_config
from agent.flight.ring import Limits, Ring
from agent.flight.save import save
from agent.flight.setup import Setup, Taken
from agent.flight.writer import RingWriter
from agent.layers.gather import gathered
from agent.model import (
    BudgetState,
    CommandRefused,
    JournalState,
    LinkState,
    LoadReading,
    Observation,
    PictureFailed,
    Probabilities,
    Restarted,
    Settings,
    Skipped,
    Snapshot,
    Stopping,
    Tick,
    WorkerState,
)
from agent.rule_layers import Permit, Permits, Route, Shift, Zone
from agent.rules.state import State
from agent.rules.step import step
from agent.settings import rule_settings
from drivers.clock import Stamp
from drivers.readings import (
    CameraFault,
    CameraHealth,
    Fix,
    ReceiverHealth,
    Strength,
    SupplyState,
    Suspicion,
    SwitchState,
)

SECOND, LOOK_S = 1_000_000_000, 10
BEGIN = datetime(2026, 11, 30, 21, 40, tzinfo=UTC)  # a Tuesday, 05:40 local time, 20 minutes before the shift
LAT, LON, EAST = 31.23, 121.47, 1 / 95_000  # degrees; degrees of longitude per metre there
CONFIG = {
    "unit": {"fleet": "recorded", "vehicle": "truck-1"},
    "gnss": {"source": "/dev/ttyUSB0"},
    "cameras": [
        {"name": "bed", "role": "body", "source": "/dev/video0"},
        {"name": "cab", "role": "cab", "source": "/dev/video1", "enabled": True},
    ],
    "sinks": [{"name": "city", "url": "mqtt://city.example"}],
    "load": {
        "smoothing_s": 60.0, "look_s": 20.0, "change_after_s": 40.0, "uncovered_after_s": 60.0,
        "covered_after_s": 60.0, "stale_reading_s": 60.0,
        "dwell_s": {"empty": 60.0, "covered": 60.0, "partly": 60.0, "uncovered": 60.0},
    },
    "coverage": {"fix_gap_s": 25.0, "camera_gap_s": 150.0, "health_every_s": 1800.0},
    "duty": {"hours": ["mon-sun 06:00-11:30"]},
    "haulage": {"stop_s": 900.0},
}  # fmt: skip
# Each trip: minutes, m/s east, what the bed shows.
TRIP = (
    (8, 0.0, "empty"), (9, 0.0, "uncovered"), (5, 0.0, "covered"), (14, 12.0, "covered"),
    (6, 12.5, "uncovered"), (10, 12.0, "covered"), (5, 13.0, "partly"), (8, 18.5, "covered"),
    (6, 0.0, "empty"), (25, -19.0, "empty"),
)  # fmt: skip
_STATES = ("empty", "covered", "partly", "uncovered")


def zone(name: str, role: str, west: float, east: float, **more: object) -> Zone:
    """A zone of the road, in metres from its beginning, 600 m wide."""
    ring = [
        (LON + x * EAST, LAT + y / 111_195) for x, y in ((west, -300), (east, -300), (east, 300), (west, 300))
    ]
    return Zone(name, role, tuple((round(x, 7), round(y, 7)) for x, y in ring), **more)


def settings(clock: "ShiftClock") -> Settings:
    """The rules' part: a site, a forbidden and a slow zone, a permit for a road and half a day."""
    zones = (
        zone("pit", "loading", -200, 300),
        zone("school", "forbidden", 12_000, 13_000, loaded_only=True),
        zone("bridge", "slow", 27_000, 29_000, limit_mps=8.0),
    )
    line = ((LON - 0.01, LAT), (LON + 26_000 * EAST, LAT))
    ten = round(BEGIN.timestamp()) + 16_200
    permit = Permit(
        "2026-0815", "Example Haulage", ten - 86_400, ten, (Shift(24 * 60, 24 * 60 + 9 * 60),),
        "Asia/Shanghai", (Route("east", line, 60.0),), ("pit",), (), (), "clay", 22.0, 4, 1,
    )  # fmt: skip
    permits = Permits(ten - 30_000, (permit,))
    made = rule_settings(
        parse_config(CONFIG, "shift.py"), clock, gathered({"zones": zones, "permits": permits}, {})
    )
    return msgspec.structs.replace(made, rules="1+recorded")


class ShiftClock:
    """A clock in the script's hand; the system's time is right from the first fix on."""

    def __init__(self) -> None:
        self.boot, self.now, self.since = "5e1f0a1c-0000-4000-8000-000000000001", 20 * SECOND, BEGIN

    def mono_ns(self) -> int:
        """The moment of the shift."""
        return self.now

    def utc(self) -> datetime:
        """The true time."""
        return self.since + timedelta(microseconds=self.now // 1000)

    def stamp(self, mono_ns: int | None = None) -> Stamp:
        """A moment with its UTC."""
        at = self.now if mono_ns is None else mono_ns
        utc_ns = round(self.since.timestamp()) * SECOND + at
        return Stamp(self.boot, at, utc_ns, "gnss")

    def anchor(self, utc_ns: int, mono_ns: int) -> None:
        """It is anchored already."""


class Truck:
    """The truck, its devices and its agent."""

    def __init__(self, folder: Path) -> None:
        self.rng, self.clock, self.state = random.Random(20261201), ShiftClock(), State()
        limits = Limits(168.0, 10**9, 0)
        self.setup = Setup(folder, limits, 10**18, "0.1.0", "1+recorded", "any", "recorded/truck-1", "run 1")
        self.writer = RingWriter(self.setup, self.clock, "start", 0)
        self.east, self.looks = 0.0, 0

    def feed(self, seen: Observation) -> None:
        """As the core does."""
        before = self.state
        self.state, effects = step(before, seen)
        if before.duty.on or self.state.duty.on:
            self.writer.write(Taken(before, seen, self.state.duty.on, 0))
        wanted = [effect for effect in effects if isinstance(effect, Snapshot)]
        for shot in wanted:
            self.feed(PictureFailed(self.clock.now, shot.camera, shot.subject, shot.why, "no picture came"))

    def start(self, **facts: object) -> None:
        """A start of the agent."""
        self.feed(Restarted(self.clock.now, "0.1.0", **facts))
        self.feed(msgspec.structs.replace(settings(self.clock), mono_ns=self.clock.now))
        self.feed(LinkState(self.clock.now, "city", connected=True))

    def drive(self, minutes: float, speed: float, shows: str | None) -> None:
        """So long at one speed; `shows` None: the camera is dark."""
        for _ in range(round(minutes * 60 / LOOK_S)):
            self.clock.now += LOOK_S * SECOND + self.rng.randrange(5) * 1_000_000
            self.east += speed * LOOK_S
            self.feed(self.fix(abs(speed)))
            self.feed(self.reading(shows))
            self.looks += 1
            if self.looks % 6 == 0:
                self.devices()
            stamp = self.clock.stamp()
            self.feed(Tick(self.clock.now, stamp.utc_ns))
        self.writer.flush()

    def fix(self, speed: float) -> Fix:
        """A fix with its noise."""
        rng = self.rng
        lat, lon = LAT + rng.gauss(0, 1.2) / 111_195, LON + (self.east + rng.gauss(0, 1.2)) * EAST
        said = round(max(0.0, speed + rng.gauss(0, 0.2)), 2)
        return Fix(
            self.clock.now, "3d", self.clock.utc().replace(microsecond=0), "read",
            round(lat, 6), round(lon, 6), alt=8.0, speed=said, course=90.0, quality=1,
            satellites=rng.randrange(9, 13), hdop=0.9, accuracy=2.5,
        )  # fmt: skip

    def reading(self, shows: str | None) -> LoadReading:
        """A judgement of a frame; one in fifty is of no use."""
        rng, number = self.rng, self.looks
        if shows is None or rng.random() < 0.02:
            return LoadReading(self.clock.now, "bed", "unknown", None, False, "dark", "load-1", number)
        sure = round(rng.uniform(0.8, 0.99), 3)
        rest = round((1 - sure) / 3, 3)
        p = Probabilities(**{name: sure if name == shows else rest for name in _STATES})
        return LoadReading(self.clock.now, "bed", shows, p, True, None, "load-1", number)

    def devices(self, *suspicions: Suspicion, faults: tuple[CameraFault, ...] = ()) -> None:
        """What the devices say of themselves."""
        now = self.clock.now
        strength = {"gps": Strength(8, 41.2, 46.0), "beidou": Strength(9, 39.8, 45.0)}
        self.feed(
            ReceiverHealth(
                now, "/dev/ttyUSB0", True, epochs=self.looks, opened=1, strength=strength, rate_hz=1.0,
                suspicions=suspicions,
            )
        )  # fmt: skip
        for name, role in (("bed", "body"), ("cab", "cab")):
            of_bed = faults if name == "bed" else ()
            self.feed(
                CameraHealth(
                    now, name, role, True, fps=9.8, age_s=0.1, width=1920, height=1080, faults=of_bed
                )
            )
        self.feed(SwitchState(now, "ignition", on=True))
        self.feed(SwitchState(now, "lift", on=False))

    def incidents(self) -> Iterator[object]:
        """What befalls the unit, one after each part of a trip."""
        now = self.clock.now
        yield self.feed(LinkState(now, "city", connected=False, reason="timed out"))
        yield self.feed(BudgetState(now, "city", "2026-12", 80, 800, 1000))
        yield self.devices(Suspicion("jamming", self.clock.now, "C/N0 fell by 12 dB in 4 s"))
        yield self.feed(LinkState(self.clock.now, "city", connected=True))
        yield self.devices(faults=(CameraFault("dirty", self.clock.now, "sharpness 0.31 of 0.8"),))
        yield self.feed(CommandRefused(self.clock.now, "city", "unsigned", "snapshot", "c-1"))
        yield self.feed(SwitchState(self.clock.now, "lift", on=True))
        yield self.feed(SupplyState(self.clock.now, 21.4, low=True))
        yield self.feed(WorkerState(self.clock.now, "vision", "failed", "it was killed"))
        yield self.feed(Skipped(self.clock.now, "city", "track", 10, 20, "thinned", 20, 5))
        yield self.feed(JournalState(self.clock.now, writable=False, reason="no space"))
        yield self.feed(JournalState(self.clock.now, writable=True, dropped=12))


def make(target: Path) -> None:
    """The whole shift: three trips, a restart, a power cut; then the end of duty."""
    with tempfile.TemporaryDirectory() as folder:
        truck = Truck(Path(folder))
        truck.start(first=True, new_boot=True, clean=False)
        truck.drive(25, 0.0, "empty")
        incidents = truck.incidents()
        for number in range(3):
            for leg in TRIP:
                truck.drive(*leg)
                next(incidents, None)
            _between(truck, number)
        truck.drive(40, 0.0, None)
        truck.feed(Stopping(truck.clock.now, "SIGTERM"))
        truck.writer.end("stopped")
        with target.open("wb") as file:
            save(Ring(Path(folder)), file, 0, None)


def _between(truck: Truck, number: int) -> None:
    """Between two trips."""
    if number == 0:  # stopped and started again
        truck.feed(Stopping(truck.clock.now, "SIGTERM"))
        truck.writer.end("stopped")
        truck.writer = RingWriter(truck.setup, truck.clock, "start", 0)
        last, truck.clock.now = truck.clock.now, truck.clock.now + 15 * SECOND
        truck.state = msgspec.structs.replace(truck.state, settings=None)
        truck.start(first=False, new_boot=False, clean=True, last_mono_ns=last)
    if number == 1:  # power was cut
        path: Path | None = None
        while path is None or not path.exists():  # in the middle of a segment
            truck.drive(5, 0.0, "empty")
            path = next((s.path for s in truck.writer.ring.segments() if s.seconds is None), None)
            truck.drive(5, 0.0, "empty")
        truck.writer.abandon()
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - 100)
        truck.clock.since, truck.clock.boot = truck.clock.utc(), "5e1f0a1c-0000-4000-8000-000000000002"
        truck.clock.now = 30 * SECOND
        truck.writer = RingWriter(msgspec.structs.replace(truck.setup, run="run 2"), truck.clock, "start", 0)
        truck.state = msgspec.structs.replace(truck.state, settings=None)
        truck.start(first=False, new_boot=True, clean=False)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
