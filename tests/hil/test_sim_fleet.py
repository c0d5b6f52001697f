"""A small fleet against a real broker that is restarted under it, as a user would run it."""

import json
import signal
import subprocess
import sys
import threading

import pytest

from drivers.sim.broker import mosquitto_binary

pytestmark = [
    pytest.mark.hil,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not mosquitto_binary(), reason="mosquitto is not installed"),
]
FLEET = [sys.executable, "-m", "agent", "sim", "fleet"]


def test_a_fleet_loses_nothing_when_its_broker_restarts(tmp_path):
    command = [*FLEET, "-n", "6", "--for", "12s", "--restart-broker", "--outage", "2s", "--json"]
    done = subprocess.run([*command, "--folder", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stderr, done.stdout)
    ready, figures = (json.loads(line) for line in done.stdout.splitlines())
    assert ready["vehicles"] == 6
    seen = figures["platform"]
    assert (seen["vehicles"], seen["stopped"], seen["missing"], seen["invalid"]) == (6, 6, 0, 0)
    assert seen["fixes"] == figures["fixes"] > 6 * 10
    assert figures["storm"]["last_s"] > 0
    assert figures["failures"] == []


@pytest.mark.parametrize("track_format", ["json", "compact"])
def test_it_drives_against_any_broker_until_it_is_told_to_stop(broker, tmp_path, track_format):
    command = [*FLEET, "-n", "3", "--for", "1h", "--broker", broker.url, "--track-format", track_format]
    command += ["--folder", str(tmp_path), "--processes", "1", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert json.loads(process.stdout.readline())["broker"] == broker.url
        threading.Event().wait(5)
        process.send_signal(signal.SIGTERM)
        figures = json.loads(process.stdout.readline())
    assert process.returncode == 0, figures
    assert (figures["undelivered"], figures["platform"]["missing"]) == (0, 0)


@pytest.fixture
def broker():
    from drivers.sim.broker import best_broker

    with best_broker() as running:
        yield running


def run(*arguments):
    return subprocess.run([*FLEET, *arguments], capture_output=True, text=True, check=False)


def test_a_strangers_broker_is_not_restarted():
    done = run("--broker", "mqtt://127.0.0.1:1", "--restart-broker")
    assert done.returncode == 2
    assert "a broker of its own" in done.stderr


def test_a_broker_that_is_not_there_is_named():
    done = run("-n", "1", "--broker", "mqtt://127.0.0.1:1")
    assert done.returncode == 3
    assert "127.0.0.1:1" in done.stderr
