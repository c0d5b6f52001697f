"""Stops and unloadings: the queries on DuckDB say the same as plain Python, whatever the records."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.analysis.hot_spots import Span, episodes
from tests.samples import samples
from tests.unit.plain_hot_spots import episodes as plain
from tests.unit.spot_rows import HOW, LAT, LON, Vehicle, opened, stored


def asked(folder, *vehicles, how=HOW):
    """Episodes by DuckDB, as plain_hot_spots has them."""
    engine = opened(stored(folder, *vehicles))
    engine.keep("episode", episodes(how, "Asia/Shanghai", Span(), given_sites=False))
    rows = engine.rows("select * from episode")
    engine.close()
    return sorted(
        (
            (
                row["kind"],
                (row["fleet"], row["vehicle"], row["generation"], row["boot"]),
                *(row[n] for n in ("at_us", "dwell_us", "lat7", "lon7", "site")),
            )
            for row in rows
        ),
        key=repr,
    )


def of_plain(*vehicles, how=HOW):
    track = [row | {"fleet": v.fleet} for v in vehicles for row in v.track]
    record = [row | {"fleet": v.fleet} for v in vehicles for row in v.record]
    return plain(track, record, how)


def stops(folder, vehicle, how=HOW):
    found = asked(folder, vehicle, how=how)
    assert found == of_plain(vehicle, how=how)
    return [(kind, dwell // 1_000_000) for kind, _, _, dwell, *_ in found]


def laden():
    vehicle = Vehicle()
    vehicle.load("covered")
    return vehicle


def test_a_stop_is_slow_for_long_enough_with_a_load(tmp_path):
    assert stops(tmp_path / "a", laden().seconds(21)) == [("stop", 20)]
    assert stops(tmp_path / "b", laden().seconds(20)) == []
    assert stops(tmp_path / "c", laden().seconds(30, 1.0)) == []
    nobody_knows = Vehicle()
    nobody_knows.tell("birth")
    assert stops(tmp_path / "d", nobody_knows.seconds(30)) == []


def test_a_short_move_does_not_end_a_stop_another_place_does(tmp_path):
    one = laden().seconds(15).seconds(4, 3.0).seconds(15)
    assert stops(tmp_path / "a", one) == [("stop", 33)]
    two = laden().seconds(15).seconds(4, 3.0).seconds(15, lat=LAT + 0.001)
    assert stops(tmp_path / "b", two) == []
    three = laden().seconds(25).seconds(20, 3.0).seconds(25)
    assert stops(tmp_path / "c", three) == [("stop", 24), ("stop", 24)]


def test_a_silence_ends_a_stop_unless_fixes_were_thinned_out(tmp_path):
    silent = laden().seconds(12)
    silent.at += 30
    assert stops(tmp_path / "a", silent.seconds(12)) == []
    thinned = laden().seconds(12)
    thinned.at += 30
    thinned.seq["track"] += 30
    assert stops(tmp_path / "b", thinned.seconds(12)) == [("stop", 53)]


def test_a_load_that_no_camera_sees_is_forgotten(tmp_path):
    blind = laden().seconds(300, 9.0).seconds(30)
    assert stops(tmp_path / "a", blind) == []
    seen = laden().seconds(300, 9.0)
    seen.tell("health.report", load="covered", load_seen="covered")
    assert stops(tmp_path / "b", seen.seconds(30)) == [("stop", 29)]
    dark = laden().seconds(300, 9.0)
    dark.tell("health.report", load="covered", load_seen="unknown")
    assert stops(tmp_path / "c", dark.seconds(30)) == []


def test_an_unloading_ends_the_stop_and_has_the_dwell_of_its_stand(tmp_path):
    truck = laden().seconds(30)
    truck.at += 5
    truck.load("empty", since=30)
    assert stops(tmp_path, truck.seconds(60)) == [("stop", 28), ("unloading", 94)]


def test_what_the_vehicle_suspects_is_a_kind_of_its_own(tmp_path):
    truck = Vehicle().seconds(5)
    truck.tell("suspicious_unloading.started", lat=LAT, lon=LON)
    truck.seconds(5)
    assert stops(tmp_path / "a", truck) == [("suspicious_unloading", 9)]
    truck.tell("suspicious_unloading.updated")
    assert stops(tmp_path / "b", truck) == [], "the vehicle took it back"


def test_the_highest_version_of_a_trip_counts(tmp_path):
    truck = Vehicle().seconds(5)
    truck.tell("trip.ended", version=2, verdict="suspicious", lat=LAT, lon=LON)
    assert stops(tmp_path / "a", truck) == [("suspicious_trip", 4)]
    truck.tell("trip.updated", version=1, verdict="regular", lat=LAT, lon=LON)
    assert stops(tmp_path / "b", truck) == [("suspicious_trip", 4)]
    truck.tell("trip.updated", version=3, verdict="regular", lat=LAT, lon=LON)
    assert stops(tmp_path / "c", truck) == []


@pytest.mark.parametrize("hole", ["time", "lat", "speed"])
def test_a_fix_without_time_place_or_speed_or_unfit_decides_nothing(tmp_path, hole):
    truck = laden().seconds(15).seconds(1, **{hole: None}).seconds(1, unfit="jump").seconds(15)
    assert stops(tmp_path, truck) == [("stop", 31)]


def moves():
    return st.tuples(
        st.sampled_from(
            [
                "go",
                "stand",
                "silence",
                "thinned",
                "load",
                "empty",
                "report",
                "enter",
                "leave",
                "suspect",
                "trip",
            ]
        ),
        st.integers(1, 40),
        st.integers(0, 3),
    )


def driven(number, days):
    truck = Vehicle(f"v{number % 2}", boot=f"boot-{number}", fleet=f"f{number // 2}")
    visits = 0
    for what, seconds, choice in days:
        lat = LAT + choice * 0.0001
        if what in ("go", "stand"):
            speed = 4.0 if what == "go" else (0.0, 0.8, 0.3, 0.81)[choice]
            truck.seconds(seconds, speed, every=1 + choice, lat=lat, unfit="jump" if seconds == 7 else "")
        elif what in ("silence", "thinned"):
            truck.at += seconds
            truck.seq["track"] += seconds // 2 if what == "thinned" else 0
        elif what in ("load", "empty"):
            state = "empty" if what == "empty" else ("covered", "partly", "uncovered", "unknown")[choice]
            truck.load(state, since=truck.at - seconds // 4)
        elif what == "report":
            truck.tell("health.report", load="covered", load_seen=("covered", "unknown")[choice % 2])
        elif what == "suspect":
            kind = "updated" if choice == 3 else "started"
            truck.tell(f"suspicious_unloading.{kind}", subject=f"s{choice // 2}", lat=lat, lon=LON)
        elif what == "trip":
            verdict = ("suspicious", "regular", None, "suspicious")[choice]
            said = {"version": seconds, "verdict": verdict, "lat": lat, "lon": LON}
            truck.tell(f"trip.{(seconds % 2 and 'ended') or 'updated'}", subject=f"t{number}", **said)
        else:
            visits += what == "enter"
            where = {"zone_role": ("loading", "disposal", "risk", "disposal")[choice], "subject": f"{visits}"}
            us = truck.at * 1_000_000
            kind = "started" if what == "enter" else "ended"
            truck.tell(f"zone_visit.{kind}", **where, since_us=us if what == "enter" else 0, until_us=us)
    truck.fix()
    truck.load("covered")
    return truck


@settings(max_examples=samples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(moves(), max_size=14), min_size=1, max_size=4))
def test_duckdb_finds_what_plain_python_finds(days):
    trucks = [driven(number, moved) for number, moved in enumerate(days)]
    with tempfile.TemporaryDirectory() as folder:
        assert asked(Path(folder), *trucks) == of_plain(*trucks)
