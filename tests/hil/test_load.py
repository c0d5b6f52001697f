"""From a picture to an event: a simulated camera, the shipped model, the rules, the platform."""

import pytest

pytestmark = pytest.mark.hil


def test_an_uncovered_load_is_reported_and_its_end_too(simulated, body):
    truck = simulated
    truck.add_camera("bed", body.sim.url)
    truck.start()
    truck.await_message("event", "load.changed", to="covered")
    body.shows = "uncovered"
    started = truck.await_message("event", "uncovered_load.started")
    assert started["severity"] == "violation"
    assert started["data"]["place"]["crs"] == "WGS-84"
    body.shows = "covered"
    ended = truck.await_message("event", "uncovered_load.ended", reason="covered")
    assert ended["subject"] == started["subject"]
    assert truck.terminate() == 0


def test_with_two_body_cameras_one_that_says_covered_protects(simulated, bodies):
    truck, (bed, tail) = simulated, bodies
    truck.add_camera("bed", bed.sim.url)
    truck.add_camera("tail", tail.sim.url)
    truck.start()
    truck.await_message("event", "load.changed", to="covered")
    bed.shows = "uncovered"
    truck.await_status(lambda s: s["load"]["state"] == "unknown", "disagreement")
    tail.sim.fault("refuse")  # the protector goes away: what is left is confident
    truck.await_message("event", "uncovered_load.started")
    assert truck.terminate() == 0


def test_a_cab_camera_is_watched_and_never_judged(simulated, body):
    truck = simulated
    body.shows = "uncovered"
    truck.add_camera("driver", body.sim.url, role="cab")
    truck.start()
    status = truck.await_status(lambda s: s["cameras"].get("driver", {}).get("connected"))
    assert status["cameras"]["driver"]["role"] == "cab"
    truck.await_platform(lambda v: len(v.fixes) > 6)
    assert truck.status()["load"]["state"] == "unknown"
    assert not truck.vehicle().events()
    assert truck.terminate() == 0
