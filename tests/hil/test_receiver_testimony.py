"""The whole agent on a receiver that misbehaves: what the platform is told, under short thresholds."""

import pytest

from drivers.sim.module import GENERIC, Character, Module, Settings
from drivers.sim.nmea import sentence
from drivers.sim.receiver import SimReceiver
from drivers.sim.solution import Pose
from drivers.sim.worlds import straight

pytestmark = pytest.mark.hil
SAYS = Character(
    GENERIC.state,
    antenna={
        s: (sentence("GNTXT", "01", "01", "02", f"ANTSTATUS={s.upper()}"),) for s in ("ok", "open", "short")
    },
)
IMPATIENT = {
    "over_s": 2.0,
    "settle_s": 1.0,
    "jam_within_s": 3.0,
    "jam_after_s": 1.0,
    "same_cn0_s": 2.0,
    "speed_zero_m": 40.0,
    "frozen_s": 4.0,
    "switch_after_s": 4.0,
    "switch_standing_s": 4.0,
    "slow_s": 2.0,
    "checksum_s": 1.0,
    "checksum_errors": 2,
}


@pytest.fixture
def watched(simulated, tmp_path):
    """A truck that drives, whose receiver speaks of its antenna."""
    truck = simulated
    truck.tables["gnss"]["source"] = str(tmp_path / "witness")
    truck.tables["gnss.health"] = IMPATIENT
    world = straight(Pose(31.23, 121.47, 8.0, 12.0, 45.0))
    truck.receiver = SimReceiver.of(tmp_path / "witness", Module(world, Settings(seed=1), None, SAYS))
    truck.receiver.start()
    truck.start()
    truck.await_status(lambda s: s["receiver"] and s["receiver"]["antenna"] == "ok", "a sound receiver")
    truck.await_platform(lambda v: len(v.fixes) > 5, "fixes")
    yield truck
    assert truck.terminate() == 0
    truck.receiver.stop()


def accuse(truck, suspicion, fault, **parameters):
    """The fault brings the suspicion, its end ends it; returns the start's data."""
    truck.receiver.inject(fault, None, **parameters)
    started = truck.await_message("event", f"receiver.suspicion.{suspicion}.started")
    assert started["data"]["severity"] in ("info", "notice")
    assert started["data"]["why"]
    truck.receiver.clear(fault)
    ended = truck.await_message("event", f"receiver.suspicion.{suspicion}.ended")
    assert ended["subject"] == started["subject"]
    truck.await_status(lambda s: s["receiver"]["suspicions"] == [], "no suspicion left")
    return started["data"]


def test_the_signals(watched):
    assert "fell together" in accuse(watched, "jamming", "jam", db=14.0, ramp=1.0)["why"]
    watched.receiver.inject("antenna_open")
    started = watched.await_message("event", "receiver.antenna.started", state="open", inferred=False)
    watched.receiver.clear("antenna_open")
    ended = watched.await_message("event", "receiver.antenna.ended")
    assert ended["subject"] == started["subject"]


def test_all_signals_gone_at_once(watched):
    assert "all signals gone at once" in accuse(watched, "hidden_switch", "switch")["why"]


def test_a_false_place(watched):
    watched.receiver.inject("spoof", None, lat=32.0, lon=121.0)
    started = watched.await_message("event", "receiver.suspicion.spoofing.started")
    assert any(words in started["data"]["why"] for words in ("km in", "alike"))  # whichever is seen first
    vehicle = watched.await_platform(
        lambda v: any("suspected_spoofing" in f.get("unfit", ()) for f in v.fixes.values()), "an unfit fix"
    )
    reasons = {reason for fix in vehicle.fixes.values() for reason in fix.get("unfit", ())}
    assert reasons >= {"jump", "suspected_spoofing"}
    place = watched.status()["fix"]
    assert place["lat"] < 31.5
    assert watched.status()["receiver"]["suspicions"][0]["kind"] == "spoofing"


def test_a_speed_of_zero_and_a_frozen_solution(watched):
    assert accuse(watched, "speed_zero", "speed_zero")["why"].endswith("at speed 0")
    assert accuse(watched, "frozen", "frozen")["why"]


def test_the_line(watched):
    assert "epochs per second" in accuse(watched, "slow", "slow", hz=0.4)["why"]
    assert "damaged" in accuse(watched, "damaged_line", "checksum", share=0.4)["why"]
    report = watched.await_message("health", "health.report")["data"]["receiver"]
    assert report["strength"]["gps"]["count"] > 4
    assert report["rate_hz"] > 0
