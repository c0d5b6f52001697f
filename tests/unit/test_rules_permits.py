"""Permits: who hauls without one, off its route, outside its hours; what cannot be checked accuses nobody."""

import itertools

import msgspec
import pytest

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


def test_off_route_and_back(timeline):
    drive = Drive(timeline, permits=permits(permit(routes=(ALONG,)))).go(30)
    drive.north = 300
    drive.go(60)
    ((started,), _) = drive.told("off_route")
    assert started.data["worst"]["value"] == pytest.approx(280, abs=1)
    assert started.data["facts"]["nearest"] == {"permit": "p", "route": "r"}
    assert started.data["thresholds"] == {"after_s": 20, "after_m": 100, "error_m": 5.0}
    drive.north = 10
    drive.go(20)
    _, ended = drive.one("off_route")
    assert ended["reason"] == "route"
    assert ended["until_us"] == pytest.approx(97e6, abs=1.1e6)
    assert drive.quiet("off_route")


def test_a_way_round_that_is_short_is_none(timeline):
    drive = Drive(timeline, permits=permits(permit(routes=(ALONG,))))
    for north in (300, 0, 300, 0):
        drive.north = north
        drive.go(15)
    drive.north = 300
    drive.go(60, 1.0)  # long, but no way to speak of
    assert drive.quiet()


def test_a_position_at_the_corridors_edge_is_not_off_it(timeline):
    drive = Drive(timeline, permits=permits(permit(routes=(ALONG,))))
    drive.north = 24  # 4 m outside, with an error of 5 m
    assert drive.go(120).quiet()
    drive.north = 50
    assert drive.go(120, accuracy=20.0).quiet()


def test_an_open_episode_goes_on_at_the_corridors_edge(timeline):
    drive = Drive(timeline, permits=permits(permit(routes=(ALONG,))))
    drive.north = 100
    drive.go(60)
    drive.north = 24
    drive.go(60)
    assert drive.told("off_route")[1] == []


def test_a_moment_in_order_ends_nothing(timeline):
    drive = Drive(timeline, permits=permits(permit(routes=(ALONG,))))
    drive.north = 300
    drive.go(60)
    for _ in range(5):
        drive.north = 0
        drive.go(4)
        drive.north = 300
        drive.go(4)
    started, ended = drive.told("off_route")
    assert (len(started), ended) == (1, [])


def test_the_fixes_of_a_long_episode_are_few_and_evenly_spread(timeline):
    drive = Drive(timeline, permits=NONE).go(500)
    drive.load = "empty"
    drive.go(30, 0).go(5)
    _, ended = drive.one("no_permit")
    at = [fix["at_us"] for fix in ended["fixes"]["kept"]]
    gaps = [b - a for a, b in itertools.pairwise(at)]
    assert 9 <= len(at) <= 17
    assert (at[0], at[-1]) == (ended["since_us"], ended["last_seen_us"])
    assert len({*gaps[:-1]}) == 1
    assert gaps[-1] <= gaps[0]


def test_what_could_not_be_checked_is_so_until_somebody_asks_again(timeline):
    drive = Drive(timeline, permits=permits(as_of=NOON - 4 * 86_400)).go(60).go(200, 0).go(60)
    assert len(drive.told("could_not_check")[0]) == 1
    assert drive.told("could_not_check")[1] == []
    drive.load = "empty"
    drive.go(20, 0).go(20)
    assert drive.one("could_not_check")[1]["reason"] == "over"


def test_unfit_fixes_are_not_counted(timeline):
    drive = Drive(timeline, permits=NONE).go(10)
    for _ in range(10):
        drive.go(2).go(1, hdop=9.0)
    ((started,), _) = drive.told("no_permit")
    first, last = started.data["since_us"] / 1e6, started.data["last_seen_us"] / 1e6
    unfit = sum(17 + 3 * i + 2 <= last for i in range(10))
    assert started.data["fixes"]["count"] == last - first + 1 - unfit


def test_any_corridor_of_any_valid_permit_will_do(timeline):
    other = permit("q", routes=(road(m(-1000, 300), m(5000, 300)),))
    drive = Drive(timeline, permits=permits(permit(routes=(ALONG,)), other))
    drive.north = 300
    assert drive.go(120).quiet()
    free = Drive(timeline, permits=permits(permit(routes=(ALONG,)), permit("q")))
    free.north = 300
    assert free.go(120).quiet()


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


def test_standing_off_the_route_neither_starts_nor_ends_anything(timeline):
    drive = Drive(timeline, permits=permits(permit(routes=(ALONG,))))
    drive.north = 300
    drive.go(10).go(300, 0)
    assert drive.told("off_route")[0] == []
    drive.go(40).go(100, 0)
    assert drive.told("off_route")[1] == []


def test_what_nobody_sees_any_more_ends_where_it_was_last_seen(timeline):
    drive = Drive(timeline, permits=NONE).go(60)
    at = drive.t.now
    drive.wait(90)
    _, ended = drive.one("no_permit")
    assert (ended["reason"], ended["until_us"]) == ("unobserved", at // 1000)


def test_a_gap_of_fixes_begins_the_waiting_anew(timeline):
    drive = Drive(timeline, permits=NONE).go(18).wait(10).go(15)
    assert drive.told("no_permit")[0] == []
    assert len(drive.go(10).told("no_permit")[0]) == 1


def test_a_short_absence_of_the_agent_goes_on_a_boot_ends_it(timeline):
    drive = Drive(timeline, permits=NONE).go(60)
    drive.t.at += 10
    drive.t.start(first=False, new_boot=False, last_mono_ns=drive.t.now)
    drive.load = "covered"
    drive.go(30)
    assert len(drive.told("no_permit")[0]) == 1
    assert drive.told("no_permit")[1] == []
    drive.t.start(first=False, new_boot=True)
    _, ended = drive.one("no_permit")
    assert (ended["reason"], ended["boot"]) == ("interrupted", "b00t")
