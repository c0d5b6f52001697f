"""Zone files and the geometry behind them."""

import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from agent.errors import ConfigError
from agent.rules.geometry import distance_m, inside
from agent.zones_file import load_zones

SQUARE = [[0, 0], [0.01, 0], [0.01, 0.01], [0, 0.01], [0, 0]]
corner = st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))


def layer(tmp_path, *, ring=SQUARE, system="WGS-84", role="loading", names=("a",), kind="Polygon"):
    features = [
        {
            "type": "Feature",
            "properties": {"id": name, "role": role},
            "geometry": {"type": kind, "coordinates": [ring]},
        }
        for name in names
    ]
    path = tmp_path / "zones.geojson"
    document = {"type": "FeatureCollection", "coordinate_system": system, "features": features}
    path.write_text(json.dumps(document))
    return path


def test_a_good_layer_is_read(tmp_path):
    (zone,) = load_zones(layer(tmp_path))
    assert (zone.id, zone.role) == ("a", "loading")
    assert inside(0.005, 0.005, zone.ring)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"system": None}, "coordinate system"),
        ({"role": "garden"}, "feature 0"),
        ({"names": ("a", "a")}, "feature 1"),
        ({"ring": [[0, 0], [1, 1], [0, 0]]}, "fewer than 3"),
        ({"ring": [[31.2, 121.4], [31.3, 121.4], [31.3, 121.5]]}, "longitude first"),
        ({"kind": "MultiPolygon"}, "feature 0"),
        ({"ring": [[float("nan"), 0], [1, 1], [0, 1]]}, "feature 0"),
        ({"names": ("\ud800",)}, "feature 0"),
        ({"ring": [["x", 0], [1, 1], [0, 1]]}, "feature 0"),
    ],
)
def test_a_wrong_layer_is_refused_with_its_place_and_remedy(tmp_path, wrong, says):
    with pytest.raises(ConfigError) as caught:
        load_zones(layer(tmp_path, **wrong))
    assert says in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_missing_or_broken_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_zones(tmp_path / "none")
    (tmp_path / "broken").write_text("{")
    with pytest.raises(ConfigError, match="not JSON"):
        load_zones(tmp_path / "broken")


@given(st.lists(corner, min_size=3, max_size=8, unique=True), corner)
def test_inside_and_distance_agree_with_shapely(ring, point):
    polygon = Polygon(ring)
    assume(polygon.is_valid and polygon.area > 1e-9)
    assume(polygon.exterior.distance(Point(point)) > 1e-7)
    assert inside(*point, tuple(ring)) == polygon.contains(Point(point))
    scale = math.cos(math.radians(point[1]))
    flat = Polygon([(x * scale * 111_195, y * 111_195) for x, y in ring])
    expected = flat.distance(Point(point[0] * scale * 111_195, point[1] * 111_195))
    assert distance_m(*point, tuple(ring)) == pytest.approx(expected, abs=0.01)
