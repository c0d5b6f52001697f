"""Permits: who hauls without one, off its route, outside its hours; what cannot be checked accuses nobody."""

import msgspec
import pytest

from agent.model import Tick
from agent.rule_layers import Layer, Shift
from tests.unit.haul_drive import CLOCKS, LIMITS, NOON, TUESDAY, Drive, box, hours, m, permit, permits, road

ALONG = road(m(-1000), m(5000))
NONE = permits(permit("old", begins=NOON - 7200, ends=NOON - 60))


def test_a_valid_permit_is_no_matter(timeline):
    drive = Drive(timeline, permits=permits(permit(routes=(ALONG,), hours=hours(13, 16)))).go(200)
    assert drive.quiet()


def test_no_permit_from_the_first_metre_to_the_unloading(timeline):
    drive = Drive(timeline, permits=NONE).go(60)
    (started,), _ = drive.told("no_permit")
    assert started.severity == "violation"
    assert started.data["authority"] == ["城管"]
    assert started.data["facts"] == {"state": "expired", "permits": ["old"]}
    assert started.data["thresholds"]["after_s"] == 20
    assert started.data["rules"] == "1+x"
    assert started.data["layers"] == {"permits": "h"}
    drive.load = "empty"
    drive.go(30, 0).go(10)
    started, ended = drive.one("no_permit")
    assert ended["reason"] == "empty"
    assert ended["worst"]["unit"] == "s"
    assert 550 < ended["way_m"] < 610
    assert started["since_us"] == ended["since_us"] < ended["last_seen_us"] <= ended["until_us"]
    assert ended["fixes"]["count"] > len(ended["fixes"]["kept"]) > 8
    assert [f["at_us"] for f in ended["fixes"]["kept"]] == sorted(f["at_us"] for f in ended["fixes"]["kept"])


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ((), "none"),
        ((permit(begins=NOON + 3600),), "not_yet"),
        ((permit(ends=NOON),), "expired"),
        ((permit(trips=5, used=5),), "used_up"),
        ((permit("a", ends=NOON), permit("b", trips=5, used=5)), "used_up"),
    ],
)
def test_why_there_is_none(timeline, known, state):
    drive = Drive(timeline, permits=permits(*known)).go(40)
    ((started,), _) = drive.told("no_permit")
    assert started.data["facts"]["state"] == state


def test_a_permit_that_expires_on_the_way(timeline):
    drive = Drive(timeline, permits=permits(permit(ends=NOON + 100))).go(90)
    assert drive.quiet()
    drive.go(60)
    ((started,), _) = drive.told("no_permit")
    assert 99e6 <= started.data["since_us"] <= 102e6


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (permits(as_of=NOON - 4 * 86_400), "stale"),
        (permits(as_of=NOON + 2 * 86_400), "dates"),
        (permits(begins=NOON + 600, ends=NOON + 1200), "dates"),
        (permits(begins=NOON - 600, ends=NOON), "dates"),
    ],
)
def test_a_list_that_is_stale_or_of_other_dates_accuses_nobody(timeline, known, why):
    drive = Drive(timeline, permits=known).go(120)
    assert drive.quiet("could_not_check")
    ((started,), _) = drive.told("could_not_check")
    assert started.stream == "coverage"
    assert started.severity == "notice"
    assert (started.data["cause"], started.data["detail"]) == ("permits", {"permits": why})
    assert started.data["kinds"] == ["no_permit", "off_route", "outside_hours"]


def test_a_list_that_cannot_be_read_accuses_nobody_until_it_can(timeline):
    missing = {"permits": Layer(None, 0, "cannot be read", file=True)}
    drive = Drive(timeline, layers=missing).go(60)
    ((started,), _) = drive.told("could_not_check")
    assert started.data["detail"] == {"permits": "missing"}
    later = msgspec.structs.replace(
        drive.t.settings, mono_ns=drive.t.now, permits=permits(permit()), layers={}, hash="h2"
    )
    drive.t.feed(later)
    drive.go(5)
    started, ended = drive.one("could_not_check")
    assert ended["reason"] == "over"
    assert ended["settings"] == "h2"
    assert drive.quiet("could_not_check")


def test_without_a_trusted_clock_nothing_is_said_of_permits(timeline):
    drive = Drive(timeline, permits=NONE)
    drive.t = timeline(
        limits=drive.t.settings.limits, permits=NONE, zones=(), clocks=CLOCKS, change_after_s=2.0
    )
    for _ in range(12):
        drive.go(10, utc=None)
    assert drive.quiet("could_not_check")
    ((started,), _) = drive.told("could_not_check")
    assert (started.data["cause"], started.data["detail"]) == ("clock", {"permits": "clock"})


def test_who_does_not_know_the_load_accuses_nobody(timeline):
    drive = Drive(timeline, permits=NONE, load=None).go(120)
    assert drive.quiet("could_not_check")
    ((started,), _) = drive.told("could_not_check")
    assert started.data["cause"] == "load"


