"""`haulwatch trips` over a journal, and the new kinds in plain words."""

import json

import pytest
from click.testing import CliRunner

import agent.cli.main
from agent.messages.trip_events import events
from agent.records import entry
from agent.rules.explain import explain
from agent.rules.explain_trip import _REASONS, _UNCHECKED, knows
from agent.rules.trip.verdict import Reason, Unchecked
from buffer.journal import Journal
from drivers.clock import Stamp
from tests.fresh import fresh
from tests.unit.trip_drive import TripDrive

BOOT = "0b0e7a52-1111-4222-8333-444455556666"
UTC_NS = 1_790_000_000 * 10**9


def haulwatch(*arguments):
    return CliRunner().invoke(agent.cli.main.haulwatch, [*map(str, arguments)])


@pytest.fixture
def journal(timeline, tmp_path):
    """A truck that dumps by the road, in a journal."""
    drive = TripDrive(timeline, lift=False)
    drive.stand(60, see="covered").to(3000).dark()
    drive.tip(see=None).to(3500)
    journal = Journal.open(fresh(tmp_path / "journal.db"), BOOT, max_bytes=20_000_000, min_free_bytes=0)
    stamp = Stamp(BOOT, 400 * 10**9, UTC_NS, "gnss")
    journal.append([entry(e, stamp) for e in drive.t.emitted() if e.stream in ("event", "trip")])
    journal.close()
    return tmp_path / "journal.db", drive


def test_trips_are_listed_by_their_newest_version_and_suspicious_ones_are_findings(journal):
    path, drive = journal
    done = haulwatch("trips", "list", "--journal", path)
    assert done.exit_code == 1
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"{drive.trips[0].subject}  v2  ")
    assert "north → lift" in line
    assert "suspicious (unloaded_elsewhere)" in line
    (found,) = [
        json.loads(one) for one in haulwatch("trips", "list", "--journal", path, "--json").stdout.splitlines()
    ]
    assert found["data"] == drive.trip | {"severity": "notice"}
    assert found["state"] == "ended"


def test_a_day_chooses(journal):
    path, _ = journal
    assert haulwatch("trips", "list", "--journal", path, "--day", "2026-11-24").stdout
    assert not haulwatch("trips", "list", "--journal", path, "--day", "2026-11-02").stdout
    assert haulwatch("trips", "list", "--journal", path, "--day", "yesterday").exit_code == 2


def test_one_trip_is_shown_with_all_its_versions(journal):
    path, drive = journal
    name = drive.trips[0].subject
    text = haulwatch("trips", "show", name, "--journal", path).stdout
    assert "trip.started: version 1, no verdict" in text
    assert "because unloaded surely outside every disposal site" in text
    assert "by lift, stop" in text
    shown = json.loads(haulwatch("trips", "show", name, "--journal", path, "--json").stdout)
    assert [version["data"]["version"] for version in shown["versions"]] == [1, 2]
    missing = haulwatch("trips", "show", "trip-x", "--journal", path)
    assert "there is no such trip" in str(missing.exception)


def test_every_reason_and_every_kind_has_its_words(journal):
    _, drive = journal
    assert {*_REASONS} == {*Reason.__args__}
    assert {*_UNCHECKED} == {*Unchecked.__args__}
    assert all(knows(kind) for kind in events())
    (started,) = drive.told("suspicious_unloading")[0]
    text = "\n".join(explain(started.type, started.subject, started.data, 10**9))
    assert "with the lift up" in text
    assert "concerns 城管" in text
    assert f"trip {drive.trips[0].subject}" in text
