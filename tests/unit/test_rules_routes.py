"""Off the route, and what makes an episode of any rule about permits: its start, its end, its fixes."""

import itertools

import pytest

from tests.unit.haul_drive import NOON, Drive, m, permit, permits, road

ALONG = road(m(-1000), m(5000))
NONE = permits(permit("old", begins=NOON - 7200, ends=NOON - 60))


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
