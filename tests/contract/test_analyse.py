"""`haulwatch analyse` over a fleet of 20 trucks that the real rules drove: DuckDB, plain Python, Spark."""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections import Counter

import pytest
from pyarrow import parquet

from agent.analysis.exported import Wanted, export
from agent.analysis.hot_spots import Thresholds
from buffer.survey import Survey
from tests.unit.haul_days import RIVER, TEA, TIP, YARD, ZONES, a_day, box, place
from tests.unit.plain_hot_spots import episodes as plain

TRUCKS = 20
STOP_S = 120
_MISSING = (
    "pyspark is not installed"
    if importlib.util.find_spec("pyspark") is None
    else "Java is not installed"
    if shutil.which("java") is None
    else ""
)


def haulwatch(*arguments, timeout=100):
    command = [sys.executable, "-m", "agent", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """The folder of their exports."""
    folder = tmp_path_factory.mktemp("fleet")
    for number in range(TRUCKS):
        journal = a_day(folder / f"truck-{number:02d}.db", number)
        with Survey(journal) as survey:
            done = export(survey, Wanted(folder / "exports", "green", journal.stem))
        assert (done.damaged, done.unread, done.undated) == (0, 0, 0)
    return folder / "exports"


@pytest.fixture(scope="module")
def by_duckdb(fleet):
    """What it left, and what it said."""
    out = fleet.parent / "duckdb"
    done = haulwatch("analyse", fleet, "--out", out, "--stop-s", STOP_S, "--json")
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout)


def table(folder, name):
    """All rows of a table, with their fleet, times in µs."""
    files = sorted((folder / name).rglob("*.parquet"))
    assert files
    found = []
    for file in files:
        part = parquet.ParquetFile(file).read()
        for n, field in enumerate(part.schema):
            if str(field.type).startswith("timestamp"):
                part = part.set_column(n, field.name, part.column(n).cast("int64"))
        found += [row | {"fleet": "green"} for row in part.to_pylist()]
    return found


def units(degrees):
    return None if degrees is None else round(degrees * 10_000_000)


def test_the_fleets_stops_and_unloadings_are_where_they_were(fleet, by_duckdb):
    out, said = by_duckdb
    assert (said["read"]["vehicles"], said["read"]["left_out"]) == (TRUCKS, 0)
    document = json.loads((out / "cells.geojson").read_text())
    cells = [f["properties"] for f in document["features"]]
    stops = [c for c in cells if c["kind"] == "stop"]
    unloadings = [c for c in cells if c["kind"] == "unloading"]
    assert sum(c["count"] for c in stops) == 5, "a quarter of them paused for tea"
    assert sum(c["count"] for c in unloadings) == TRUCKS
    assert sum(c["outside"] for c in unloadings) == 10, "half of them dumped"
    wild = {c["hours"].index(max(c["hours"])) for c in unloadings if c["outside"]}
    assert wild <= {1, 2, 3}, "at night"
    import h3

    def cell(spot):
        lon, lat = place(*spot)
        return h3.latlng_to_cell(lat, lon, 9)

    near = {spot: set(h3.grid_disk(cell(spot), 1)) for spot in (TEA, RIVER, YARD, TIP)}
    assert {c["cell"] for c in stops} <= near[TEA]
    assert {c["cell"] for c in unloadings if c["outside"]} <= near[RIVER] | near[YARD]
    assert {c["cell"] for c in unloadings if not c["outside"]} <= near[TIP]


def test_plain_python_finds_the_same_episodes(fleet, by_duckdb):
    rows = parquet.ParquetFile(by_duckdb[0] / "episodes.parquet").read().to_pylist()
    found = sorted(
        (
            (
                row["kind"],
                (row["fleet"], row["vehicle"], row["generation"], row["boot"]),
                round(row["time"].timestamp() * 1_000_000),
                None if row["dwell_s"] is None else round(row["dwell_s"] * 1_000_000),
                *(units(row["lat"]), units(row["lon"]), row["site"]),
            )
            for row in rows
        ),
        key=repr,
    )
    how = Thresholds(stop_s=STOP_S)
    assert found == plain(table(fleet, "track"), table(fleet, "record"), how)
    kinds = Counter(kind for kind, *_ in found)
    assert (kinds["stop"], kinds["unloading"]) == (5, TRUCKS)
    assert sum(kinds.values()) == TRUCKS + 5 + kinds["suspicious_unloading"] + kinds["suspicious_trip"]


@pytest.mark.timeout(1800)
@pytest.mark.skipif(bool(_MISSING), reason=_MISSING)
def test_spark_leaves_the_same_bytes(fleet, by_duckdb):
    out = fleet.parent / "spark"
    wanted = ("analyse", fleet, "--out", out, "--stop-s", STOP_S, "--engine", "spark", "--json")
    done = haulwatch(*wanted, timeout=1700)
    assert done.returncode == 0, done.stderr
    for name in ("cells.geojson", "episodes.parquet", "map.svg"):
        assert (out / name).read_bytes() == (by_duckdb[0] / name).read_bytes(), name


def test_zones_of_the_city_overrule_the_vehicles(fleet, tmp_path):
    features = [
        {
            "type": "Feature",
            "properties": {"id": zone.id, "role": zone.role, "name": zone.name},
            "geometry": {"type": "Polygon", "coordinates": [[*map(list, zone.ring), list(zone.ring[0])]]},
        }
        for zone in (*ZONES, box("tip-2", "disposal", *RIVER, 400))
    ]
    layer = tmp_path / "zones.geojson"
    layer.write_text(
        json.dumps({"type": "FeatureCollection", "coordinate_system": "WGS-84", "features": features})
    )
    done = haulwatch("analyse", fleet, "--out", tmp_path / "out", "--zones", layer)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("Unloadings: 20 in ")]
    assert ", 5 outside" in line
    assert "一号消纳场" in (tmp_path / "out" / "map.svg").read_text()
    day = ("--since", "2026-11-24T17:30:00", "--until", "2026-11-24T19:00:00")
    night = haulwatch("analyse", fleet, "--out", tmp_path / "night", *day)
    assert "Stops with a load: 0 in 0 cells" in night.stdout


def test_errors_name_the_thing_and_the_remedy(tmp_path):
    for arguments, code, said in (
        (("analyse", tmp_path), 3, "holds no export"),
        (("analyse",), 2, "Missing argument"),
        (("analyse", tmp_path, "--since", "yesterday"), 2, "--since"),
        (("analyse", tmp_path, "--zones", tmp_path / "none"), 3, "holds no export"),
    ):
        done = haulwatch(*arguments)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
