"""Pictures of the whole agent: with an event, of the cab, without duty, and over a kill."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytestmark = pytest.mark.hil


def run(truck, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")


def records(truck, stream: str | None = None) -> list[dict]:
    path = truck.tables["journal"]["path"]
    chosen = [] if stream is None else ["--stream", stream]
    done = run(truck, "journal", "export", "--path", path, *chosen)
    return [json.loads(line) for line in done.stdout.splitlines()]


def pictures_of(truck, subject: str, count: int) -> list[dict]:
    """The records of a subject's pictures, once there are so many."""
    found: list[dict] = []

    def there(_: object) -> bool:
        of = [r for r in records(truck, "media") if r["subject"] == subject]
        found[:] = [r for r in of if r["payload"].get("when", "at") == "at"]
        return len(found) >= count

    truck.await_status(there, f"{count} pictures of {subject}")
    return found


def whens(truck, started) -> set[str]:
    found = [r for r in records(truck, "media") if r["subject"] == started["subject"]]
    return {r["payload"]["when"] for r in found if r["type"] == "picture.taken"}


def copies(truck) -> set[str]:
    """Of all pictures that were taken."""
    found = records(truck, "media")
    return {r["payload"]["overlay"]["sha256"] for r in found if r["type"] == "picture.taken"}


def test_an_accusation_has_its_pictures(simulated, body):
    truck = simulated
    truck.tables["privacy"] = {"cab_events": ["uncovered_load.started"]}
    truck.tables["unit"]["plate"] = "川A12345"
    truck.add_camera("bed", body.sim.url)
    truck.add_camera("driver", body.sim.url, role="cab")
    truck.start()
    truck.await_message("event", "load.changed", to="covered")
    body.shows = "uncovered"
    started = truck.await_message("event", "uncovered_load.started")
    found = pictures_of(truck, started["subject"], 3)
    assert not [r["payload"] for r in found if r["type"] != "picture.taken"]
    bed = [r["payload"] for r in found if r["payload"]["camera"] == "bed"]
    assert sorted(p["decided"] for p in bed) == [False, True]
    assert started["data"]["since_us"] < min(p["at_us"] for p in bed)
    truck.await_status(lambda _: whens(truck, started) == {"before", "at", "after"}, "before and after")
    (driver,) = [r["payload"] for r in found if r["payload"]["camera"] == "driver"]
    assert (driver["concealed"], driver["may_leave"]["original"]) == ("whole", False)
    sent = [p["overlay"]["sha256"] for p in [*bed, driver]]  # a metered link gets the copies
    truck.await_platform(lambda v: set(sent) <= v.pictures.verified.keys(), "the pictures")
    assert truck.vehicle().pictures.verified.keys() <= copies(truck)
    checked = run(truck, "pictures", "verify", "--config", str(truck.config))
    assert checked.returncode == 0, checked.stdout
    truck.await_drained()
    assert truck.terminate() == 0


def asked_for(truck) -> list[dict]:
    """Records of pictures that a technician asked for."""
    return [r for r in records(truck, "media") if r["payload"].get("why") == "command"]


def test_a_camera_without_pictures_is_on_record_with_its_reason(simulated, body):
    truck = simulated
    truck.tables["pictures"] = {"wait_s": 1.0}
    truck.add_camera("bed", body.sim.url)
    truck.start()
    truck.await_status(lambda s: s["cameras"].get("bed", {}).get("connected"))
    body.sim.fault("stall")
    asked = run(truck, "pictures", "take", "bed", "--config", str(truck.config), "--json")
    assert json.loads(asked.stdout) == {"camera": "bed", "asked": True}
    truck.await_status(lambda _: asked_for(truck), "a record of the failure")
    (failed,) = asked_for(truck)
    assert failed["type"] == "picture.failed"
    assert failed["payload"]["reason"]
    assert truck.terminate() == 0


