"""Hot spots: what is said of a cell, the documents and the picture."""

import json
import sys
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from shapely.geometry import shape

from agent.analysis.documents import geojson
from agent.analysis.engine import query
from agent.analysis.extra import library
from agent.analysis.frame import framed
from agent.analysis.hot_spots import Span, find
from agent.analysis.picture import picture
from agent.analysis.ramp import COLOURS, ramp
from agent.errors import AnalysisError
from agent.rule_layers import Zone
from tests.unit.spot_rows import HOW, LAT, LON, START_US, Vehicle, opened, stored

EVER = Span()
SQUARE = tuple((LON + x * 0.001, LAT + y * 0.001) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)))


@pytest.fixture
def dumped(tmp_path):
    """Two trucks stop at 10 h and unload there at 11 h; a third one stops elsewhere, twice as long."""
    trucks = [Vehicle("one"), Vehicle("two"), Vehicle("three", fleet="red <&>")]
    for truck in trucks[:2]:
        truck.load("covered")
        truck.at = 2 * 3600 + 400  # 10:06:40 in Shanghai
        truck.tell("health.report", load="covered", load_seen="covered")
        truck.seconds(100)
        truck.at += 3600
        truck.load("empty")
        truck.seconds(30)
    trucks[2].load("uncovered")
    trucks[2].seconds(200, lat=LAT + 0.02)
    return stored(tmp_path, *trucks)


def spots(sources, zones=None, span=EVER, time_zone="Asia/Shanghai"):
    engine = opened(sources, zones or ())
    found = find(engine, HOW, zones, time_zone, span)
    return engine, found


def test_cells_count_weigh_and_rank(dumped):
    _, found = spots(dumped)
    first, second = found.of("stop")
    assert (first.rank, first.count, first.vehicles, first.fleets) == (1, 1, 1, 1)
    assert (first.dwell_median_s, first.weight, first.outside_share) == (199.0, 3.32, 1.0)
    assert (second.count, second.vehicles, second.dwell_total_s, second.weight) == (2, 2, 198.0, 3.3)
    assert [hour for hour, count in enumerate(second.hours) if count] == [2]
    (unloading,) = found.of("unloading")
    assert (unloading.cell, unloading.count, unloading.weight, unloading.hours[3]) == (second.cell, 2, 2.0, 2)
    assert (found.read.vehicles, found.read.fleets) == (3, 2)


def test_zones_that_are_given_say_what_is_a_site(dumped):
    _, found = spots(dumped, (Zone("s", "loading", SQUARE),))
    (stop,) = [cell for cell in found.of("stop") if cell.vehicles == 2]
    assert (stop.outside, stop.outside_share, stop.weight, stop.rank) == (0, 0.0, 0.0, 2)
    assert found.of("unloading")[0].outside == 2, "a loading site is no place to unload"
    _, found = spots(dumped, (Zone("s", "disposal", SQUARE),))
    assert found.of("unloading")[0].outside == 0


def test_only_episodes_of_a_span_count(dumped):
    later = datetime.fromtimestamp(START_US / 1e6, UTC).replace(hour=18, minute=30)
    _, found = spots(dumped, span=Span(since=later))
    assert [cell.kind for cell in found.cells] == ["unloading"]
    _, found = spots(dumped, span=Span(until=later))
    assert {cell.kind for cell in found.cells} == {"stop"}


def test_hours_follow_summer_time(dumped):
    _, berlin = spots(dumped, time_zone="Europe/Berlin")
    _, utc = spots(dumped, time_zone="UTC")
    hour = {name: found.of("unloading")[0].hours.index(2) for name, found in (("b", berlin), ("u", utc))}
    assert hour["b"] == hour["u"] + 1
    with pytest.raises(ValueError, match="no known time zone"):
        spots(dumped, time_zone="Mars/Olympus")


def test_cells_as_geojson(dumped):
    _, found = spots(dumped)
    document = json.loads(geojson(found))
    assert (document["type"], document["coordinate_system"]) == ("FeatureCollection", "WGS-84")
    assert [f["properties"]["rank"] for f in document["features"]] == [1, 2, 1]
    for feature in document["features"]:
        polygon = shape(feature["geometry"])
        assert polygon.is_valid
        assert polygon.exterior.is_ccw
        assert len(feature["properties"]["hours"]) == 24


def test_the_picture_is_a_whole_map(dumped):
    zones = (Zone("s", "disposal", SQUARE, '消纳场 <1> & "2"'),)
    engine, found = spots(dumped, zones)
    svg = picture(engine, found, zones)
    root = ElementTree.fromstring(svg)  # noqa: S314 - ours
    words = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    for said in ("Stops with a load", "Unloadings", "N", "500 m", "disposal site", '消纳场 <1> & "2"', "1"):
        assert said in words, said
    assert picture(engine, found, zones) == svg


def test_a_picture_of_nothing_is_one_too(tmp_path):
    truck = Vehicle()
    truck.tell("birth")
    truck.fix(lat=None)
    engine, found = spots(stored(tmp_path, truck))
    assert found.cells == ()
    assert "0 in 0 cells" in picture(engine, found, ())


def test_on_paper_north_is_up_and_metres_are_alike():
    frame = framed([(LON, LAT), (LON + 0.1, LAT + 0.02)], 600, 400)
    left, low = frame.at(LON, LAT)
    right, high = frame.at(LON + 0.1, LAT + 0.02)
    assert right > left
    assert high < low
    assert (right - left) / (low - high) == pytest.approx(0.1 * 0.855 / 0.02, rel=0.01)
    metres, length = frame.bar()
    assert metres == 2000
    assert length / 600 == pytest.approx(metres / frame.metres, rel=0.01)


def test_steps_of_colour_rise():
    few, many = ramp([3, 1, 3]), ramp(range(1, 101))
    assert (few.ends, few.colours, few.stepped) == ((1, 3), COLOURS[-2:], False)
    assert (many.ends, many.stepped) == ((4, 16, 36, 64, 100), True)
    assert [many.colour(w) for w in (1, 16, 17, 100)] == [COLOURS[n] for n in (0, 1, 2, 4)]
    assert ramp([]).ends == ()


def test_the_queries_name_all_their_values():
    for name in ("cell", "hour", "extent"):
        assert "{" not in query(name)


@pytest.mark.parametrize(
    ("name", "extra"), [("duckdb", "analysis"), ("h3", "analysis"), ("pyspark.sql", "spark")]
)
def test_a_library_that_is_missing_is_named_with_its_extra(monkeypatch, name, extra):
    monkeypatch.setitem(sys.modules, name.partition(".")[0], None)
    with pytest.raises(AnalysisError, match=rf"is not installed; .*haulwatch\[{extra}\]"):
        library(name)
