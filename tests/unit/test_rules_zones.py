"""Forbidden zones, speed limits, long stops, and visits of zones."""

import pytest

from agent.model import Snapshot
from agent.rule_layers import Charge, Shift
from tests.unit.haul_drive import CHARGES, TUESDAY, Drive, box, hours, m, permit, permits

RING = box("ring", "forbidden", 300, 2300)


def test_a_forbidden_zone_from_its_border_to_its_border(timeline):
    drive = Drive(timeline, zones=(RING,)).go(30)
    assert drive.quiet()
    drive.go(300)
    started, ended = drive.one("forbidden_zone")
    assert started["facts"] == {"zone": {"id": "ring", "name": ""}}
    assert started["zone"] == {"state": "inside", "id": "ring", "role": "forbidden"}
    # it is surely inside 5 m after the border, and surely outside 25 m after the other
    assert started["since_us"] == pytest.approx(37e6, abs=1e6)
    assert (ended["reason"], ended["until_us"]) == ("left", pytest.approx(239e6, abs=1e6))
    assert ended["worst"]["unit"] == "s"
    visit, left = drive.one("zone_visit")
    assert visit["zone"] == {"id": "ring", "role": "forbidden", "name": ""}
    assert visit["since_us"] == started["since_us"]
    assert left["until_us"] == ended["until_us"]
    assert drive.told("zone_visit")[0][0].severity == "info"


def test_a_violation_is_pictured_at_its_start_and_end_a_notice_is_not(timeline):
    drive = Drive(timeline, zones=(RING,)).go(330).go(90, 0).go(10)
    shots = [(e.camera, e.why) for e in drive.t.effects if isinstance(e, Snapshot)]
    wanted = ["load.changed", "forbidden_zone.started", "forbidden_zone.ended"]
    assert shots == [("bed", why) for why in wanted]
    assert len(drive.told("overlong_stop")[1]) == 1


def test_along_the_border_nothing_is_decided(timeline):
    drive = Drive(timeline, zones=(RING,))
    drive.north = 197
    assert drive.go(200).quiet()
    inside = Drive(timeline, zones=(RING,)).go(60)
    inside.north = 205
    inside.go(100)
    assert inside.told("forbidden_zone")[1] == []


def test_a_corner_that_is_cut_is_no_violation(timeline):
    narrow = box("ring", "forbidden", 300, 380)
    drive = Drive(timeline, zones=(narrow,)).go(100)
    assert drive.quiet()
    assert len(drive.told("zone_visit")[0]) == 1


def test_a_zone_forbids_only_within_its_hours(timeline):
    for shifts, count in ((hours(6, 13), 0), (hours(13, 16), 1)):
        zone = box("ring", "forbidden", 300, 2300, hours=shifts, time_zone="Asia/Shanghai")
        assert len(Drive(timeline, zones=(zone,)).go(100).told("forbidden_zone")[0]) == count


def test_hours_that_end_while_inside_end_it(timeline):
    until = (Shift(TUESDAY, TUESDAY + 14 * 60 + 1),)
    zone = box("ring", "forbidden", 300, 9300, hours=until, time_zone="Asia/Shanghai")
    ended = Drive(timeline, zones=(zone,)).go(100).one("forbidden_zone")[1]
    assert (ended["reason"], ended["until_us"]) == ("not_forbidden", 60_000_000)


def test_a_zone_with_hours_accuses_nobody_without_a_clock(timeline):
    zone = box("ring", "forbidden", -100, 9000, hours=hours(6, 22), time_zone="Asia/Shanghai")
    drive = Drive(timeline)
    drive.t = timeline(limits=drive.t.settings.limits, zones=(zone,), clocks=drive.t.settings.clocks)
    drive.go(60, utc=None)
    assert drive.quiet("could_not_check")
    ((started,), _) = drive.told("could_not_check")
    assert (started.data["cause"], started.data["kinds"]) == ("clock", ["forbidden_zone"])


@pytest.mark.parametrize(("load", "count", "unchecked"), [("empty", 0, 0), ("covered", 1, 0), (None, 0, 1)])
def test_a_zone_for_loaded_trucks_alone(timeline, load, count, unchecked):
    zone = box("ring", "forbidden", -100, 9000, loaded_only=True)
    drive = Drive(timeline, zones=(zone,), load=load).go(60)
    assert len(drive.told("forbidden_zone")[0]) == count
    assert len(drive.told("could_not_check")[0]) == unchecked


