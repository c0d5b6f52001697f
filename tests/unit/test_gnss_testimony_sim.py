"""The simulated module's faults, decoded from its bytes, at the default thresholds: who is accused."""

from datetime import UTC, datetime, timedelta

import pytest

from drivers.gnss.decode import Decoder
from drivers.gnss.listener import Listener
from drivers.gnss.testimony import witness
from drivers.gnss.testimony.limits import Thresholds
from drivers.gnss.testimony.line import Phrases
from drivers.sim.fault_file import fault
from drivers.sim.faults import Schedule
from drivers.sim.module import GENERIC, Character, Module, Settings
from drivers.sim.nmea import sentence
from drivers.sim.solution import Pose
from drivers.sim.worlds import straight

SECOND = 1_000_000_000
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAYS = Character(
    GENERIC.state,
    antenna={
        s: (sentence("GNTXT", "01", "01", "02", f"ANTSTATUS={s.upper()}"),) for s in ("ok", "open", "short")
    },
)
PHRASES = Phrases(ok="ANTSTATUS=OK", open="ANTSTATUS=OPEN", short="ANTSTATUS=SHORT")


class Heard:
    """A module's life through the decoder into a testimony, a second at a time."""

    def __init__(self, *faults, speed=12.0, rate_hz=1.0, character=GENERIC, **settings):
        world = straight(Pose(31.23, 121.47, 8.0, speed, 45.0))
        settings.setdefault("epoch", NOON)  # the same sky at each run
        self.module = Module(
            world, Settings(rate_hz=rate_hz, seed=1, **settings), Schedule(faults), character
        )
        doubts = witness.Testimony(Thresholds(), PHRASES, rate_hz)
        self.listener = Listener(lambda: Decoder(eager=True), doubts)
        self.accused = {}
        self.antennas = []

    def listen(self, seconds):
        due = 0
        for at, burst in self.module.bursts(seconds):
            now = SECOND + round(at * SECOND)
            self.listener.feed(burst, now)
            self.listener.idle()
            if now >= due:
                due = now + SECOND * 99 // 100
                self.report(at, self.listener.health(now, "sim", connected=True, reason=None, lost=0))
        return self

    def report(self, at, health):
        if health.antenna not in self.antennas[-1:]:
            self.antennas.append(health.antenna)
        for s in health.suspicions:
            self.accused.setdefault(s.kind, at)


@pytest.mark.parametrize("speed", [0.0, 12.0])
@pytest.mark.parametrize("rate_hz", [1.0, 5.0])
def test_nobody_is_accused_without_a_fault(speed, rate_hz):
    assert Heard(speed=speed, rate_hz=rate_hz).listen(400).accused == {}


@pytest.mark.parametrize("minutes", [63, 138, 401, 1110, 1299])
def test_under_any_sky_a_canyon_is_none_and_a_jammer_is_one(minutes):
    """Walls that hide the low satellites and weaken the others alike: skies that were once accused."""
    sky = {"epoch": NOON + timedelta(minutes=minutes)}
    assert Heard(fault("canyon", at=60.0, duration=60, metres=40.0), **sky).listen(120).accused == {}
    assert set(Heard(fault("jam", at=60.0, duration=60), **sky).listen(120).accused) == {"jamming"}


@pytest.mark.parametrize("start", ["cold", "warm", "hot"])
def test_a_start_accuses_nobody(start):
    assert Heard(start=start).listen(200).accused == {}


@pytest.mark.parametrize(
    ("kind", "duration", "parameters"),
    [
        ("canyon", 200, {"metres": 40.0}),
        ("multipath", 200, {"metres": 30.0}),
        ("tunnel", 60, {}),
        ("tunnel", 400, {}),
        ("repeat", 60, {}),
        ("stall", 60, {}),
        ("binary", 60, {}),
        ("restart", None, {}),
        ("rollover", 60, {}),
    ],
)
def test_what_happens_to_every_truck_accuses_nobody(kind, duration, parameters):
    heard = Heard(fault(kind, at=60.0, duration=duration, **parameters)).listen(120 + (duration or 60))
    assert heard.accused == {}


@pytest.mark.parametrize(
    ("kind", "parameters", "suspicion", "within"),
    [
        ("jam", {"db": 12.0}, "jamming", 15),
        ("jam", {"db": 30.0}, "jamming", 15),
        ("spoof", {"lat": 32.0, "lon": 121.0}, "spoofing", 5),
        ("spoof", {"seconds": -7200.0}, "spoofing", 5),
        ("spoof", {"mps": 3.0}, "spoofing", 35),
        ("jump", {"metres": 5000.0}, "spoofing", 5),
        ("speed_zero", {}, "speed_zero", 30),
        ("frozen", {}, "frozen", 75),
        ("frozen", {"time": "standing"}, "frozen", 75),
        ("switch", {}, "hidden_switch", 305),
        ("slow", {}, "slow", 45),
        ("checksum", {}, "damaged_line", 20),
    ],
)
def test_a_fault_is_suspected(kind, parameters, suspicion, within):
    heard = Heard(fault(kind, at=60.0, duration=320.0, **parameters)).listen(380)
    assert 60 <= heard.accused[suspicion] <= 60 + within
    assert set(heard.accused) <= {suspicion, "frozen"}  # a place that is a lie stands still, too


@pytest.mark.parametrize("state", ["open", "short"])
def test_an_antenna_that_the_module_speaks_of(state):
    heard = Heard(fault(f"antenna_{state}", at=60.0, duration=50.0), character=SAYS).listen(150)
    assert heard.antennas == ["ok", state, "ok"]
    assert heard.accused == {}
