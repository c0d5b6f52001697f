"""What thinning leaves out lies within the bound it states, measured another way."""

import math
import random
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.track_points import point, sight
from buffer.records import Record
from buffer.retention import BOUNDS_M
from buffer.thinning import GAP_S, Point, kept
from drivers.geodesy import apart_m
from tests.samples import samples

SECOND = 1_000_000_000
SPHERE = 1.006  # geodesy's sphere is so much off at most, and thinning's own measure is never too short


def error_m(points: list[Point], stay: list[int]) -> float:
    """The largest great-circle distance of a fix from the interpolation of its neighbours that stay."""
    worst = 0.0
    for first, last in pairwise(stay):
        a, b = points[first], points[last]
        for p in points[first + 1 : last]:
            if a.kind == b.kind and a.placed and b.placed and p.placed:
                times = [q.mono_ns if q.utc_ms is None else q.utc_ms * 1e6 for q in (a, p, b)]
                share = (times[1] - times[0]) / (times[2] - times[0])
                east = (b.lon - a.lon + 180) % 360 - 180
                where = (a.lat + share * (b.lat - a.lat), a.lon + share * east)
                worst = max(worst, apart_m(where, (p.lat, p.lon)))
    return worst


@st.composite
def walks(draw: st.DrawFn) -> list[Point]:
    """Fixes of a vehicle that may jump, stop, lose its position, have gaps and other modes."""
    lat, lon = draw(st.sampled_from([(31.2, 121.4), (0.0, 180.0), (-66.0, -179.9999), (60.0, 0.0)]))
    own_time = draw(st.booleans())
    points, mono, seq = [], draw(st.integers(0, 10**15)), draw(st.integers(1, 10**6))
    for _ in range(draw(st.integers(1, 60))):
        wait = draw(st.sampled_from([0.2, 1.0, 1.0, 1.0, 1.02, 4.9, 30.0]))
        mono += round(wait * SECOND)
        seq += 1
        lat += draw(st.floats(-40, 40)) / 111_000
        lon = (lon + draw(st.floats(-40, 40)) / 111_000 + 180) % 360 - 180
        there = draw(st.integers(0, 19)) > 0
        kind = draw(st.sampled_from(["3d"] * 9 + ["2d hdop"])) if there else "none no_position"
        utc = mono // 1_000_000 + 10**12 if own_time else None
        points.append(Point(seq, mono, kind, lat if there else None, lon if there else None, utc))
    return points


@given(walks(), st.sampled_from(BOUNDS_M))
@settings(max_examples=samples(300), deadline=None)
def test_every_fix_left_out_lies_within_the_bound(points: list[Point], bound: int) -> None:
    stay = kept(points, bound)
    assert stay == sorted(set(stay))
    assert (stay[0], stay[-1]) == (0, len(points) - 1)
    assert error_m(points, stay) <= bound * SPHERE + 1e-6


@given(walks())
@settings(max_examples=samples(200), deadline=None)
def test_the_stages_together_keep_the_bound_of_the_last(points: list[Point]) -> None:
    left, was = list(range(len(points))), 0
    for bound in BOUNDS_M:
        left = [left[place] for place in kept([points[n] for n in left], bound - was)]
        assert error_m(points, left) <= bound * SPHERE + 1e-6
        was = bound


@given(walks(), st.sampled_from(BOUNDS_M))
@settings(deadline=None)
def test_both_sides_of_gaps_and_changes_stay(points: list[Point], bound: int) -> None:
    stay = kept(points, bound)
    for at, (a, b) in enumerate(pairwise(points)):
        if a.kind != b.kind or b.mono_ns - a.mono_ns > GAP_S * SECOND:
            assert {at, at + 1} <= set(stay)


def test_without_a_position_only_the_ends_of_a_stretch_stay() -> None:
    points = [Point(n, n * SECOND, "none no_position") for n in range(1, 100)]
    assert kept(points, 5) == [0, 98]
    assert kept(points[:1], 5) == [0]
    assert kept([], 5) == []


def test_a_gap_is_still_one_when_its_sides_were_thinned() -> None:
    before = [Point(n, n * SECOND, "3d", 31.0, 121.0) for n in range(1, 301)]
    after = [Point(n, (n + 60) * SECOND, "3d", 31.0, 121.0) for n in range(301, 601)]
    points = before + after
    once = kept(points, 5)
    assert once == [0, 299, 300, 599]
    assert kept([points[n] for n in once], 15) == [0, 1, 2, 3]


def city(count: int, rng: random.Random) -> list[Point]:
    """A truck in traffic: speeds, turns, stops, and a receiver's noise."""
    lat, lon, speed, wanted, heading, turn, points = 31.2, 121.4, 0.0, 12.0, 40.0, 0.0, []
    for n in range(1, count + 1):
        if rng.random() < 0.03:
            wanted, turn = rng.choice((0, 6, 10, 14, 17)), rng.choice((0, 0, -9, 9, 3, -3))
        speed = max(0.0, speed + max(-1.3, min(0.7, wanted - speed)))
        heading += turn * (speed > 1)
        lat += speed * math.cos(math.radians(heading)) / 111_320 + rng.gauss(0, 1e-6)
        lon += speed * math.sin(math.radians(heading)) / 95_200 + rng.gauss(0, 1e-6)
        points.append(Point(n, n * SECOND, "3d", lat, lon))
    return points


def test_a_drive_in_a_city_needs_few_of_its_fixes() -> None:
    points = city(3600, random.Random(3))
    shares = [len(kept(points, bound)) / len(points) for bound in BOUNDS_M]
    assert shares[0] < 0.35
    assert shares == sorted(shares, reverse=True)
    assert shares[2] < 0.12


def record(payload: bytes) -> Record:
    return Record("track", "fix", "unit", payload, 90 * SECOND, None, "gnss", seq=7, boot="b", crc=0)


def test_a_journalled_fix_as_a_point() -> None:
    said = {"utc": "2026-03-01T06:00:00.500Z", "mode": "3d", "lat": 31.5, "lon": 121.5, "speed": 4.5}
    assert sight(record(msgspec.json.encode(said))) == (
        Point(7, 90 * SECOND, "3d", 31.5, 121.5, 1_772_344_800_500),
        4.5,
    )
    doubted = point(record(msgspec.json.encode(said | {"unfit": ["hdop"]})))
    assert doubted.kind == "3d hdop"


@pytest.mark.parametrize("payload", [b"", b"[]", b'{"lat":"x"}'])
def test_what_is_not_understood_is_never_left_out(payload: bytes) -> None:
    strange = point(record(payload))
    usual = [Point(n, n * SECOND, "3d", 31.0, 121.0) for n in range(1, 20)]
    assert not strange.placed
    assert 9 in kept([*usual[:9], msgspec.structs.replace(strange, seq=10), *usual[10:]], 50)