def test_a_permit_lets_in(timeline):
    allowed = permits(permit(may_enter=("ring",)))
    assert Drive(timeline, zones=(RING,), permits=allowed).go(100).quiet()
    stale = permits(permit(), as_of=0)
    drive = Drive(timeline, zones=(RING,), permits=stale).go(100)
    assert drive.quiet("could_not_check")


def test_another_forbidden_zone_is_another_episode(timeline):
    drive = Drive(timeline, zones=(box("a", "forbidden", 200, 600), box("b", "forbidden", 600, 1000))).go(120)
    started, ended = drive.told("forbidden_zone")
    assert [e.data["facts"]["zone"]["id"] for e in started] == ["a", "b"]
    assert ended[0].data["until_us"] <= started[1].data["since_us"]


@pytest.mark.parametrize(
    ("place", "speed", "count"),
    [({}, 16.0, 1), ({}, 11.0, 0), ({}, 10.0, 0), ({"accuracy": 120.0}, 16.0, 0), ({"hdop": 9.0}, 16.0, 0)],
)
def test_speeding_in_a_zone(timeline, place, speed, count):
    slow = box("school", "slow", -500, 9000, limit_mps=10.0)
    drive = Drive(timeline, zones=(slow,)).go(60, speed, **place)
    assert len(drive.told("speeding")[0]) == count


def test_speeding_has_a_worst_value_and_an_end(timeline):
    slow = box("school", "slow", -500, 9000, limit_mps=10.0)
    drive = Drive(timeline, zones=(slow,)).go(4, 10).go(8, 14).go(1, 17).go(3, 14).go(6, 11).go(20, 9)
    started, ended = drive.one("speeding")
    assert started["facts"] == {"limit_mps": 10.0, "of": "zone:school"}
    assert (ended["worst"]["value"], ended["worst"]["unit"], ended["reason"]) == (17.0, "m/s", "slower")
    assert ended["worst"]["at_us"] == 19_000_000
    assert ended["until_us"] == 29_000_000
    assert drive.told("zone_visit") == ([], []), "slow zones are not told"


def test_a_limit_with_hours_accuses_nobody_without_a_clock(timeline):
    slow = box("school", "slow", -500, 9000, limit_mps=10.0, hours=hours(6, 22), time_zone="Asia/Shanghai")
    drive = Drive(timeline)
    drive.t = timeline(limits=drive.t.settings.limits, zones=(slow,), clocks=drive.t.settings.clocks)
    drive.go(60, 16, utc=None)
    assert drive.quiet("could_not_check")
    ((started,), _) = drive.told("could_not_check")
    assert (started.data["cause"], started.data["kinds"]) == ("clock", ["speeding"])


def test_a_moment_of_speed_is_none(timeline):
    slow = box("school", "slow", -500, 9000, limit_mps=10.0)
    drive = Drive(timeline, zones=(slow,))
    for _ in range(10):
        drive.go(4, 16).go(2, 9)
    assert drive.quiet()


def test_the_lowest_limit_counts_and_outside_there_is_none(timeline):
    zones = (box("a", "slow", -500, 9000, limit_mps=20.0), box("b", "risk", -500, 9000, limit_mps=10.0))
    drive = Drive(timeline, zones=zones).go(20, 16)
    assert drive.told("speeding")[0][0].data["facts"]["of"] == "zone:b"
    drive.north = 5000
    drive.go(20, 16)
    assert drive.told("speeding")[1][0].data["reason"] == "no_limit"


@pytest.mark.parametrize(
    ("limits", "load", "count"),
    [
        ((10.0,), "covered", 1),
        ((10.0,), "empty", 0),
        ((10.0, 20.0), "covered", 0),
        ((10.0, None), "covered", 0),
    ],
)
def test_the_limit_of_a_permit_is_for_hauling_and_the_most_generous_counts(timeline, limits, load, count):
    known = permits(*[permit(str(i), limit_mps=limit) for i, limit in enumerate(limits)])
    drive = Drive(timeline, permits=known, load=load).go(30, 16)
    assert len(drive.told("speeding")[0]) == count


