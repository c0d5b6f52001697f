"""The demo as a user runs it, on the embedded broker, which speaks MQTT 3.1.1 only."""

import json
import subprocess
import sys

import pytest

from agent.messages.reading import Reader

pytestmark = pytest.mark.hil
FACTS = {
    "uncovered load while moving",
    "unloaded elsewhere",
    "trip",
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
TYPES = {
    "birth",
    "load.changed",
    "warning.given",
    "uncovered_load.started",
    "suspicious_unloading.started",
    "trip.ended",
    "gap.ended",
    "health.report",
}


@pytest.mark.timeout(400)
def test_the_platform_knows_what_happened(tmp_path):
    command = [sys.executable, "-I", "-m", "agent", "demo", "--json", "--keep", str(tmp_path)]
    command += ["--broker", "embedded"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=380, check=False)
    rows = json.loads(done.stdout)
    assert [row for row in rows if not row["agrees"]] == [], done.stderr
    assert done.returncode == 0
    assert {row["fact"] for row in rows} == FACTS
    messages = (tmp_path / "platform.jsonl").read_text().splitlines()
    types = {Reader().read(line.encode()).head.type for line in messages}
    assert types >= TYPES
    kept = {path.name for path in tmp_path.iterdir()}
    assert {"agent.toml", "agent.log", "journal.db", "platform.jsonl", "zones.geojson"} <= kept
    assert {"bundles", "exports", "pictures", "recording", "recording.flight"} <= kept
    bundles = sorted(tmp_path.glob("bundles/*.zip"))
    kinds = [bundle.name.partition("-")[0] for bundle in bundles]
    assert kinds == ["suspicious_unloading", "uncovered_load"]
    assert all(b.with_suffix(".html").read_text().startswith("<!doctype html>") for b in bundles)
    assert {p.suffix for p in tmp_path.glob("exports/*")} == {".jsonl", ".geojson", ".gpx", ".csv"}
