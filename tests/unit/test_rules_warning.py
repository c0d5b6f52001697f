"""The warning in the cab: given when a violation's conditions hold, reported only after the grace."""

import pytest

from agent.model import Warn, WarningDelivered
from tests.unit.haul_drive import Drive, box


def moments(drive, kind):
    return [round(e.data["since_us"] / 1e6) for e in drive.emitted(kind)]


def warned(drive):
    return [e for e in drive.effects if isinstance(e, Warn)]


def first_at(drive, kind, seconds, see):
    """The second of the timeline in which the first record of a kind is written."""
    for _ in range(seconds):
        drive.run(1, see=see)
        if drive.emitted(kind):
            return drive.at
    return None


def test_an_open_load_is_warned_of_then_reported(timeline):
    without = first_at(timeline(), "uncovered_load.started", 60, "uncovered")
    drive = timeline(graces={"uncovered_load": 7.0})
    assert first_at(drive, "warning.given", 60, "uncovered") == without, "when it was reported before"
    assert first_at(drive, "uncovered_load.started", 60, "uncovered") == without + 7
    (warning,), (event,) = drive.emitted("warning.given"), drive.emitted("uncovered_load.started")
    assert warning.subject == event.subject
    assert warning.data["since_us"] == event.data["since_us"], "the violation is dated where it began"
    assert (warning.data["kind"], warning.data["grace_s"]) == ("uncovered_load", 7.0)
    assert warned(drive) == [Warn("uncovered_load", event.subject, 7.0)]


def test_who_closes_the_cover_in_the_grace_is_not_reported(timeline):
    drive = timeline(graces={"uncovered_load": 15.0})
    first_at(drive, "warning.given", 60, "uncovered")
    drive.run(60, see="covered")
    assert len(warned(drive)) == 1
    assert not drive.emitted("uncovered_load.started")
    drive.run(60, see="uncovered")
    assert len(warned(drive)) == 2, "another time is another warning"
    assert len(drive.emitted("uncovered_load.started")) == 1


def test_without_a_grace_the_report_comes_with_the_warning(timeline):
    drive = timeline(graces={"uncovered_load": 0.0})
    at = first_at(drive, "warning.given", 60, "uncovered")
    assert at == first_at(timeline(), "uncovered_load.started", 60, "uncovered")
    assert drive.emitted("uncovered_load.started")


def test_hauling_is_warned_of_too(timeline):
    zones = (box("f", "forbidden", 0, 5000),)
    plain, kind = Drive(timeline, zones=zones), Drive(timeline, zones=zones, graces={"forbidden_zone": 8.0})
    for drive in (plain, kind):
        drive.go(12)
    assert plain.told("forbidden_zone")[0]
    assert not kind.told("forbidden_zone")[0]
    assert len(warned(kind.t)) == 1
    kind.go(8)
    (started,), _ = kind.told("forbidden_zone")
    assert started.subject == warned(kind.t)[0].subject
    assert started.data["since_us"] == plain.told("forbidden_zone")[0][0].data["since_us"]
    assert len(warned(kind.t)) == 1


def test_who_leaves_in_the_grace_is_not_reported(timeline):
    drive = Drive(timeline, zones=(box("f", "forbidden", 0, 160),), graces={"forbidden_zone": 20.0})
    drive.go(60)
    assert len(warned(drive.t)) == 1
    assert drive.told("forbidden_zone") == ([], [])


@pytest.mark.parametrize("ok", [True, False])
def test_what_became_of_it_is_recorded(timeline, ok):
    drive = timeline()
    why = None if ok else "x"
    drive.feed(WarningDelivered(drive.now, "speeding", "speeding-b-1", "sound", ok, 1.23, why))
    told = drive.last("warning.delivered")
    assert (told.stream, told.subject, told.data["seconds"]) == ("health", "speeding-b-1", 1.2)
    assert told.severity == ("info" if ok else "notice")
