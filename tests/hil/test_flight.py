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


def test_a_killed_agent_leaves_a_recording_that_gives_what_its_journal_holds(simulated, body, tmp_path):
    truck = simulated
    truck.tables["recording"] = {"hours": 1.0}
    truck.add_camera("bed", body.sim.url)
    truck.start()
    truck.await_message("event", "load.changed", to="covered")
    body.shows = "uncovered"
    truck.await_message("event", "uncovered_load.started")
    recorded = truck.status()["recording"]
    for _ in range(2):  # what came before the first look is on disk after the second
        size = recorded["bytes"]
        recorded = truck.await_status(lambda s, n=size: s["recording"]["bytes"] > n, "a recording")[
            "recording"
        ]
    assert (recorded["lost"], recorded["fault"]) == (0, None)
    truck.kill()
    truck.start()
    truck.await_message("coverage", "gap.ended", source="agent")
    truck.await_message("event", "load.changed", to="uncovered")
    copy = tmp_path / "running.flight"
    saved = json.loads(run("record", "--save", copy, "--config", truck.config, "--json").stdout)
    assert (saved["segments"], saved["unread"]) == (2, 0), "also while it runs"
    assert truck.terminate() == 0
    file = tmp_path / "x.flight"
    saved = json.loads(run("record", "--save", file, "--config", truck.config, "--json").stdout)
    assert (saved["segments"], saved["without_end"]) == (2, 1)
    done = run("replay", file, "--against", truck.folder / "state" / "journal.db")
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
    assert "no difference" in done.stderr
    types = {one["type"] for one in replayed(file)}
    assert {
        "birth",
        "load.changed",
        "uncovered_load.started",
        "gap.ended",
        "stopped",
        "device.changed",
    } <= types
    assert sum(one["stream"] == "track" for one in replayed(file, "--track")) > 5
    journal = run("journal", "export", "--stream", "event", "--config", truck.config).stdout.splitlines()
    held = {
        (r["mono_ns"], r["type"], r["subject"], json.dumps(r["payload"])) for r in map(json.loads, journal)
    }
    again = {
        (r["mono_ns"], r["type"], r["subject"], json.dumps(r["data"]))
        for r in replayed(file)
        if r["stream"] == "event"
    }
    assert len(again) >= 3
    assert again <= held
    assert all(r["data"]["rules"] for r in replayed(file) if r["stream"] == "event")
