"""Our own plane geometry against shapely."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.affinity import scale as scaled
from shapely.geometry import LineString, Point, Polygon, box
from shapely.validation import explain_validity

from agent.geometry.bands import METRES_PER_DEGREE, Path, Shape
from agent.geometry.grid import Grid, box_of
from agent.geometry.rings import fault, opened, side_of

degree = st.floats(-0.05, 0.05).map(lambda value: round(value, 9))
corner = st.tuples(degree, degree)
on_grid = st.tuples(st.integers(0, 6), st.integers(0, 6))
ring = st.lists(corner, min_size=3, max_size=40, unique=True)
EAST = 31.0  # degrees north where distances are compared


def flat(geometry, lat):
    """Degrees to metres about a latitude."""
    east = METRES_PER_DEGREE * math.cos(math.radians(lat))
    return scaled(geometry, east, METRES_PER_DEGREE, origin=(0, 0))


def star(seed, corners, radius, centre):
    """A ring that does not cross itself, as spiky as chance has it."""
    angles = [2 * math.pi * i / corners for i in range(corners)]
    reach = [radius * (0.2 + 0.8 * ((seed * (i + 3) * 7919) % 97) / 97) for i in range(corners)]
    return [
        (centre[0] + r * math.cos(a), centre[1] + r * math.sin(a)) for r, a in zip(reach, angles, strict=True)
    ]


@given(st.integers(1, 10_000), st.integers(3, 90), corner, st.floats(0, 3000))
def test_a_shape_with_a_hole_agrees_with_shapely(seed, corners, point, reach):
    outer = star(seed, corners, 0.04, (0, EAST))
    hole = star(seed + 1, corners, 0.004, (0, EAST))
    polygon = Polygon(outer, [hole])
    point = point[0], EAST + point[1]
    here = Point(point)
    assume(polygon.is_valid and polygon.boundary.distance(here) > 1e-9)
    shape = Shape(outer, [hole])
    assert shape.holds(*point) == polygon.contains(here)
    away = flat(polygon.boundary, point[1]).distance(flat(here, point[1]))
    expected = -away if polygon.contains(here) else away
    assert shape.clearance_m(*point) == pytest.approx(expected, abs=0.001)
    within = shape.clearance_m(*point, reach)
    if abs(away - reach) > 0.001:
        wanted = expected if away < reach else math.copysign(math.inf, expected)
        assert within == pytest.approx(wanted, abs=0.001)


@given(ring, corner)
def test_any_ring_is_even_odd_as_shapely_has_it(corners, point):
    polygon = Polygon(corners)
    assume(polygon.is_valid and polygon.area > 1e-9 and polygon.exterior.distance(Point(point)) > 1e-9)
    assert Shape(corners).holds(*point) == polygon.contains(Point(point))


@given(st.lists(corner, min_size=2, max_size=40), corner, st.floats(0, 5000))
def test_the_way_to_a_line_agrees_with_shapely(corners, point, near):
    expected = flat(LineString(corners), point[1]).distance(flat(Point(point), point[1]))
    assert Path(corners).away_m(*point, near) == pytest.approx(expected, abs=0.001)


sized = st.builds(
    lambda x, y, w, h: (x, y, x + w, y + h),
    st.floats(-180, 179), st.floats(-80, 79), st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
small = st.builds(
    lambda x, y, w, h: (x, y, x + w, y + h), degree, degree, st.floats(0, 0.01), st.floats(0, 0.01)
)


@given(st.lists(sized | small, max_size=30), st.one_of(corner, sized.map(lambda b: b[:2])), st.floats(0, 900))
def test_the_grid_finds_every_box_that_is_near(boxes, point, reach):
    found = Grid(boxes).near(*point, reach)
    assert found == sorted(set(found))
    for number, one in enumerate(boxes):
        away = flat(box(*one), point[1]).distance(flat(Point(point), point[1]))
        if away < reach * 0.999:
            assert number in found
        elif away > reach * 1.5 + 1:
            assert number not in found


def test_a_box_takes_four_cells_at_most_whatever_its_size():
    for size in (0.0, 0.0019, 0.002, 0.0021, 0.5, 60.0):
        assert len(Grid([(1.0, 1.0, 1.0 + size, 1.0 + size)])._cells) <= 4


@given(st.lists(on_grid, min_size=3, max_size=9, unique=True))
def test_rings_that_shapely_refuses_are_refused_and_no_others(corners):
    polygon = Polygon(corners)
    assert (fault([corners]) is None) == polygon.is_valid, explain_validity(polygon)


def around(corners):
    """The corners in the order of their directions from the middle, so that few rings cross themselves."""
    x, y = (sum(p[i] for p in corners) / len(corners) for i in (0, 1))
    return sorted(corners, key=lambda p: math.atan2(p[1] - y, p[0] - x))


round_ring = st.lists(on_grid, min_size=3, max_size=6, unique=True).map(around)


@given(round_ring, round_ring, st.lists(on_grid, min_size=3, max_size=3, unique=True))
def test_holes_that_shapely_refuses_are_refused(outer, hole, second):
    polygon = Polygon(outer, [hole, second])
    said = fault([outer, hole, second])
    if polygon.is_valid:
        assert said is None
    elif "Interior is disconnected" not in explain_validity(polygon):
        assert said is not None, explain_validity(polygon)


@given(st.lists(on_grid, min_size=3, max_size=9, unique=True), on_grid)
def test_the_side_of_a_ring_is_exact(corners, point):
    polygon = Polygon(corners)
    assume(polygon.is_valid)
    here = Point(point)
    assert side_of(point, corners) == (
        0 if polygon.exterior.covers(here) else 1 if polygon.contains(here) else -1
    )


def test_a_point_just_beside_a_long_edge_is_not_on_it():
    third = 1 / 3
    triangle = [(0.0, 0.0), (3.0, 1.0), (0.0, 1.0)]
    assert side_of((1.0, third), triangle) != 0 or third * 3 == 1.0
    assert side_of((1.0, math.nextafter(third, 1)), triangle) == 1
    assert side_of((1.0, math.nextafter(math.nextafter(third, 0), 0)), triangle) == -1


def test_repeated_corners_are_no_fault_of_a_ring():
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    assert opened(square) == [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    assert box_of(square) == (0.0, 0.0, 1.0, 1.0)
