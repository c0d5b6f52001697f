"""`haulwatch events` over a journal that a drive has filled, while its writer is open."""

import json
import sqlite3
import subprocess
import sys

import pytest
from click.testing import CliRunner

import agent.cli.main
from agent.model import Emit
from agent.records import entry
from buffer.journal import Journal
from buffer.records import Entry
from drivers.clock import Stamp
from tests.fresh import fresh

BOOT = "0b0e7a52-1111-4222-8333-444455556666"
UTC_NS = 1_790_000_000 * 10**9  # 2026-09-21T14:13:20Z


def haulwatch(*arguments):
    return CliRunner().invoke(agent.cli.main.haulwatch, ["events", *map(str, arguments)])


def lines(*arguments):
    done = haulwatch(*arguments)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def journal(timeline, tmp_path):
    """A truck that drives with an open load for a while; every second of the rules' time is one of UTC."""
    t = timeline()
    journal = Journal.open(fresh(tmp_path / "journal.db"), BOOT, max_bytes=20_000_000, min_free_bytes=0)
    for state, seconds in (("covered", 20), ("uncovered", 25), ("covered", 20), ("partly", 20)):
        t.run(seconds, see=state)
    records = [e for e in t.emitted() if e.stream == "event"]
    for event in records:
        mono_ns = 1000 * event.data["conditions"]["newest_usable_us"] if "conditions" in event.data else 10**9
        journal.append([entry(event, Stamp(BOOT, mono_ns, UTC_NS + mono_ns, "gnss"))])
    started = next(e for e in records if e.type == "uncovered_load.started")
    picture = Emit("media", "picture.taken", started.subject, {"camera": "bed"})
    journal.append([entry(picture, Stamp(BOOT, 1, None, "unsynced"))])
    yield journal
    journal.close()


def test_list_shows_every_event_in_order(journal):
    found = lines("list", "--path", journal.path, "--json")
    assert [e["type"] for e in found] == [
        "load.changed",
        "load.changed",
        "uncovered_load.started",
        "load.changed",
        "uncovered_load.ended",
        "load.changed",
        "partly_covered.started",
    ]
    assert found[2]["id"] == f"{journal.generation}/event/3"
    assert found[2]["severity"] == "violation"
    said = haulwatch("list", "--path", journal.path).stdout.splitlines()
    assert len(said) == 7
    assert said[2].split()[0] == "3"
    assert "uncovered_load.started" in said[2]


def test_a_switch_is_named_in_its_line(journal):
    moved = Emit("event", "switch.changed", "switch:lift", {"switch": "lift", "on": True, "was": False})
    journal.append([entry(moved, Stamp(BOOT, 1, None, "unsynced"))])
    said = haulwatch("list", "--type", "switch", "--path", journal.path).stdout
    assert said.rstrip().endswith("switch.changed  switch lift, on yes")


def test_a_zone_is_named_in_its_line(journal):
    zone = {"id": "pit", "name": "Pit", "role": "loading"}
    visit = Emit("event", "zone_visit.started", "zone_visit-pit", {"zone": zone})
    journal.append([entry(visit, Stamp(BOOT, 1, None, "unsynced"))])
    said = haulwatch("list", "--type", "zone_visit", "--path", journal.path).stdout
    assert said.rstrip().endswith("zone_visit.started  zone pit")


def test_list_is_narrowed(journal):
    for options, types in (
        (["--type", "uncovered_load"], {"uncovered_load.started", "uncovered_load.ended"}),
        (["--type", "partly_covered.started"], {"partly_covered.started"}),
        (["--severity", "violation"], {"uncovered_load.started", "uncovered_load.ended"}),
        (["--severity", "notice", "--type", "partly_covered"], {"partly_covered.started"}),
        (["--since", "2026-09-21T14:14:20Z"], {"partly_covered.started"}),
        (["--type", "trip"], set()),
    ):
        assert {e["type"] for e in lines("list", *options, "--path", journal.path, "--json")} == types


def test_explain_says_why(journal):
    said = haulwatch("explain", "3", "--path", journal.path).stdout
    for part in (
        "the load was seen uncovered while the truck moved outside the sites, for at least 10 s",
        "zone: outside",
        "the truck moved outside sites and grace zones since",
        "camera bed: believes uncovered; model m1, teaching none",
        "unusable frames since",
        "strongest empty 0.010  covered 0.010  partly 0.010  uncovered 0.970  frame 1",
        "thresholds: after_s 10, confidence 0.8",
        "smoothing: confidence 0.8",
        "settings h",
        f"see also {journal.generation}/event/5",
        "picture.taken",
    ):
        assert part in said
    assert haulwatch("explain", f"{journal.generation}/event/3", "--path", journal.path).stdout == said
    assert haulwatch("explain", "event/3", "--path", journal.path).stdout == said
    [found] = lines("explain", "3", "--path", journal.path, "--json")
    assert found["why"][0] in said
    assert [r["stream"] for r in found["related"]] == ["event", "media"]


def test_each_kind_of_event_is_explained(journal):
    for number in range(1, 8):
        done = haulwatch("explain", number, "--path", journal.path)
        assert done.exit_code == 0
        assert "camera bed" in done.stdout


def test_show_has_all_of_it(journal):
    [found] = lines("show", "2", "--path", journal.path, "--json")
    assert found["payload"]["kind"] == "cover_opened"
    assert found["intact"] is True
    said = haulwatch("show", "2", "--path", journal.path).stdout
    assert '"kind": "cover_opened"' in said
    assert "subject   load-b00t-" in said


def test_an_event_of_another_agent_is_explained_as_far_as_it_goes(journal):
    says = b'{"place":null,"views":{},"why":"it rattles"}'
    journal.append([Entry("event", "cover.broken", "s1", says, 9, None, "unsynced")])
    said = haulwatch("explain", "8", "--path", journal.path).stdout.splitlines()
    assert said[0].endswith("time unknown")
    assert said[1] == "cover.broken"
    assert "no fit position" in said
    assert "why: it rattles" in said


def test_what_is_not_there_is_told_on_stderr(journal):
    for identity, code, says in (
        ("99", 3, "no such record"),
        ("11111111-2222-4333-8444-555566667777/event/1", 3, "another life"),
        ("first", 2, "is no id"),
        ("a/b/c/1", 2, "is no id"),
    ):
        command = [sys.executable, "-m", "agent", "events", "explain", identity, "--path", str(journal.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")
        assert done.returncode == code
        assert says in done.stderr
        assert code == 2 or done.stderr.count("\n") == 1


def test_a_damaged_event_is_said_to_be_so(journal):
    with sqlite3.connect(journal.path) as db:
        db.execute("UPDATE record SET payload = ? WHERE stream = 'event' AND seq = 3", (b'{"x":1}',))
    db.close()
    [found] = [e for e in lines("list", "--path", journal.path, "--json") if e["id"].endswith("/3")]
    assert found["data"] == {"damaged": True}
    assert "damaged" in haulwatch("explain", "3", "--path", journal.path).stdout
