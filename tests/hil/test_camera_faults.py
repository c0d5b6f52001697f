"""A camera that goes wrong on a driving truck: the event, the gap, and that nobody is accused."""

import pytest

pytestmark = pytest.mark.hil


def test_a_frozen_camera_is_reported_and_accuses_nobody(simulated, body):
    truck = simulated
    truck.tables["vision.health"] = {"frozen_s": 3.0}
    truck.add_camera("bed", body.sim.url)
    truck.start()
    truck.await_message("event", "load.changed", to="covered")
    body.sim.fault("freeze")
    started = truck.await_message("event", "camera_fault.started", camera="bed")
    assert (started["data"]["kind"], started["severity"]) == ("frozen", "notice")
    assert started["data"]["thresholds"]["frozen_s"] == 3.0
    truck.await_message("coverage", "gap.started", why="unusable: frozen")
    status = truck.await_status(lambda s: s["cameras"]["bed"]["faults"], "the fault in the status")
    assert status["cameras"]["bed"]["faults"][0]["kind"] == "frozen"
    body.shows = "uncovered"
    body.sim.fault(None)
    ended = truck.await_message("event", "camera_fault.ended", camera="bed")
    assert ended["subject"] == started["subject"]
    truck.await_message("event", "uncovered_load.started")
    assert truck.terminate() == 0
