"""A timeline for rules: feed observations at seconds, collect effects."""

import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from agent.messages.reading import Reader
from agent.model import (
    Emit,
    LoadReading,
    Observation,
    Probabilities,
    Restarted,
    Settings,
    Smoothing,
    Tick,
    Zone,
)
from agent.records import entry
from agent.rules.state import State
from agent.rules.step import step
from drivers.clock import Stamp
from drivers.gnss.testimony.limits import Thresholds
from drivers.gnss.testimony.line import Phrases
from drivers.gnss.testimony.witness import Testimony
from drivers.readings import Fix, Signal
from tests.unit.decimals import unrounded

SECOND = 1_000_000_000
EPOCH = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
SETTINGS = Settings(
    mono_ns=0,
    boot="b00t",
    hash="h",
    body_cameras=("bed",),
    cab_cameras=("cab",),
    sinks=("city",),
    zones=(Zone("north", "loading", ((0.0, 0.0), (0.002, 0.0), (0.002, 0.002), (0.0, 0.002))),),
    smoothing=Smoothing(smoothing_s=1.0),
    uncovered_after_s=10.0,
    covered_after_s=10.0,
    change_after_s=5.0,
    moving_mps=2.0,
    parked_mps=0.8,
    parked_after_s=60.0,
    grace_m=100.0,
    max_hdop=5.0,
    stale_reading_s=30.0,
    fix_gap_s=5.0,
    camera_gap_s=20.0,
    link_gap_s=10.0,
    fps_moving=1.0,
    fps_parked=0.2,
    health_every_s=60.0,
    not_before_ns=0,
    jump_m=1e9,  # timelines leap from place to place
)
MESSAGES = Reader()
FAR = (0.1, 0.1)  # lon, lat well outside every zone


class Timeline:
    """The rules with a hand on the clock; `at` is the present second."""

    def __init__(self, **settings: object) -> None:
        self.state = State()
        self.at = 0.0
        self.effects: list[object] = []
        self.settings = msgspec.structs.replace(SETTINGS, **settings)
        self.start()

    def start(self, **restarted: object) -> None:
        facts = {"version": "1", "first": True, "new_boot": True, "clean": False} | restarted
        self.feed(Restarted(self.now, **facts))
        self.feed(msgspec.structs.replace(self.settings, mono_ns=self.now))

    @property
    def now(self) -> int:
        return round(self.at * SECOND)

    def feed(self, seen: Observation) -> None:
        before = self.state
        self.state, effects = step(before, seen)
        assert step(before, seen) == (self.state, effects), "the step is not pure"
        self.effects += effects
        for effect in effects:
            if isinstance(effect, Emit):  # every record that any rule writes is as its type says
                made = entry(effect, Stamp("b00t", seen.mono_ns, None, "unsynced"))
                MESSAGES.body(made.type, made.payload)
                assert list(unrounded(effect.data)) == [], made.type

    def fix(self, speed: float = 10.0, at: tuple[float, float] = FAR, **more: object) -> None:
        utc = EPOCH + timedelta(seconds=self.at)
        values = {"mode": "3d", "utc": utc, "lat": at[1], "lon": at[0], "speed": speed, "hdop": 1.0}
        self.feed(Fix(self.now, **(values | more)))

    def see(self, state: str | None, camera: str = "bed", p: float = 0.97) -> None:
        rest = (1 - p) / 3
        chances = dict.fromkeys(("empty", "covered", "partly", "uncovered"), rest)
        if state is None:
            self.feed(LoadReading(self.now, camera, "unknown", None, False, "dark", "m1", 1))
            return
        self.feed(
            LoadReading(self.now, camera, state, Probabilities(**(chances | {state: p})), True, None, "m1", 1)
        )

    def run(self, seconds: float, *, see: str | None = "", speed: float | None = 10.0, **fix: object) -> None:
        """Second by second: a fix (unless speed is None), a reading (unless see is ''), a tick."""
        end = self.at + seconds
        while self.at < end:
            self.at += 1
            if speed is not None:
                self.fix(speed, **fix)
            if see != "":
                self.see(see)
            self.feed(Tick(self.now))

    def emitted(self, *types: str) -> list[Emit]:
        return [e for e in self.effects if isinstance(e, Emit) and (not types or e.type in types)]

    def last(self, kind: str) -> Emit:
        return self.emitted(kind)[-1]


