"""The real daemon heard by `haulwatch sim platform`, as an integrator would run it."""

import contextlib
import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.hil
PLATFORM = [sys.executable, "-m", "agent", "sim", "platform"]


@contextlib.contextmanager
def listening(command):
    """The platform for as long as it is wanted."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as platform:
        try:
            yield platform
        finally:
            platform.terminate()


@pytest.mark.timeout(300)
def test_all_that_a_daemon_says_is_in_order_and_none_is_missing(simulated, body, tmp_path):
    truck, db = simulated, str(tmp_path / "platform.db")
    truck.add_camera("bed", body.sim.url)
    listen = [*PLATFORM, "--broker", truck.broker.url, "--db", db, "--client-id", "integrator"]
    with listening(listen) as platform:
        assert json.loads(platform.stdout.readline())["db"] == db
        truck.start()
        truck.await_message("event", "load.changed", to="covered")
        truck.link.cut()
        truck.await_status(lambda s: "link:city" in s["gaps"], "a cut link")
        truck.link.mend()
        truck.await_message("coverage", "gap.ended", source="link:city")
        truck.await_drained()
        assert truck.terminate() == 0
        truck.await_platform(lambda v: v.state["status"] == "stopped")
    told = subprocess.run([*PLATFORM, "report", "--db", db, "--json"], capture_output=True, check=False)
    made = json.loads(told.stdout)
    assert (told.returncode, made["invalid"]) == (0, [])
    assert made["vehicles"][0]["status"] == "stopped"
    assert {s["stream"] for s in made["streams"]} >= {"life", "event", "coverage", "health", "track"}
    assert made["delays"]["live"]["number"] > 0
    assert set(made["signatures"]) == {"genuine"}
