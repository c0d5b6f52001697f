"""`haulwatch doctor` and `status` beside a daemon, and without one, on healthy and broken units."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.hil


def haulwatch(*arguments):
    command = [sys.executable, "-I", "-m", "agent", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def doctor(truck):
    """Exit status, and the level of each code with its subject."""
    truck.write_config()
    done = haulwatch("doctor", "--config", str(truck.config), "--json")
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {(f["code"], f["subject"]): f for f in findings}


def failures(found):
    return {code for (code, _), f in found.items() if f["level"] == "fail"}


@pytest.fixture
def healthy(simulated, body):
    truck = simulated
    truck.tables["journal"]["min_free_bytes"] = 1000
    truck.add_camera("bed", body.sim.url)
    truck.body = body
    return truck


def test_a_healthy_unit_with_its_daemon_has_no_failure(healthy):
    healthy.start()
    healthy.await_message("event", "load.changed", to="covered")
    status, found = doctor(healthy)
    assert (status, failures(found)) == (0, set())
    assert found["daemon.running", ""]["level"] == "ok"
    assert found["camera.picture", "bed"]["level"] == "ok"
    assert found["broker.link", "city"]["level"] == "ok"
    text = haulwatch("status", "--config", str(healthy.config))
    assert text.returncode == 0
    assert "city: connected" in text.stdout
    assert "covered" in text.stdout


def test_a_healthy_unit_without_its_daemon_is_tried_directly(healthy):
    (healthy.folder / "state").mkdir()
    status, found = doctor(healthy)
    assert (status, failures(found)) == (0, set())
    assert found["daemon.running", ""]["level"] == "warn"
    assert found["gnss.fix", ""]["level"] == "ok"
    assert found["camera.picture", "bed"]["level"] == "ok"
    assert "MQTT" in found["broker.link", "city"]["what"]
    asked = haulwatch("status", "--config", str(healthy.config))
    assert asked.returncode == 3
    assert "haulwatch run" in asked.stderr


def break_config(truck):
    truck.tables["gnss"]["bauds"] = 9600


def break_zones(truck):
    truck.tables["zones"] = {"file": str(truck.folder / "none.geojson")}


def break_port(truck):
    truck.tables["gnss"]["source"] = str(truck.folder / "no-such-port")


def break_sentences(truck):
    truck.receiver.stall(on=True)


def break_camera(truck):
    truck.body.sim.fault("refuse")


def break_folder(truck):
    truck.tables["journal"]["path"] = str(truck.folder / "none" / "journal.db")


def break_space(truck):
    truck.tables["journal"]["min_free_bytes"] = 10**18


def break_journal(truck):
    (truck.folder / "state" / "journal.db").write_bytes(b"not a journal" * 1000)


def break_broker(truck):
    truck.broker.kill()


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        (break_config, "config.file"),
        (break_zones, "config.references"),
        (break_port, "gnss.port"),
        (break_sentences, "gnss.sentences"),
        (break_camera, "camera.picture"),
        (break_folder, "disk.folder"),
        (break_space, "disk.space"),
        (break_journal, "journal.whole"),
        (break_broker, "broker.link"),
    ],
)
def test_each_fault_is_found_and_only_that(healthy, break_it, code):
    (healthy.folder / "state").mkdir()
    break_it(healthy)
    status, found = doctor(healthy)
    assert status == 1
    assert failures(found) == {code}
    assert all(f["do"] for f in found.values() if f["level"] in ("fail", "warn"))


def test_a_fault_beside_a_running_daemon_is_found(healthy):
    healthy.start()
    healthy.await_message("event", "load.changed", to="covered")
    healthy.receiver.unplug()
    healthy.await_status(lambda s: not s["receiver"]["connected"])
    healthy.await_status(lambda s: "fix" in s["gaps"])
    status, found = doctor(healthy)
    assert status == 1
    assert failures(found) & {"gnss.port", "gnss.sentences"}
