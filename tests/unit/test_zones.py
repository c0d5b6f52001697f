"""Zone layers: what is read of them, and how wrong ones are refused."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.geometry.coordinates import gcj02
from agent.geometry.map import ZoneMap
from agent.layers.geojson import zones_of
from agent.rule_layers import Shift, Zone
from agent.zones_file import load_zones, zone_sheet

SQUARE = [[121.4, 31.2], [121.41, 31.2], [121.41, 31.21], [121.4, 31.21], [121.4, 31.2]]
HOLE = [[121.402, 31.202], [121.404, 31.202], [121.404, 31.204], [121.402, 31.202]]
OUTSIDE = [[121.502, 31.202], [121.504, 31.202], [121.504, 31.204], [121.502, 31.202]]


def layer(*, rings=(SQUARE,), system="WGS-84", names=("a",), kind="Polygon", zone=None, **properties):
    given = {"role": "loading"} | properties
    features = [
        {
            "type": "Feature",
            "properties": {"id": name} | given,
            "geometry": {"type": kind, "coordinates": list(rings)},
        }
        for name in names
    ]
    document = {"type": "FeatureCollection", "features": features}
    if system is not None:
        document["coordinate_system"] = system
    return document | ({} if zone is None else {"time_zone": zone})


def written(tmp_path, document):
    path = tmp_path / "zones.geojson"
    path.write_text(json.dumps(document))
    return path


def test_a_good_layer_is_read(tmp_path):
    document = layer(rings=(SQUARE, HOLE), name="北区", speed_limit_kmh=36, hours=["mon 22:00-06:00"],
                     loaded_only=True, zone="Asia/Shanghai", OBJECTID=7)  # fmt: skip
    (zone,) = load_zones(written(tmp_path, document))
    assert (zone.id, zone.role, zone.name, zone.loaded_only) == ("a", "loading", "北区", True)
    assert zone.limit_mps == 10.0
    assert (zone.hours, zone.time_zone) == ((Shift(1320, 1800),), "Asia/Shanghai")
    here = ZoneMap([zone])
    assert here.holding(121.409, 31.205) == zone
    assert here.holding(121.4035, 31.2025) is None, "inside the hole"
    assert zones_of(document).ignored == ("OBJECTID",)


@pytest.mark.parametrize(
    ("wrong", "says", "remedy"),
    [
        ({"system": None}, "declares no coordinate system", "GCJ-02"),
        ({"system": "EPSG:4326"}, "'EPSG:4326' is no known", "WGS-84"),
        ({"role": "garden"}, "feature 0: ", "id and role"),
        ({"names": ("a", "a")}, "feature 1: the id 'a' stands twice", "its own"),
        ({"names": ("",)}, "feature 0: ", "properties"),
        ({"rings": ([[0, 0], [1, 1], [0, 0]],)}, "feature 0: a ring has fewer than 4", "first position"),
        ({"rings": (SQUARE[:-1],)}, "feature 0: a ring is not closed", "first position"),
        ({"rings": ([[1, 1], [2, 2], [1, 1], [1, 1]],)}, "feature 0: the outer ring has fewer", "draw"),
        ({"rings": ([p[::-1] for p in SQUARE],)}, "feature 0: 31.2, 121.4 is latitude first", "first"),
        ({"rings": ([[43.8, 87.6], [43.9, 87.6], [43.9, 87.7], [43.8, 87.6]],)}, "latitude first", "first"),
        ({"rings": ([[30, 80], [31, 80], [31, 81], [30, 80]],)}, "latitude first", "longitude first"),
        ({"rings": ([SQUARE[i] for i in (0, 2, 1, 3, 0)],)}, "crosses or touches itself", "make valid"),
        ({"rings": ([SQUARE[i] for i in (0, 1, 2, 1, 0)],)}, "turns back on itself", "make valid"),
        ({"rings": (SQUARE, OUTSIDE)}, "hole 1 lies outside", "make valid"),
        ({"rings": (SQUARE, HOLE, HOLE)}, "hole 1 and hole 2 cross", "make valid"),
        ({"rings": ()}, "has no rings", "draw"),
        ({"rings": ("x",)}, "no list of positions", "geometry"),
        ({"rings": ([["x", 0], [1, 1], [0, 1]],)}, "feature 0: ['x', 0] is no position", "longitude"),
        ({"rings": ([[1e300, 0], [1, 1], [0, 1]],)}, "1e+300 is no coordinate", "degrees"),
        ({"rings": ([[True, 0], [1, 1], [0, 1]],)}, "is no position", "longitude"),
        ({"rings": ([[0, 0]] * 5001,)}, "5001 corners", "simplify"),
        ({"kind": "MultiPolygon"}, "feature 0: is a MultiPolygon", "one for each part"),
        ({"system": "GCJ-02", "rings": ([[2, 48], [3, 48], [3, 49], [2, 48]],)}, "not in China", "WGS-84"),
        ({"role": "slow"}, "without a limit", "speed_limit_kmh"),
        ({"speed_limit_kmh": 0}, "speed_limit_kmh", "properties"),
        ({"speed_limit": 30}, "property 'speed_limit' is not known", "did you mean speed_limit_kmh?"),
        ({"hours": ["25:00-26:00"], "zone": "Asia/Shanghai"}, "after 24:00", "mon-fri"),
        ({"hours": ["06:00-08:00"]}, "names no time zone", "Asia/Shanghai"),
        ({"hours": ["06:00-08:00"], "zone": "Asia/Atlantis"}, "no known time zone", "tzdata"),
    ],
)  # fmt: skip
def test_a_wrong_layer_is_refused_with_its_place_and_remedy(tmp_path, wrong, says, remedy):
    with pytest.raises(ConfigError) as caught:
        load_zones(written(tmp_path, layer(**wrong)))
    assert says in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("document", [[], {}, {"features": {}}, {"coordinate_system": "WGS-84"}, None, 7])
def test_what_is_no_layer_is_refused(tmp_path, document):
    with pytest.raises(ConfigError, match="FeatureCollection"):
        load_zones(written(tmp_path, document))


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    document = layer(names=("a", "b", "a", "c"))
    document["features"][1]["geometry"] = None
    document["features"].append(7)
    sheet = zone_sheet(written(tmp_path, document))
    assert [p.place for p in sheet.problems] == ["feature 1", "feature 2", "feature 4"]
    assert [z.id for z in sheet.zones] == ["a", "c"]
    with pytest.raises(ConfigError, match=r"feature 1: has no geometry \(and 2 more"):
        load_zones(tmp_path / "zones.geojson")


def test_a_missing_broken_or_huge_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_zones(tmp_path / "none")
    (tmp_path / "broken").write_text("{")
    with pytest.raises(ConfigError, match="not JSON"):
        load_zones(tmp_path / "broken")
    (tmp_path / "nan").write_text('{"features": [NaN]}')
    with pytest.raises(ConfigError, match="not JSON"):
        load_zones(tmp_path / "nan")
    (tmp_path / "deep").write_text("[" * 100_000)
    with pytest.raises(ConfigError, match="not JSON"):
        load_zones(tmp_path / "deep")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(8_000_001)
    with pytest.raises(ConfigError, match="over 8000000 bytes"):
        load_zones(tmp_path / "huge")


def test_a_layer_has_no_more_than_so_many_features_and_corners():
    assert "at most 20000" in str(zones_of(layer(names=range(20_001))).problems[0])
    ring = [[121 + i / 1e4, 31.0] for i in range(4999)] + [[121.2, 32.0]]
    names = [str(i) for i in range(41)]
    found = zones_of(layer(names=names, rings=([*ring[:4], ring[0]], [*ring])))
    assert "over 200000 corners" in str(found.problems[-1])


def test_a_layer_of_another_system_is_read_in_wgs84(tmp_path):
    drawn = [list(gcj02(*p)) for p in SQUARE]
    (zone,) = load_zones(written(tmp_path, layer(rings=(drawn,), system="GCJ-02")))
    for found, meant in zip(zone.ring, SQUARE[:-1], strict=True):
        assert found == pytest.approx(meant, abs=1e-9)


def test_a_site_counts_before_the_zone_that_it_lies_in():
    wide = ((121.0, 31.0), (122.0, 31.0), (122.0, 32.0), (121.0, 32.0))
    site = tuple((lon, lat) for lon, lat in SQUARE)
    zones = [Zone("city", "risk", wide), Zone("ring", "forbidden", wide), Zone("tip", "disposal", site)]
    here = ZoneMap(zones)
    assert here.holding(121.405, 31.205).id == "tip"
    assert here.holding(121.7, 31.7).id == "ring"
    assert here.near_site(121.4101, 31.205, 100)
    assert not here.near_site(121.42, 31.205, 100)


@given(st.integers(0, 10_000), st.floats(0, 400))
def test_the_map_finds_what_looking_at_every_zone_finds(seed, reach):
    chance = random.Random(seed)
    zones = []
    for number in range(30):
        size = chance.choice([0.001, 0.01, 0.2])
        x, y = 121 + chance.random() * 0.1, 31 + chance.random() * 0.1
        ring = ((x, y), (x + size, y), (x + size * chance.random(), y + size))
        zones.append(Zone(str(number), chance.choice(["loading", "slow", "risk"]), ring))
    lon, lat = 121 + chance.random() * 0.1, 31 + chance.random() * 0.1
    found = {zone.id: clearance for zone, clearance in ZoneMap(zones).about(lon, lat, reach)}
    each = {z.id: c for z in zones for _, c in ZoneMap([z]).about(lon, lat, reach)}
    assert found == each
    assert {z for z, c in found.items() if c < 0} == {z.id for z in zones if ZoneMap([z]).holding(lon, lat)}


anything = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "properties", "geometry", "id"]), inner)
    ),
    max_leaves=12,
)


@given(st.lists(anything, max_size=3))
def test_whatever_stands_in_a_layer_is_read_or_refused(features):
    sheet = zones_of({"coordinate_system": "WGS-84", "features": features})
    assert len(sheet.zones) + len(sheet.problems) == len(features)
