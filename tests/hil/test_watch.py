"""`haulwatch watch` beside a daemon."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.hil


def watch(truck, *arguments):
    truck.write_config()
    command = [sys.executable, "-I", "-m", "agent", "watch", "--config", str(truck.config), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_one_look_at_a_running_unit(simulated, body):
    truck = simulated
    truck.add_camera("bed", body.sim.url)
    truck.start()
    truck.await_message("event", "load.changed", to="covered")
    truck.await_status(lambda status: status["sky"], "the sky")
    done = watch(truck, "--once", "--lang", "zh")
    assert done.returncode == 0, done.stderr
    for word in ("hil/truck-1", "GPS", "已覆盖", "bed", "city: 已连接", "载荷变化"):
        assert word in done.stdout
    assert json.loads(watch(truck, "--once", "--json").stdout)["unit"]["vehicle"] == "truck-1"


def test_without_a_daemon_it_says_so(simulated):
    done = watch(simulated, "--once")
    assert done.returncode == 3
    assert "haulwatch run" in done.stderr
