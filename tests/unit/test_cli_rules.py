"""`haulwatch rules test` over recordings of each form."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from agent.cli.main import haulwatch
from agent.model import Emit, Track
from agent.records import entry
from buffer.journal import Journal
from drivers.clock import Stamp
from drivers.readings import Fix
from drivers.sim.nmea import Pose, burst
from tests.fresh import fresh

BOOT = "0b0e7a52-1111-4222-8333-444455556666"
NOON = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
LON, LAT, STEP = 121.4, 31.2, 14 / 95_000
SECONDS = 400
RING = [[121.41, 31.1], [121.5, 31.1], [121.5, 31.3], [121.41, 31.3], [121.41, 31.1]]


def run(*words, **more):
    return CliRunner().invoke(haulwatch, ["rules", "test", *map(str, words)], **more)


def lines(*words, **more):
    found = run(*words, "--json", **more)
    assert found.exit_code in (0, 1), found.output
    return [json.loads(line) for line in found.stdout.splitlines()]


def fixes():
    for i in range(SECONDS):
        yield {"time": (NOON + timedelta(seconds=i)).isoformat(), "lat": LAT, "lon": LON + i * STEP,
               "speed": 14.0, "mode": "3d", "hdop": 1.0, "satellites": 9}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    feature = {
        "type": "Feature",
        "properties": {"id": "ring", "role": "forbidden"},
        "geometry": {"type": "Polygon", "coordinates": [RING]},
    }
    (tmp_path / "zones.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "coordinate_system": "WGS-84", "features": [feature]})
    )
    (tmp_path / "permits.json").write_text(
        json.dumps({"format": "haulwatch permits 1", "as_of": NOON.isoformat(), "permits": []})
    )
    (tmp_path / "track.jsonl").write_text("".join(json.dumps(f) + "\n" for f in fixes()))
    return tmp_path


def types(found):
    return [one["type"] for one in found]


def test_a_forbidden_zone_in_json_lines(folder):
    found = lines(folder / "track.jsonl", "--zones", folder / "zones.geojson")
    assert types(found) == ["zone_visit.started", "forbidden_zone.started"]
    event = found[1]
    began = NOON + timedelta(seconds=event["data"]["since_us"] / 1e6 - 10)
    assert abs((began - NOON).total_seconds() - (121.41 - LON) / STEP) < 4
    assert event["time"].startswith("2026-12-01T04:01:4")
    assert event["data"]["authority"] == ["公安"]


def test_the_same_from_standard_input_and_in_words(folder):
    text = (folder / "track.jsonl").read_bytes()
    found = run("-", "--zones", folder / "zones.geojson", "--explain", input=text)
    assert found.exit_code == 1
    assert "forbidden_zone.started  forbidden_zone-recorded-" in found.stdout
    assert "    zone id ring" in found.stdout
    assert "    concerns 公安" in found.stdout
    assert "open at the end: zone_visit-ring-recorded-" in found.stderr


def test_a_log_of_sentences(folder):
    log = folder / "track.nmea"
    log.write_bytes(
        b"".join(
            burst(NOON + timedelta(seconds=i), Pose(LAT, LON + i * STEP, 14.0, 90.0)) for i in range(SECONDS)
        )
    )
    found = lines(log, "--zones", folder / "zones.geojson")
    assert types(found) == ["zone_visit.started", "forbidden_zone.started"]


def test_an_export_says_what_the_load_was(folder):
    journal = Journal.open(fresh(folder / "journal.db"), BOOT, max_bytes=20_000_000, min_free_bytes=0)
    for i, fix in enumerate(fixes()):
        stamp = Stamp(BOOT, (1000 + i) * 10**9, None, "gnss")
        shown = {k: v for k, v in fix.items() if k != "time"}
        made = Fix(mono_ns=stamp.mono_ns, utc=NOON + timedelta(seconds=i), **shown)
        journal.append([entry(Track(made), stamp)])
        if i == 100:
            change = {"kind": "became_loaded", "from": "empty", "to": "covered", "since_us": 1_090_000_000}
            journal.append([entry(Emit("event", "load.changed", "load-1", change), stamp)])
    journal.close()
    exported = CliRunner().invoke(haulwatch, ["journal", "export", "--path", str(folder / "journal.db")])
    (folder / "export.jsonl").write_text(exported.stdout)
    found = lines(folder / "export.jsonl", "--permits", folder / "permits.json", "--vehicle", "muck/truck-1")
    assert types(found) == [
        "could_not_check.started",
        "load.changed",
        "could_not_check.ended",
        "trip.started",
        "no_permit.started",
    ]
    permit = found[4]
    assert permit["boot"] == BOOT
    assert permit["data"]["since_us"] >= 1_090_000_000
    assert permit["data"]["facts"]["state"] == "none"


def test_readings_and_an_assumed_load(folder):
    readings = folder / "readings.jsonl"
    p = {"empty": 0.01, "covered": 0.01, "partly": 0.01, "uncovered": 0.97}
    one = {"state": "uncovered", "p": p, "usable": True, "reason": None}
    readings.write_text("".join(json.dumps({"t": t} | one) + "\n" for t in range(SECONDS)))
    seen = lines(folder / "track.jsonl", "--readings", readings)
    assert types(seen) == ["load.changed", "trip.started", "uncovered_load.started"]
    assert seen[2]["data"]["views"]["body"]["model"] == "recorded"
    told = lines(folder / "track.jsonl", "--load", "uncovered")
    assert types(told) == types(seen)
    assert types(lines(folder / "track.jsonl", "--load", "empty")) == ["load.changed"]


def test_nothing_is_wrong_with_an_innocent_drive(folder):
    found = run(folder / "track.jsonl")
    assert (found.exit_code, found.stdout) == (0, "")
    assert "birth" in types(lines(folder / "track.jsonl", "--all"))


def test_switches_come_from_a_file_and_trips_are_printed(folder):
    switches = folder / "switches.jsonl"
    changes = [(0, "load", False), (30, "load", True), (300, "load", False)]
    switches.write_text(
        "".join(json.dumps({"t": t, "switch": role, "on": on}) + "\n" for t, role, on in changes)
    )
    found = lines(folder / "track.jsonl", "--switches", switches)
    assert [one["type"] for one in found if one["stream"] == "trip"] == ["trip.started", "trip.ended"]
    assert found[-1]["data"]["loaded"][0]["by"] == ["load"]
    said = run(folder / "track.jsonl", "--switches", switches, "--explain").stdout
    assert "not checked: zones are missing" in said
    assert "  no verdict" in said
    switches.write_text('{"t": 1, "switch": "horn", "on": true}')
    refused = run(folder / "track.jsonl", "--switches", switches)
    assert "switches.jsonl:1: is not understood" in str(refused.exception)


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "holds no fix"), ("{}\n{", "t:2: is not understood"), ('{"lat": "x"}', "t:1: is not understood")],
)
def test_what_is_no_track_is_refused(tmp_path, text, says):
    (tmp_path / "t").write_text(text)
    found = run(tmp_path / "t")
    assert says in str(found.exception)
    assert "journal export" in str(found.exception)


def test_permits_need_a_vehicle(folder):
    found = run(folder / "track.jsonl", "--permits", folder / "permits.json")
    assert found.exit_code == 2
    assert "--vehicle FLEET/VEHICLE" in found.output


def test_a_configuration_brings_thresholds_zones_and_permits_and_what_is_given_goes_before(folder):
    state = folder / "state"
    state.mkdir()
    (state / "zones.synced.geojson").write_text((folder / "zones.geojson").read_text())
    (folder / "agent.toml").write_text(
        "[unit]\nfleet = 'muck'\nvehicle = 'truck-1'\n[gnss]\nsource = '/dev/ttyUSB0'\n"
        f"[journal]\npath = '{state / 'journal.db'}'\n[haulage]\nforbidden_s = 200.0\n"
        f"[permits]\nfile = '{folder / 'permits.json'}'\n"
    )
    of_unit = ("--config", folder / "agent.toml")
    found = lines(folder / "track.jsonl", *of_unit, "--load", "covered")
    assert types(found) == [
        "load.changed",
        "trip.started",
        "zone_visit.started",
        "could_not_check.started",
        "warning.given",
        "no_permit.started",
        "warning.given",
        "forbidden_zone.started",
    ]
    assert found[3]["data"]["detail"] == {"zones": "no_disposal"}
    assert found[-1]["data"]["thresholds"]["after_s"] == 200
    assert [one["data"]["grace_s"] for one in found if one["type"] == "warning.given"] == [30.0, 20.0]
    (folder / "none.geojson").write_text(
        '{"type": "FeatureCollection", "coordinate_system": "WGS-84", "features": []}'
    )
    given = lines(folder / "track.jsonl", *of_unit, "--zones", folder / "none.geojson")
    assert types(given) == ["could_not_check.started"]