def test_an_empty_truck_needs_no_permit_and_one_at_a_site_none_yet(timeline):
    assert Drive(timeline, permits=NONE, load="empty").go(120).quiet()
    site = box("north", "loading", -500, 5000)
    assert Drive(timeline, permits=NONE, zones=(site,)).go(120).quiet()


def test_where_permits_are_not_configured_nothing_is_said(timeline):
    assert Drive(timeline).go(200).quiet()


def test_a_load_is_remembered_while_no_camera_sees_it(timeline):
    drive = Drive(timeline, permits=NONE)
    drive.load = None
    drive.go(60)
    assert len(drive.told("no_permit")[0]) == 1


def test_a_load_is_not_remembered_for_ever(timeline):
    brief = msgspec.structs.replace(LIMITS, load_memory_s=25.0, no_permit_s=40.0)
    drive = Drive(timeline, permits=NONE, limits=brief)
    drive.load = None
    drive.go(120)
    assert drive.quiet("could_not_check")
    assert drive.told("could_not_check")[0][0].data["cause"] == "load"


def test_a_newer_word_that_contradicts_the_load_keeps_from_accusing(timeline):
    drive = Drive(timeline, permits=NONE).go(10)
    slow = msgspec.structs.replace(drive.t.settings, mono_ns=drive.t.now, change_after_s=300.0)
    drive.t.feed(slow)
    drive.load = "empty"
    drive.go(60)
    assert drive.t.state.load.lasting == "covered"
    assert drive.told("no_permit")[0] == []


def test_outside_hours(timeline):
    drive = Drive(timeline, permits=permits(permit(hours=hours(6, 13)))).go(60)
    ((started,), _) = drive.told("outside_hours")
    assert started.data["worst"] == {"value": 3600.0, "unit": "s", "at_us": 7_000_000}
    drive.load = "empty"
    drive.go(20, 0).go(20)
    assert drive.one("outside_hours")[1]["reason"] == "empty"


def test_hours_that_begin_on_the_way(timeline):
    late = permit(hours=(Shift(TUESDAY + 14 * 60 + 1, TUESDAY + 20 * 60),))
    drive = Drive(timeline, permits=permits(late)).go(100)
    ended = drive.one("outside_hours")[1]
    assert (ended["reason"], ended["until_us"]) == ("hours", 60_000_000)


def test_two_permits_allow_what_either_allows(timeline):
    both = permits(permit(hours=hours(6, 13)), permit("q", hours=hours(13, 16)))
    assert Drive(timeline, permits=both).go(120).quiet()


def test_a_traffic_light_does_not_begin_the_waiting_anew(timeline):
    """With one every two minutes, hauling without a permit was never told."""
    drive = Drive(timeline, permits=permits())
    for _ in range(3):
        drive.go(12).go(15, speed=0.0)
    (started,), _ = drive.told("no_permit")
    assert started.data["since_us"] // 1_000_000 == 7


def test_standing_itself_is_no_hauling(timeline):
    drive = Drive(timeline, permits=permits()).go(12).go(50, speed=0.0).go(5)
    assert drive.told("no_permit") == ([], [])
    drive.go(5)
    assert len(drive.told("no_permit")[0]) == 1


def test_after_a_long_stop_the_waiting_begins_anew(timeline):
    limits = msgspec.structs.replace(LIMITS, unobserved_s=60, stop_s=6000)
    drive = Drive(timeline, permits=permits(), limits=limits).go(15).go(70, speed=0.0).go(10)
    assert drive.told("no_permit") == ([], [])


def speechless(drive, steps):
    """A fix each second, without a speed; the truck goes on by these metres."""
    for step in steps:
        drive.t.at += 1
        drive.east += step
        drive.t.fix(None, at=m(drive.east))
        drive.t.see("covered")
        drive.t.feed(Tick(drive.t.now))
    return drive


def test_without_a_speed_the_way_says_that_it_hauls(timeline):
    """A deceiver that holds the speed at zero leaves the position: no rule is silenced by it."""
    drive = speechless(Drive(timeline, permits=permits()), [12.0] * 60)
    assert len(drive.told("no_permit")[0]) == 1


def test_a_position_that_wanders_without_a_speed_does_not_haul(timeline):
    drive = speechless(Drive(timeline, permits=permits()), (9, -12, 8, -7, 11, -9) * 20)
    assert drive.quiet("overlong_stop")
    assert len(drive.told("overlong_stop")[0]) == 1


def test_without_a_speed_a_truck_that_stops_is_parked(timeline):
    drive = speechless(Drive(timeline, permits=permits(permit()), parked_after_s=30.0), [12.0] * 30)
    assert drive.t.state.motion.moving
    speechless(drive, [0.0] * 60)
    assert drive.t.state.motion.parked
    assert not drive.t.state.motion.moving
