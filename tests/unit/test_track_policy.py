"""The adaptive track policy: what is left out lies within its bound, whatever drives."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.uplink.pace import Pace
from agent.uplink.track.sieve import Limits, Sieve
from buffer.thinning import GAP_S, Point
from drivers.geodesy import apart_m
from tests.samples import samples

SECOND = 1_000_000_000
LIMITS = Limits()


def sifted(drive: list[tuple[Point, float | None, bool]]) -> tuple[list[int], list[int]]:
    """The places of fixes that go, and for each how many fixes later that was known."""
    sieve, gone, late = Sieve(LIMITS), [], []
    for at, (point, speed, event) in enumerate(drive):
        before, now = sieve.push(point, speed, event=event)
        for place, go in ((at - 1, before), (at, now)):
            if go:
                assert not gone or gone[-1] < place, "each once"
                gone.append(place)
                late.append(at - place)
    if sieve.flush():
        gone.append(len(drive) - 1)
        late.append(0)
    return gone, late


def error_m(points: list[Point], gone: list[int]) -> float:
    worst = 0.0
    for first, last in pairwise(gone):
        a, b = points[first], points[last]
        for p in points[first + 1 : last]:
            if a.placed and b.placed and p.placed:
                share = (p.mono_ns - a.mono_ns) / (b.mono_ns - a.mono_ns)
                way = (a.lat + share * (b.lat - a.lat), a.lon + share * (b.lon - a.lon))
                worst = max(worst, apart_m(way, (p.lat, p.lon)))
    return worst


@st.composite
def drives(draw: st.DrawFn) -> list[tuple[Point, float | None, bool]]:
    lat, lon, mono, found = 31.2, 121.4, 0, []
    for seq in range(1, draw(st.integers(2, 120))):
        mono += round(draw(st.sampled_from([1.0] * 12 + [0.2, 1.03, 4.0, 60.0])) * SECOND)
        step = draw(st.sampled_from([0.0, 0.5, 8.0, 40.0]))
        turn = draw(st.floats(0, 6.28))
        lat, lon = lat + step * math.cos(turn) / 111_000, lon + step * math.sin(turn) / 95_000
        there = draw(st.integers(0, 30)) > 0
        point = Point(seq, mono, "3d" if there else "none", lat if there else None, lon if there else None)
        speed = draw(st.sampled_from([None, 0.0, 0.5, 10.0]))
        found.append((point, speed, draw(st.integers(0, 30)) == 0))
    return found


@given(drives())
@settings(max_examples=samples(150), deadline=None)
def test_what_is_left_out_lies_within_the_bound(drive: list[tuple[Point, float | None, bool]]) -> None:
    points = [point for point, *_ in drive]
    gone, late = sifted(drive)
    assert (gone[0], gone[-1]) == (0, len(points) - 1)
    assert error_m(points, gone) <= LIMITS.error_m * 1.006
    assert all(n <= 1 for n in late)
    for a, b in pairwise(gone):
        assert points[b].mono_ns - points[a].mono_ns <= (LIMITS.parked_s + GAP_S) * SECOND or b == a + 1
        assert b - a <= LIMITS.most + 1


@given(drives())
@settings(deadline=None)
def test_both_neighbours_of_an_event_of_a_gap_and_of_a_change_go(
    drive: list[tuple[Point, float | None, bool]],
) -> None:
    gone = set(sifted(drive)[0])
    for at, ((a, *_), (b, _, event)) in enumerate(pairwise(drive)):
        if event or a.kind != b.kind or b.mono_ns - a.mono_ns > GAP_S * SECOND:
            assert {at, at + 1} <= gone


def run(count: int, speed: float, noise: float = 0.5, turn: float = 0.0) -> list[tuple[Point, float, bool]]:
    rng, lat, lon, heading, found = random.Random(2), 31.2, 121.4, 0.5, []
    for n in range(count):
        heading += turn
        lat += speed * math.cos(heading) / 111_320
        lon += speed * math.sin(heading) / 95_200
        there = lat + rng.gauss(0, noise) / 111_320, lon + rng.gauss(0, noise) / 95_200
        found.append((Point(n + 1, n * SECOND, "3d", *there), speed, False))
    return found


@pytest.mark.parametrize(("drive", "seconds"), [(run(601, 0.0), 60), (run(601, 15.0), 30)])
def test_standing_needs_one_in_a_minute_and_going_straight_one_in_half_of_it(drive, seconds) -> None:
    assert sifted(drive)[0] == list(range(0, 601, seconds))


def test_a_bend_needs_more() -> None:
    assert len(sifted(run(601, 12.0, turn=0.05))[0]) > 40


def test_the_live_pace() -> None:
    pace = Pace(5.0, 60.0)
    moving = [n for n in range(20) if pace.due(n * SECOND + (n % 2) * 10**8, moving=True)]
    assert moving == [0, 5, 10, 15]
    pace.reset()
    assert [n for n in range(130) if pace.due(n * SECOND, moving=False)] == [0, 60, 120]
    assert pace.due(131 * SECOND, moving=True), "it goes again"
    each = Pace(0.0, 60.0)
    assert all(each.due(n, moving=bool(n % 2)) for n in range(10))
