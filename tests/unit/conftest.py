"""A timeline for rules: feed observations at seconds, collect effects."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from agent.model import Emit, LoadReading, Observation, Probabilities, Restarted, Settings, Tick, Zone
from agent.rules.step import State, step
from drivers.readings import Fix

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
    smoothing_s=1.0,
    confidence=0.8,
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
)
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
