"""A film with known truth through a real stream into the daemon: what it says is what was to be seen."""

import io
import json

import pytest

from drivers.sim.camera import SimCamera
from drivers.sim.film.film import Film
from drivers.sim.film.projector import Projector
from drivers.sim.film.script import Script, Stretch
from drivers.sim.rtsp import SimRtsp

pytestmark = pytest.mark.hil
FPS = 5
DRIVE = (
    Stretch(9, "covered", light="cloud", speed_mps=10, passing="trees"),
    Stretch(8, "uncovered", light="cloud", speed_mps=10, change_s=1),
    Stretch(30, "covered", light="cloud", speed_mps=10, change_s=1, weather="rain", strength=0.3),
)


@pytest.mark.parametrize("server", [SimCamera, SimRtsp])
def test_a_drive_is_told_as_it_was(simulated, server):
    truck, truth = simulated, io.BytesIO()
    film = Film.open(None, Script(DRIVE, "a"), seed=1)
    camera = server(Projector(film, (640, 480), FPS, truth), FPS).start()
    try:
        truck.add_camera("bed", camera.url, roi=[list(corner) for corner in film.roi])
        truck.start()
        truck.await_message("event", "load.changed", to="covered")
        started = truck.await_message("event", "uncovered_load.started")
        ended = truck.await_message("event", "uncovered_load.ended", reason="covered")
        assert truck.terminate() == 0
    finally:
        camera.stop()
    told = [json.loads(line) for line in truth.getvalue().splitlines()]
    seen = [line["mono_ns"] // 1000 for line in told if line["state"] == "uncovered"]
    assert seen[0] <= started["data"]["since_us"] <= seen[-1], (
        "the load was open when it is said to have been"
    )
    assert started["data"]["since_us"] < ended["data"]["until_us"]
