"""The world of a scenario: how it moves, what changes, and what is true in it."""

import math
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim.scenario.facts import Least
from drivers.sim.scenario.plan import Scenario
from drivers.sim.scenario.road import Road, drive, inside, outside_m
from drivers.sim.scenario.truth import truth
from drivers.sim.scenario.world import World
from tests.samples import samples

HEAD = """
says = "s"
begins = 2026-11-24T09:00:00+08:00
origin = [31.0, 121.0]
{more}
[roads]
out = [[0, 0], [3000, 0]]
"""
PIT = '[[zones]]\nid = "pit"\nrole = "loading"\nring = [[-100, -100], [100, 100]]\n'
PERMIT = """
[[permits]]
id = "p"
from = 2026-11-01T00:00:00+08:00
to = {to}
hours = ["{hours}"]
roads = ["out"]
"""
LOADED = "loaded = true\nexposed = {exposed}\nchange_s = 0.1\n"


def world(steps, *, more="", rest="", seed=0):
    return World(Scenario.read(HEAD.format(more=more) + rest + steps), seed)


def stand(seconds=60, name="", **bed):
    lines = [f"{key} = {str(value).lower()}" for key, value in bed.items()]
    return "\n".join(["[[steps]]", f'name = "{name}"' if name else "", f"seconds = {seconds}", *lines, ""])


def haul(name="haul", speed=10, **more):
    lines = [f"{key} = {str(value).lower()}" for key, value in more.items()]
    return "\n".join(["[[steps]]", f'name = "{name}"', 'road = "out"', f"speed = {speed}", *lines, ""])


def happens(kind, step="haul", **more):
    lines = [f"{key} = {value}" for key, value in more.items()]
    return "\n".join(["[[happens]]", f'kind = "{kind}"', f'step = "{step}"', *lines, ""])


def told(of, *kinds):
    return [fact for fact in truth(of, Least()) if fact.kind in kinds]


@settings(deadline=None, max_examples=samples(50))
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=6, unique=True),
    st.floats(2, 20),
    st.integers(0, 4),
    st.integers(0, 99),
)
def test_a_truck_drives_a_road_to_its_end_and_leaps_nowhere(corners, cruise, waits, seed):
    road = Road([(100.0 * x, 100.0 * y) for x, y in corners])
    rows = drive(road, cruise, waits, Random(seed))
    assert rows[0] == (0.0, 0.0)
    assert rows[-1][1] == 0.0
    assert rows[-1][0] == pytest.approx(road.length, abs=1.5)
    for (way, speed), (later, faster) in pairwise(rows):
        assert 0 <= later - way <= cruise * 2
        assert -3 <= faster - speed <= 0.61
    assert max(speed for _, speed in rows) < cruise * 1.9


def test_distances_to_a_polygon():
    ring = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    assert inside((5, 5), ring)
    assert not inside((11, 5), ring)
    assert outside_m((13, 5), ring) == pytest.approx(3)
    assert outside_m((5, 4), ring) == pytest.approx(-4)


def test_the_same_seed_is_the_same_world_and_another_is_another():
    steps = "[[steps]]\nseconds = [10, 500]\n" + haul(speed=[8, 14], waits=[0, 3])
    assert [world(steps).pose(t) for t in range(99)] == [world(steps).pose(t) for t in range(99)]
    assert world(steps).seconds != world(steps, seed=1).seconds


def test_it_moves_evenly_between_seconds():
    of = world(stand(5) + haul())
    here, between, there = (of.pose(t) for t in (60, 60.5, 61))
    assert between.lon == pytest.approx((here.lon + there.lon) / 2)
    assert math.isclose(here.course, 90)


def test_a_bed_fills_is_covered_and_is_emptied():
    of = world(
        stand(60)
        + stand(60, loaded=True, change_s=40)
        + stand(60, exposed=0.0, change_s=20)
        + stand(60, loaded=False, change_s=20)
    )
    states = [of.now(t).bed.state for t in (59, 70, 81, 125, 130, 139, 141, 185, 191)]
    assert states == [
        "empty", "empty", "uncovered", "uncovered", "uncovered", "partly", "covered", "covered", "empty",
    ]  # fmt: skip
    changes = [(f.about, f.begin) for f in told(of, "load.changed")]
    assert changes == [("became_loaded", 60), ("cover_closed", 120), ("became_empty", 180)]


