"""The demo as a user runs it, on the embedded broker, which speaks MQTT 3.1.1 only."""

import json
import subprocess
import sys

import pytest

from agent.messages.reading import Reader

pytestmark = pytest.mark.hil


@pytest.mark.timeout(400)
def test_the_platform_knows_what_happened(tmp_path):
    command = [sys.executable, "-I", "-m", "agent", "demo", "--json"]
    command += ["--broker", "embedded", "--keep", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=380, check=False)
    rows = json.loads(done.stdout)
    assert [row for row in rows if not row["agrees"]] == [], done.stderr
    assert done.returncode == 0
    assert {row["fact"] for row in rows} == {
        "uncovered load while moving",
        "load",
        "no fix",
        "no link",
        "records",
        "pictures",
        "daemon",
        "evidence",
        "warning in the cab",
        "replay",
    }
    messages = (tmp_path / "platform.jsonl").read_text().splitlines()
    types = {Reader().read(line.encode()).head.type for line in messages}
    assert {
        "birth",
        "load.changed",
        "warning.given",
        "uncovered_load.started",
        "gap.ended",
        "health.report",
    } <= types
    kept = {path.name for path in tmp_path.iterdir()}
    assert {"agent.toml", "agent.log", "journal.db", "platform.jsonl", "zones.geojson"} <= kept
    assert {"bundles", "exports", "pictures", "recording", "recording.flight"} <= kept
    (bundle,) = tmp_path.glob("bundles/*.zip")
    assert bundle.with_suffix(".html").read_text().startswith("<!doctype html>")
    assert {p.suffix for p in tmp_path.glob("exports/*")} == {".jsonl", ".geojson", ".gpx", ".csv"}
