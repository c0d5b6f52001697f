"""`haulwatch zones check` and `permits check`."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from agent.cli.main import haulwatch
from agent.trust.keys import new_key
from agent.trust.store import TrustStore, trusted, write_store

SQUARE = [[121.4, 31.2], [121.41, 31.2], [121.41, 31.21], [121.4, 31.21], [121.4, 31.2]]


def run(*words):
    return CliRunner().invoke(haulwatch, [str(word) for word in words])


def zones(*rings):
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"z{i}", "role": "disposal", "OBJECTID": i},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for i, ring in enumerate(rings)
    ]
    return {"type": "FeatureCollection", "coordinate_system": "WGS-84", "features": features}


def permits(**more):
    one = {"id": "p-1", "vehicle": "muck/truck-1", "from": "2026-12-01T00:00:00+08:00",
           "to": "2027-01-01T00:00:00+08:00", "material": "渣土"} | more  # fmt: skip
    return {"format": "haulwatch permits 1", "as_of": "2026-12-01T00:00:00+08:00", "permits": [one]}


@pytest.fixture
def file(tmp_path):
    def write(document, name="layer.json"):
        path = tmp_path / name
        path.write_text(json.dumps(document))
        return path

    return write


def test_fine_zones(file):
    path = file(zones(SQUARE, SQUARE))
    shown = run("zones", "check", path)
    assert shown.exit_code == 0
    assert shown.output == (
        f"{path}: fine; 2 zones in WGS-84 (2 disposal), 8 corners; properties left aside: OBJECTID\n"
    )
    told = json.loads(run("zones", "check", path, "--json").output)
    assert told.pop("hash").isalnum()
    assert told == {
        "file": str(path),
        "fine": True,
        "coordinate_system": "WGS-84",
        "zones": 2,
        "roles": {"disposal": 2},
        "corners": 8,
        "ignored": ["OBJECTID"],
        "problems": [],
    }


def test_wrong_zones_are_findings(file):
    path = file(zones(SQUARE, SQUARE[:-1]))
    shown = run("zones", "check", path)
    assert shown.exit_code == 1
    assert shown.output.splitlines()[0] == (
        f"{path}: feature 1: a ring is not closed; repeat its first position as its last"
    )
    told = json.loads(run("zones", "check", path, "--json").output)
    assert (told["fine"], told["hash"]) == (False, None)
    assert told["problems"][0]["place"] == "feature 1"


def test_fine_permits(file):
    path = file(permits(loading=["z0"], disposal=["z9"]))
    shown = run("permits", "check", path, "--vehicle", "muck/truck-1", "--zones", file(zones(SQUARE), "z"))
    assert shown.exit_code == 0
    assert shown.output.splitlines() == [
        f"{path}: fine; 1 permit as of 2026-11-30T16:00:00Z, not signed",
        "p-1: 2026-11-30T16:00:00Z to 2026-12-31T16:00:00Z 渣土",
        f"zones that {path.parent / 'z'} does not have: z9",
    ]
    told = json.loads(run("permits", "check", path, "--json").output)
    assert (told["permits"], told["signed_by"], told["of_vehicle"]) == (1, None, [])


def test_wrong_permits_are_findings(file):
    shown = run("permits", "check", file(permits(hours=["noon"])))
    assert shown.exit_code == 1
    assert "permit 0: 'noon' is not days and hours" in shown.output


def test_a_signature_is_checked_by_the_store(file, tmp_path):
    key = new_key()
    entry = trusted(key.public, ("permits",), "", datetime.now(UTC))
    write_store(tmp_path / "trust.json", TrustStore().with_key(entry))
    signed = {"purpose": "permits", "vehicles": ["muck/truck-1"], "nonce": "0123456789abcdef",
              "not_before": "2026-12-01T00:00:00Z", "expires": "2026-12-02T00:00:00Z",
              "body": permits()}  # fmt: skip
    path = file(key.sign(signed))
    against = ("--store", tmp_path / "trust.json", "--vehicle")
    assert f"signed by {key.public.kid}" in run("permits", "check", path, *against, "muck/truck-1").output
    assert run("permits", "check", path, *against, "muck/truck-2").exit_code == 1
    assert run("permits", "check", path, "--store", tmp_path / "trust.json").exit_code == 2
    assert "is signed for permits, not zones" in run("zones", "check", path).output


def test_what_is_no_layer_is_a_finding(tmp_path):
    shown = run("zones", "check", tmp_path / "none")
    assert shown.exit_code == 1
    assert shown.output.startswith(f"{tmp_path / 'none'}: cannot be read (No such file or directory); name")
    told = json.loads(run("permits", "check", tmp_path / "none", "--json").output)
    assert told["problems"][0]["remedy"] == "name the right file"
