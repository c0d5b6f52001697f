"""The daemon with switches on value files: tampering, sleep, stops and starts, contradiction, a warning."""

import json
import time

import pytest

from drivers.sim.nmea import Pose
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight
from tests.hil.conftest import PATIENCE_S

pytestmark = pytest.mark.hil


@pytest.fixture
def standing(simulated, tmp_path):
    """A truck that does not move."""
    receiver = SimReceiver(tmp_path / "still", straight(Pose(31.2304, 121.4737, 8.0, 0.0, 45.0))).start()
    simulated.tables["gnss"]["source"] = str(tmp_path / "still")
    yield simulated
    receiver.stop()


def await_log(truck, text):
    end = time.monotonic() + PATIENCE_S
    while text not in truck.log():
        assert time.monotonic() < end, truck.log()[-3000:]
        time.sleep(0.1)


def test_an_opened_case_is_reported_and_a_lost_switch_is_a_gap(truck):
    case = truck.add_switch("case", 0)
    lift = truck.add_switch("lift", 1)
    truck.start()
    truck.await_message("event", "switch.changed", switch="lift", on=True, was=None)
    case.write_text("1\n")
    started = truck.await_message("event", "unit_tamper.started", cause="case")
    assert started["severity"] == "violation"
    status = truck.await_status(lambda s: s["switches"]["case"]["on"], "the open case")
    assert started["subject"] in status["violations"]
    lift.unlink()
    gap = truck.await_message("coverage", "gap.started", source="switch:lift")
    assert "No such file" in gap["data"]["why"]
    assert truck.await_message("health", "switch.fault", switch="lift")["data"]["fault"] == "lost"
    truck.await_drained()
    assert truck.terminate() == 0


def test_the_unit_sleeps_with_the_ignition_off_wakes_and_stops_until_it_is_on(standing):
    truck = standing
    ignition = truck.add_switch("ignition", 1)
    truck.tables["power"] = {"then": "stop", "sleep_after_s": 1.0, "stop_after_s": 8.0}
    truck.start()
    truck.await_platform(lambda v: v.state["status"] == "online" and v.fixes, "a truck that is online")
    ignition.write_text("0\n")
    truck.await_platform(lambda v: v.state["status"] == "sleeping", "sleep")
    truck.await_message("coverage", "gap.started", source="ignition")
    assert truck.await_status(lambda s: s["asleep"])["gaps"]["ignition"] == "ignition off"
    ignition.write_text("1\n")
    truck.await_platform(lambda v: v.state["status"] == "online", "the wake")
    ignition.write_text("0\n")
    truck.await_platform(lambda v: v.state["status"] == "stopped", "the stop")
    assert truck.process.wait(60) == 0
    assert truck.vehicle().events("life")[-1]["data"]["reason"].startswith("ignition off for")
    truck.start()  # as the service manager does at once
    await_log(truck, "waiting: the ignition is off")
    assert truck.status() is None
    ignition.write_text("1\n")
    truck.await_platform(lambda v: v.state["status"] == "online", "the start")
    assert truck.terminate() == 0


def test_a_low_supply_stops_it_until_it_has_recovered(truck):
    volts = truck.folder / "volts"
    volts.write_text("12600")
    supply = {"supply": f"value:{volts}", "floor_v": 10.5, "recover_v": 11.5, "floor_after_s": 1.0}
    truck.tables["power"] = supply
    truck.start()
    truck.await_status(lambda s: s["supply"] and s["supply"]["volts"] == 12.6)
    volts.write_text("9800")
    truck.await_message("health", "supply.low", volts=9.8)
    assert truck.process.wait(60) == 0
    volts.write_text("11000")
    truck.start()
    await_log(truck, "waiting: the supply is low, 11.0 V")
    volts.write_text("12000")
    truck.await_status(lambda s: s["supply"] is not None, "the start")
    assert truck.terminate() == 0


def test_the_driver_is_warned_before_the_report_and_a_lying_switch_is_a_contradiction(simulated, body):
    truck = simulated
    truck.add_camera("bed", body.sim.url)
    truck.add_switch("cover", 1)
    shown = truck.folder / "warning.json"
    truck.tables["warning"] = {"file": str(shown), "sound": False, "command": ["/bin/sh", "-c", "exit 3"]}
    truck.tables["warning.grace_s"] = {"uncovered_load": 4.0}
    truck.tables["conflict"] = {"after_s": 2.0}
    body.shows = "uncovered"
    truck.start()
    given = truck.await_message("event", "warning.given", grace_s=4.0)
    started = truck.await_message("event", "uncovered_load.started")
    assert given["subject"] == started["subject"]
    assert (started["monons"] - given["monons"]) / 1e9 >= 4.0
    assert json.loads(shown.read_text())["kind"] == "uncovered_load"
    assert truck.await_message("health", "warning.delivered", hook="file", ok=True)
    failed = truck.await_message("health", "warning.delivered", hook="command", ok=False)
    assert failed["data"]["reason"] == "/bin/sh: exit status 3"
    conflict = truck.await_message("event", "sensor_conflict.started", what="cover")
    assert conflict["data"]["load"]["state"] == "uncovered"
    truck.await_message("media", "picture.taken", why="sensor_conflict.started")
    assert truck.terminate() == 0
