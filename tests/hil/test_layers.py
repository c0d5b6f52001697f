"""Zones and permits change while the daemon runs; a wrong file never replaces a good one."""

import json
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest

from agent.layers.gather import layer_hash
from agent.trust.keys import new_key
from agent.trust.store import TrustStore, trusted, write_store
from agent.zones_file import load_zones

pytestmark = pytest.mark.hil
SQUARE = [[121.4, 31.2], [121.41, 31.2], [121.41, 31.21], [121.4, 31.21], [121.4, 31.2]]


def zones(*names, ring=SQUARE):
    features = [
        {
            "type": "Feature",
            "properties": {"id": name, "role": "loading"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for name in names
    ]
    return {"type": "FeatureCollection", "coordinate_system": "WGS-84", "features": features}


def put(path, document):
    part = path.with_suffix(".part")
    part.write_text(json.dumps(document))
    part.replace(path)


def permits(vehicle="hil/truck-1"):
    one = {"id": "p-1", "vehicle": vehicle, "from": "2026-11-01T00:00:00+08:00",
           "to": "2036-01-01T00:00:00+08:00"}  # fmt: skip
    as_of = datetime.now(UTC).isoformat()
    return {"format": "haulwatch permits 1", "as_of": as_of, "permits": [one]}


def signed(key, purpose, body):
    now = datetime.now(UTC)
    return key.sign(
        {
            "purpose": purpose,
            "vehicles": ["hil/*"],
            "nonce": "0123456789abcdef",
            "not_before": now.isoformat(),
            "expires": (now + timedelta(days=1)).isoformat(),
            "body": body,
        }
    )


def layers(vehicle, since, says="", **wanted):
    """The `layer.changed` records from the `since`-th on whose data holds these values, refused as `says`."""
    told = [m["data"] for m in vehicle.streams["health"][since:] if m["type"] == "layer.changed"]
    return [d for d in told if says in (d["refused"] or "") and wanted.items() <= d.items()]


def test_zones_are_replaced_refused_and_kept_over_a_restart(truck):
    file = truck.folder / "zones.geojson"
    put(file, zones("north"))
    truck.tables["zones"] = {"file": str(file)}
    truck.start()
    first = truck.await_message("health", "layer.changed", layer="zones", entries=1)["data"]
    assert first == {"layer": "zones", "hash": layer_hash(load_zones(file)), "entries": 1,
                     "refused": None, "severity": "info"}  # fmt: skip
    put(file, zones("north", "south"))
    second = truck.await_message("health", "layer.changed", entries=2, refused=None)["data"]
    assert second["hash"] == layer_hash(load_zones(file))
    put(file, zones("north", ring=SQUARE[:-1]))
    os.kill(truck.process.pid, signal.SIGHUP)
    why = f"{file}: feature 0: a ring is not closed; repeat its first position as its last"
    refused = truck.await_message("health", "layer.changed", refused=why)["data"]
    assert (refused["hash"], refused["severity"]) == (second["hash"], "notice")
    status = truck.await_status(lambda s: s["layers"]["zones"]["refused"])
    assert status["faults"] == [f"zones: {why}"]
    assert status["layers"]["zones"]["entries"] == 2
    truck.kill()
    before = len(truck.vehicle().streams["health"])
    truck.start()
    truck.await_platform(
        lambda v: layers(v, before, refused=why, hash=second["hash"]), "the last good layer after a restart"
    )
    assert "the last good ones stay in force" in truck.log()
    assert truck.terminate() == 0


def test_a_forbidden_zone_reaches_the_platform(truck, body):
    file = truck.folder / "zones.geojson"
    truck.add_camera("bed", body.sim.url, silent_s=1.5)
    truck.tables["haulage"] = {"forbidden_s": 2.0, "enter_s": 1.0, "error_m": 3.0}
    truck.tables["zones"] = {"file": str(file)}
    put(file, zones("far"))
    truck.start()
    truck.await_platform(lambda v: v.fixes, "a fix")
    here = next(iter(truck.vehicle().fixes.values()))
    lon, lat = here["lon"], here["lat"]
    ring = [[lon + x, lat + y] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    document = zones("city", ring=ring)
    document["features"][0]["properties"] |= {"role": "forbidden", "name": "禁行区"}
    put(file, document)
    event = truck.await_message("event", "forbidden_zone.started")
    assert event["data"]["facts"]["zone"] == {"id": "city", "name": "禁行区"}
    assert (event["data"]["severity"], event["data"]["authority"]) == ("violation", ["公安"])
    assert event["data"]["layers"] == {"zones": layer_hash(load_zones(file))}
    assert truck.await_status(lambda s: s["violations"])["violations"] == [event["subject"]]
    put(file, zones("far"))
    truck.await_message("event", "forbidden_zone.ended", reason="left")
    assert truck.terminate() == 0


def test_permits_are_taken_only_from_whom_they_may_come(truck):
    key, stranger = new_key(), new_key()
    state = truck.folder / "state"
    entry = trusted(key.public, ("permits",), "city", datetime.now(UTC))
    write_store(state / "trust.json", TrustStore().with_key(entry))
    file = truck.folder / "permits.json"
    truck.tables["permits"] = {"file": str(file), "signed": True}
    truck.start()
    missing = truck.await_message("health", "layer.changed", layer="permits")["data"]
    assert (missing["hash"], missing["entries"]) == (None, 0)
    assert "cannot be read" in missing["refused"]
    put(file, signed(key, "permits", permits()))
    truck.await_message("health", "layer.changed", entries=1, refused=None)
    for wrong, says in (
        (signed(stranger, "permits", permits()), "not trusted here"),
        (signed(key, "zones", permits()), "is signed for zones"),
        (permits(), "is not signed"),
    ):
        put(file, wrong)
        truck.await_platform(lambda v, says=says: layers(v, 0, entries=1, says=says), says)
    assert truck.terminate() == 0
