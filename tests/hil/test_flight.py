"""The flight recording of the whole agent: killed midway, it still gives what the journal holds."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.hil


def run(*words):
    command = [sys.executable, "-I", "-m", "agent", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def replayed(file, *words):
    return [json.loads(line) for line in run("replay", file, "--json", *words).stdout.splitlines()]


def saved(truck, file):
    return json.loads(run("record", "--save", file, "--config", truck.config, "--json").stdout)


def killed_midway(truck, body):
    """It is killed with an open load on record, and started again."""
    truck.start()
    truck.await_message("event", "load.changed", to="covered")
    body.shows = "uncovered"
    truck.await_message("event", "uncovered_load.started")
    recorded = truck.status()["recording"]
    for _ in range(2):  # what came before the first look is on disk after the second
        size = recorded["bytes"]
        recorded = truck.await_status(lambda s, n=size: s["recording"]["bytes"] > n, "more of it")[
            "recording"
        ]
    assert (recorded["lost"], recorded["fault"]) == (0, None)
    truck.kill()
    truck.start()
    truck.await_message("coverage", "gap.ended", source="agent")
    truck.await_message("event", "load.changed", to="uncovered")


def event_key(row, data):
    return row["mono_ns"], row["type"], row["subject"], json.dumps(data)


def test_a_killed_agent_leaves_a_recording_that_gives_what_its_journal_holds(simulated, body, tmp_path):
    truck, file = simulated, tmp_path / "x.flight"
    truck.tables["recording"] = {"hours": 1.0}
    truck.add_camera("bed", body.sim.url)
    killed_midway(truck, body)
    truck.await_status(lambda s: s["recording"]["segments"] == 2, "the segment after the kill")
    running = saved(truck, tmp_path / "running.flight")
    assert (running["segments"], running["unread"]) == (2, 0), "also while it runs"
    assert truck.terminate() == 0
    after = saved(truck, file)
    assert (after["segments"], after["without_end"]) == (2, 1)
    done = run("replay", file, "--against", truck.folder / "state" / "journal.db")
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
    assert "no difference" in done.stderr
    told = replayed(file, "--track")
    types = {one["type"] for one in told}
    assert {
        "birth",
        "load.changed",
        "uncovered_load.started",
        "gap.ended",
        "stopped",
        "device.changed",
    } <= types
    assert sum(one["stream"] == "track" for one in told) > 5
    journal = run("journal", "export", "--stream", "event", "--config", truck.config).stdout.splitlines()
    held = {event_key(row, row["payload"]) for row in map(json.loads, journal)}
    again = [row for row in told if row["stream"] == "event"]
    assert {event_key(row, row["data"]) for row in again} <= held
    assert all(row["data"]["rules"] for row in again)