@pytest.fixture
def timeline() -> type[Timeline]:
    return Timeline


class Drive:
    """A receiver's life by the second, told to a `Testimony`; `accused`: when each suspicion first came, s.

    It goes east at the speed of the moment; the sky's C/N0 wanders by a dB, as real ones do.
    """

    def __init__(self, rate_hz: float = 1.0, phrases: Phrases | None = None, **limits: object) -> None:
        self.rate_hz = rate_hz
        self.testimony = Testimony(Thresholds(**limits), phrases or Phrases(), rate_hz)
        self.at, self.epochs, self.good, self.bad = 0.0, 0, 0, 0
        self.lat, self.lon, self.alt, self.clock_s = 30.6, 104.0, 480.0, 0.0
        self.noise = random.Random(7)
        self.base = {("gps", n): 36 + 13 * n % 14 for n in range(1, 11)}
        self.base |= {("beidou", n): 34 + 11 * n % 15 for n in range(1, 9)}
        self.accused: dict[str, float] = {}
        self.statement = None

    @property
    def now(self) -> int:
        return round(self.at * SECOND)

    @property
    def suspected(self) -> dict[str, str]:
        return {s.kind: s.why for s in self.statement.suspicions}

    def signals(self, drop=0.0, wander=1.0, least=12) -> tuple[Signal, ...]:
        """The sky; `drop` dB for all, or by a function of the satellite's number."""
        signals = []
        for (constellation, number), cn0 in self.base.items():
            fall = drop(number) if callable(drop) else drop
            seen = round(cn0 - fall + self.noise.gauss(0, wander))
            signals.append(Signal(constellation, number, cn0=seen if seen >= least else None))
        return tuple(signals)

    def run(self, seconds, speed=10.0, *, fixed=True, sky=None, lines=(), bad=0, **fix):
        """Second by second; `sky`: for `signals`, or False for no list; `fix` replaces fields."""
        for _ in range(round(seconds * self.rate_hz)):
            self.at += 1 / self.rate_hz
            self.epochs += 1
            self.lon += speed / self.rate_hz / 95_700
            self._epoch(speed, fixed, fix)
            if self.epochs % self.rate_hz == 0 or self.rate_hz < 1:
                self.good += 8
                self.bad += bad
                self._report(sky, lines)
        return self

    def go_on_without_epochs(self, seconds) -> None:
        for _ in range(seconds):
            self.at += 1
            self.good += 8
            self._report(None, ())

    def _epoch(self, speed, fixed, changes):
        utc = EPOCH + timedelta(seconds=self.at + self.clock_s)
        values = {"mode": "3d", "utc": utc, "lat": round(self.lat, 7), "lon": round(self.lon, 7)}
        values |= {"alt": self.alt, "speed": changes.get("said", speed), "hdop": 1.0, "quality": 1}
        if not fixed:
            values = {"mode": "none", "utc": utc}
        values |= {name: value for name, value in changes.items() if name != "said"}
        self.testimony.fix(Fix(self.now, **values))

    def _report(self, sky, lines):
        if sky is not False:
            self.testimony.sky(self.signals(**(sky or {})), self.now)
        self.testimony.notices(lines, self.now)
        self.testimony.count(self.good, self.bad, self.now)
        self.statement = self.testimony.statement(self.now)
        for kind in self.suspected:
            self.accused.setdefault(kind, self.at)


@pytest.fixture
def drive() -> type[Drive]:
    """Builds a receiver's life: `drive(rate_hz=10, jam_after_s=2)`."""
    return Drive
