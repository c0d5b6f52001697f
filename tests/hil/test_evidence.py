"""Evidence of the whole agent: sealed, exported, believed by who heard it, objected to, its key exchanged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.hil
Row = dict[str, object]


def run(truck, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", *map(str, arguments)]
    if arguments[:2] != ("evidence", "verify"):
        command += ["--config", str(truck.config)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")


def rows(truck) -> list[dict]:
    return [json.loads(line) for line in run(truck, "evidence", "list", "--json").stdout.splitlines()]


def received(truck, folder: Path) -> Path:
    """What the platform got, as JSON lines."""
    truck.await_drained()
    vehicle = truck.vehicle()
    file = folder / "platform.jsonl"
    messages = [m for stream in vehicle.streams for m in vehicle.events(stream)]
    file.write_text("".join(json.dumps(m) + "\n" for m in messages))
    return file


def life(truck, kind: str) -> list[dict]:
    done = run(truck, "journal", "export", "--stream", "life")
    return [r for r in map(json.loads, done.stdout.splitlines()) if r["type"] == kind]


@pytest.fixture
def accused(simulated, body):
    """A truck whose open load is sealed and signed."""
    truck = simulated
    truck.tables["evidence"] = {"around_s": 3.0}
    truck.add_camera("bed", body.sim.url)
    truck.start()
    truck.await_message("event", "load.changed", to="covered")
    body.shows = "uncovered"
    truck.await_message("event", "uncovered_load.started")
    truck.await_message("life", "chain.anchor", why="sealed")
    assert rows(truck)[0]["anchored"]
    return truck


def test_an_accusation_is_genuine_to_the_platform_that_heard_it(accused, tmp_path):
    truck = accused
    (row, *_) = rows(truck)
    assert (row["sealed"], row["disputed"]) == ("complete", False)
    assert row["pictures"] >= 4
    bundle = tmp_path / "bundle.zip"
    exported = json.loads(run(truck, "evidence", "export", row["id"], "-o", bundle, "--json").stdout)
    assert exported["recorded"] == "daemon"
    truck.await_message("life", "evidence.exported", sha256=exported["sha256"])
    held = received(truck, tmp_path)
    report = tmp_path / "report.html"
    told = ("evidence", "verify", bundle, "--trust", held, "--anchor", held, "--report", report, "--json")
    done = run(truck, *told)
    verdict = json.loads(done.stdout)
    assert (verdict["verdict"], verdict["findings"], done.returncode) == ("genuine", [], 0)
    alone = run(truck, "evidence", "verify", bundle)
    assert alone.returncode == 1
    assert f"self-consistent, key unknown: {verdict['fingerprint']}" in alone.stdout
    page = report.read_text()
    assert "真实" in page
    assert "data:image/jpeg;base64," in page
    assert "http" not in page  # it needs nothing from elsewhere
    assert run(truck, "evidence", "export", row["id"], "-o", bundle).returncode == 3  # never overwritten
    an_objection_is_published_and_changes_nothing(truck, row)
    assert truck.terminate() == 0


def an_objection_is_published_and_changes_nothing(truck, row):
    before = run(truck, "events", "show", row["id"], "--json").stdout
    done = run(truck, "events", "dispute", row["id"], "--reason", "盖布是好的", "--by", "driver", "--json")
    assert json.loads(done.stdout)["recorded"] == "daemon"
    said = truck.await_message("event", "dispute")
    assert said["subject"] == row["subject"]
    assert said["data"]["statement"]["reason"] == "盖布是好的"
    assert run(truck, "events", "show", row["id"], "--json").stdout == before
    assert rows(truck)[0]["disputed"]
    too_long = run(truck, "events", "dispute", row["id"], "--reason", "x" * 2001)
    assert too_long.returncode == 2


def test_a_rotation_is_on_record_and_followed(accused, tmp_path):
    truck = accused
    old = json.loads(run(truck, "keys", "device", "--json").stdout)
    trusted = tmp_path / "old.pub"
    trusted.write_bytes(Path(old["public"]).read_bytes())
    new = json.loads(run(truck, "keys", "device", "--rotate", "--json").stdout)
    turned = truck.await_message("life", "device.key.rotated")
    assert (turned["data"]["kid"], turned["data"]["statement"]["new"]) == (old["kid"], new["kid"])
    truck.await_message("life", "chain.anchor", why="rotated", kid=new["kid"])
    (row, *_) = rows(truck)
    bundle = tmp_path / "bundle.zip"
    assert run(truck, "evidence", "export", row["id"], "-o", bundle).returncode == 0
    held = received(truck, tmp_path)
    done = run(truck, "evidence", "verify", bundle, "--trust", trusted, "--anchor", held, "--json")
    assert json.loads(done.stdout)["verdict"] == "genuine"
    assert truck.terminate() == 0
    truck.start()
    truck.await_status(lambda s: s["fix"] is not None)
    assert life(truck, "birth")[-1]["payload"]["device"]["kid"] == new["kid"]
    assert len(life(truck, "device.key.rotated")) == 1
    assert truck.terminate() == 0
    without_the_daemon_it_is_written_down_all_the_same(truck, row, tmp_path)


def without_the_daemon_it_is_written_down_all_the_same(truck, row, tmp_path):
    assert [a["payload"]["why"] for a in life(truck, "chain.anchor")][-1] == "stopped"
    exported = run(truck, "evidence", "export", row["id"], "-o", tmp_path / "b.zip", "--json")
    assert json.loads(exported.stdout)["recorded"] == "journal"
    picture = json.loads(run(truck, "pictures", "list", "--json").stdout.splitlines()[0])
    shown = run(truck, "pictures", "show", picture["sha256"][:12], "-o", tmp_path / "p.jpg", "--json")
    assert json.loads(shown.stdout)["recorded"] == "journal"
    assert (tmp_path / "p.jpg").read_bytes() == Path(picture["file"]).read_bytes()
    assert run(truck, "events", "dispute", row["id"], "--reason", "no").returncode == 0
    assert run(truck, "journal", "verify").returncode == 0
    truck.start()
    truck.await_message("event", "dispute")
    truck.await_message("life", "picture.viewed", sha256=picture["sha256"])
    assert life(truck, "birth")[-1]["payload"]["clean"] is True  # what people wrote was no unclean stop
    assert truck.terminate() == 0