def test_off_duty_nothing_is_kept_of_where_the_truck_is(simulated, body):
    truck = simulated
    later = datetime.now(UTC) + timedelta(hours=12)
    truck.tables["duty"] = {"zone": "UTC", "hours": [f"{later:%H}:00-{later:%H}:59"]}
    body.shows = "uncovered"
    truck.add_camera("bed", body.sim.url)
    truck.start()
    truck.await_message("coverage", "gap.started", source="duty")
    truck.await_status(lambda s: s["receiver"] and s["receiver"]["epochs"] > 6)
    refused = run(truck, "camera", "snapshot", "--camera", "bed", "--config", str(truck.config))
    assert "off duty" in refused.stderr
    run(truck, "pictures", "take", "bed", "--config", str(truck.config))
    truck.await_status(lambda _: records(truck, "media"), "a refusal on record")
    status = truck.status()
    assert (status["fix"], status["load"]["state"], status["violations"]) == (None, "unknown", [])
    assert status["gaps"]["duty"] == "off duty"
    assert truck.terminate() == 0
    kept = records(truck)
    assert {r["stream"] for r in kept} <= {"life", "coverage", "health", "media"}
    assert "lat" not in json.dumps(kept)
    assert not list(Path(truck.folder).rglob("*.jpg"))


def test_a_kill_leaves_no_wish_unanswered(simulated, body):
    truck = simulated
    truck.tables["pictures"] = {"wait_s": 30.0}
    truck.add_camera("bed", body.sim.url)
    truck.start()
    truck.await_status(lambda s: s["cameras"].get("bed", {}).get("connected"))
    body.sim.fault("stall")
    run(truck, "pictures", "take", "bed", "--config", str(truck.config))
    truck.await_status(lambda s: s["journal"]["commits"] > 0)
    truck.await_message("health", "health.report")
    truck.kill()
    truck.start()
    truck.await_status(lambda _: asked_for(truck), "the record")
    (failed,) = asked_for(truck)
    assert failed["payload"]["reason"] == "the agent was restarted"
    assert truck.terminate() == 0


def arrived(truck) -> dict[str, int]:
    """How many chunks of each file the truck's own disk knows to have arrived: the first so many."""
    path = truck.tables["journal"]["path"]
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT key, value FROM meta WHERE key LIKE 'note/media/city/chunks/%'").fetchall()
    known = {key.rpartition("/")[2]: json.loads(value)["done"] for key, value in rows}
    return {name: done[0][1] for name, done in known.items() if done and done[0][0] == 1}


def test_a_kill_in_the_middle_of_a_picture_repeats_nothing_that_is_known_to_have_arrived(simulated, body):
    truck = simulated
    chunks: list[tuple[str, int]] = []

    def note(topic, _):
        levels = topic.split("/")[4:]
        if levels[0] == "media" and len(levels) == 3:
            chunks.append((levels[1], int(levels[2])))

    truck.platform.listen(note)
    truck.sink |= {"unmetered": ["lo"], "chunk_bytes": 1024}
    truck.link.slow(20_000)
    truck.add_camera("bed", body.sim.url)
    truck.start()
    truck.await_message("event", "load.changed", to="covered")
    body.shows = "uncovered"
    truck.await_message("event", "uncovered_load.started")
    truck.await_status(lambda _: any(count >= 10 for count in arrived(truck).values()), "half a picture")
    truck.kill()
    known = arrived(truck)
    before = len(chunks)
    truck.start()
    wanted = [r for r in records(truck, "media") if r["type"] == "picture.taken"]
    names = {r["payload"][kind]["sha256"] for r in wanted for kind in ("original", "overlay")}
    truck.await_platform(lambda v: names <= v.pictures.verified.keys(), "all pictures")
    again = chunks[before:]
    late = [chunk for chunk in again if chunk in chunks[:before]]
    assert sum(known.values()) >= 10
    # What the broker had when the truck was killed comes to the platform after it, but once.
    assert len([c for c in late if c[1] < known.get(c[0], 0)]) == 0
    assert truck.terminate() == 0
