"""A scenario that happens live: `haulwatch sim truck`, the real daemon on its devices, and the truth."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.platform.ledger import Vehicle
from agent.platform.subscriber import Platform
from drivers.sim.broker import broker_available

pytestmark = pytest.mark.hil
AGENT = [sys.executable, "-I", "-m", "agent"]
KEY = "sim/truck-1"
SCENARIO = """
says = "A load leaves open, and the line is cut under way."
begins = 2026-11-24T09:00:00+08:00
origin = [31.2304, 121.4737]
permits = []

[agent.load]
smoothing_s = 0.5
confidence = 0.7
uncovered_after_s = 2.0
covered_after_s = 2.0
change_after_s = 1.0
stale_reading_s = 4.0

[agent.coverage]
fix_gap_s = 1.5
camera_gap_s = 3.0
link_gap_s = 1.0

[agent.vision]
fps_moving = 4.0

[roads]
haul = [[0, 0], [150, 0]]

[[steps]]
name = "stands"
seconds = 4
loaded = true
exposed = 1.0

[[steps]]
name = "hauls"
road = "haul"
speed = 25

[[happens]]
kind = "link"
step = "hauls"
after = 3
seconds = 3
"""


@contextlib.contextmanager
def running(command, log):
    with log.open("wb") as out, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=out) as process:
        try:
            yield process
        finally:
            process.terminate()


def has(vehicle, stream, kind, **data):
    return any(
        e["type"] == kind and data.items() <= e["data"].items() for e in vehicle.streams.get(stream, ())
    )


def is_told(vehicle):
    opened = has(vehicle, "event", "uncovered_load.started")
    return opened and has(vehicle, "coverage", "gap.ended", source="link:city")


@pytest.mark.timeout(240)
@pytest.mark.skipif(
    broker_available() is None, reason="no broker is installed: mosquitto, or haulwatch[demo]"
)
def test_what_happens_to_a_truck_is_what_its_platform_is_told(tmp_path):
    scenario, folder, truth = tmp_path / "short.toml", tmp_path / "truck", tmp_path / "truth.jsonl"
    scenario.write_text(SCENARIO)
    ask = [*AGENT, "sim", "truck", str(scenario), "--folder", str(folder), "--truth", str(truth)]
    with running(ask, tmp_path / "truck.log") as truck:
        ready = json.loads(truck.stdout.readline())
        facts = [json.loads(line) for line in Path(ready["facts"]).read_text().splitlines()]
        assert {fact["kind"] for fact in facts} >= {"uncovered_load", "gap"}
        assert Path(ready["switches"]["ignition"]).read_text() == "1\n"
        port = int(ready["brokers"]["city"].rpartition(":")[2])
        run = [*AGENT, "run", "--config", ready["config"]]
        with Platform(port) as platform, running(run, tmp_path / "agent.log") as agent:
            told = platform.wait_for(lambda known: is_told(known.get(KEY, Vehicle())), 120.0)
            assert told, (tmp_path / "agent.log").read_text()[-2000:]
            agent.terminate()
            assert agent.wait(20) == 0
        truck.terminate()
        assert truck.wait(20) == 0
    rows = [json.loads(line) for line in truth.read_text().splitlines()]
    assert rows[0]["state"] == "uncovered"
    assert {row["links"]["city"] for row in rows} == {True, False}
    assert max(row["speed"] for row in rows) > 2