def test_an_open_load_counts_from_the_site_to_a_long_stop():
    of = world(stand(60) + stand(60, loaded=True, change_s=10) + haul(waits=0) + stand(200), rest=PIT)
    (fact,) = told(of, "uncovered_load")
    assert fact.must
    assert 198 < of.now(fact.begin).place[0] < 215
    last = max(t for t in range(of.seconds) if of.now(t).pose.speed > 0.8)
    assert fact.end == last + 1


def test_a_load_that_is_open_for_a_moment_need_not_be_told():
    of = world(
        stand(30, loaded=True, exposed=0.0)
        + haul()
        + stand(25, exposed=0.9, change_s=1)
        + stand(100, exposed=0.0, change_s=1)
    )
    assert told(of, "uncovered_load") == []


def test_partly_is_no_uncovered():
    of = world(stand(30, loaded=True, exposed=0.2) + haul())
    (fact,) = told(of, "partly_covered", "uncovered_load")
    assert fact.kind == "partly_covered"
    assert fact.must


def test_permits_end_and_hours_are_of_the_place():
    steps = stand(30, loaded=True, exposed=0.0) + haul()
    noon = PERMIT.format(to="2026-11-24T09:01:00+08:00", hours="06:00-22:00")
    (fact,) = told(world(steps, rest=noon), "no_permit", "outside_hours", "off_route")
    assert (fact.kind, fact.begin) == ("no_permit", 60)
    night = PERMIT.format(to="2027-01-01T00:00:00+08:00", hours="22:00-05:00")
    (fact,) = told(world(steps, rest=night), "no_permit", "outside_hours", "off_route")
    assert fact.kind == "outside_hours"
    fine = PERMIT.format(to="2027-01-01T00:00:00+08:00", hours="22:00-09:30")
    assert told(world(steps, rest=fine), "no_permit", "outside_hours", "off_route") == []


def test_who_knows_of_no_permits_needs_none():
    steps = stand(30, loaded=True, exposed=0.0) + haul()
    assert told(world(steps), "no_permit") == []
    assert told(world(steps, more="permits = []"), "no_permit")[0].must


def test_pulled_power_makes_two_boots_and_is_a_deed_only_under_way():
    of = world(stand(30) + haul() + stand(60, name="end") + happens("power", after=100, until='"end"'))
    (first, second), (span,) = of.boots(), of.of("power")
    assert first == (0, span.begin)
    assert second[0] >= span.end
    assert second[1] == of.seconds
    assert [fact.must for fact in told(of, "unit_tamper")] == [True]
    still = world(stand(300, name="haul") + happens("power", after=50, seconds=60))
    assert [fact.must for fact in told(still, "unit_tamper")] == [False]


def test_a_load_tipped_beside_the_sites_is_suspicious():
    of = world(stand(60) + stand(60, loaded=True) + haul() + stand(60, loaded=False) + stand(60), rest=PIT)
    assert [fact.must for fact in told(of, "suspicious_unloading")] == [True]
    assert told(of, "suspicious_loading") == []
    assert [fact.about for fact in told(of, "trip")] == ["suspicious"]


def test_a_taped_switch_lies():
    of = world(
        stand(30, name="a", loaded=True, exposed=1.0)
        + haul()
        + happens("switch.cover", step="a", given="{ says = true }")
    )
    assert of.switch("cover", 100) is True
    assert [fact.must for fact in told(of, "sensor_conflict")] == [True]


def test_a_broken_switch_may_be_told_of():
    of = world(
        stand(30, name="a", loaded=True, exposed=0.0)
        + haul()
        + happens("switch.cover", step="a", given="{ says = false }")
    )
    assert [fact.must for fact in told(of, "sensor_conflict")] == [False]


def test_each_line_is_cut_by_itself():
    more = 'sinks = ["city", "owner"]'
    of = world(
        stand(30) + haul() + happens("link", after=50, seconds=200, given='{ sink = "owner" }'), more=more
    )
    (fact,) = told(of, "gap")
    assert (fact.about, fact.must) == ("link:owner", True)
    assert of.linked("city", fact.begin + 1)
    assert not of.linked("owner", fact.begin + 1)