def test_a_stop_with_a_load(timeline):
    drive = Drive(timeline).go(20).go(50, 0)
    assert drive.quiet()
    drive.go(30, 0)
    ((started,), _) = drive.told("overlong_stop")
    assert (started.severity, started.data["authority"]) == ("notice", ["城管", "公安"])
    assert started.data["worst"]["value"] == 60
    drive.go(30)
    _, ended = drive.one("overlong_stop")
    assert ended["reason"] == "drove_on"
    assert ended["worst"]["value"] == pytest.approx(79, abs=1)


def test_a_stop_empty_or_at_a_site_or_with_a_load_nobody_knows_is_no_matter(timeline):
    assert Drive(timeline, load="empty").go(20).go(200, 0).quiet()
    site = box("tip", "disposal", 100, 300)
    assert Drive(timeline, zones=(site,)).go(20).go(200, 0).quiet()
    assert Drive(timeline, load="").go(20).go(200, 0).quiet("could_not_check")


def test_a_stop_survives_a_short_gap_of_fixes_but_no_drive_in_it(timeline):
    here = Drive(timeline).go(20).go(40, 0).wait(20).go(20, 0)
    assert len(here.told("overlong_stop")[0]) == 1
    there = Drive(timeline).go(20).go(40, 0).wait(20)
    there.east += 800
    assert there.go(40, 0).quiet()


def test_a_visit_needs_time_and_ends_with_time(timeline):
    site = box("north", "loading", 200, 500)
    drive = Drive(timeline, zones=(site,)).go(24)
    assert drive.told("zone_visit")[0] == []
    drive.go(4)
    ((started,), _) = drive.told("zone_visit")
    assert started.data["zone"]["id"] == "north"
    drive.east = 515  # 15 m outside: less than leave_m
    drive.go(60, 0)
    assert drive.told("zone_visit")[1] == []
    drive.east = 600
    drive.go(9, 0)
    assert drive.told("zone_visit")[1] == []
    drive.go(3, 0)
    assert drive.one("zone_visit")[1]["reason"] == "left"


def test_visits_of_several_zones_at_once_have_their_own_names(timeline):
    zones = (box("north", "loading", -100, 300), box("hill", "risk", -100, 300))
    drive = Drive(timeline, zones=zones).go(60)
    started, ended = drive.told("zone_visit")
    assert len({e.subject for e in started}) == 2
    assert {e.subject for e in ended} == {e.subject for e in started}


def test_a_visit_that_nobody_sees_end(timeline):
    site = box("north", "loading", -100, 9000)
    drive = Drive(timeline, zones=(site,)).go(20)
    at = drive.t.now
    drive.wait(90)
    _, ended = drive.one("zone_visit")
    assert (ended["reason"], ended["until_us"]) == ("unobserved", at // 1000)


def test_unfit_fixes_decide_nothing(timeline):
    drive = Drive(timeline, zones=(RING,)).go(20)
    drive.go(60, hdop=9.0)
    assert drive.quiet()
    assert drive.told("zone_visit") == ([], [])


def test_the_table_says_how_grave_it_is_and_whose_business(timeline):
    table = CHARGES | {"forbidden_zone": Charge("critical", ("公安", "交通"))}
    drive = Drive(timeline, zones=(RING,), charges=table).go(80)
    ((started,), _) = drive.told("forbidden_zone")
    assert (started.severity, started.data["authority"]) == ("critical", ["公安", "交通"])


def test_a_shift_that_ends_ends_all(timeline):
    drive = Drive(timeline, zones=(RING,), shifts=hours(6, 14), offsets=((0, 8 * 3600),))
    assert drive.t.state.duty.on is False
    assert drive.go(200).quiet()
    shift = Shift(TUESDAY, TUESDAY + 14 * 60 + 2)
    drive = Drive(timeline, zones=(RING,), shifts=(shift,), offsets=((0, 8 * 3600),)).go(200)
    assert drive.one("forbidden_zone")[1]["reason"] == "interrupted"
    assert drive.one("zone_visit")[1]["reason"] == "interrupted"


def test_the_position_of_an_event_is_where_it_was_decided(timeline):
    drive = Drive(timeline, zones=(RING,)).go(80)
    ((started,), _) = drive.told("forbidden_zone")
    lon, lat = m(410)
    assert (started.data["place"]["lon"], started.data["place"]["lat"]) == (
        pytest.approx(lon, abs=1e-4),
        pytest.approx(lat, abs=1e-6),
    )
