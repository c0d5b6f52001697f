"""The demo's trip and the shortened durations of its configuration."""

import json
from pathlib import Path
from typing import Any

from drivers.sim.truck import Leg, Trip

FLEET, VEHICLE = "demo", "truck-1"
TRIP = Trip(
    lat=31.2304,
    lon=121.4737,
    course=75.0,
    legs=(
        Leg("waits empty at the loading site", 4, 0, "empty"),
        Leg("is loaded", 9, 0, "uncovered"),
        Leg("the cover is closed", 9, 0, "covered"),
        Leg("hauls covered", 16, 14, "covered"),
        Leg("the cover is opened while hauling", 19, 14, "uncovered"),
        Leg("the cover is closed again", 12, 14, "covered"),
        Leg("drives through a tunnel", 9, 14, "covered", sky=False),
        Leg("is out of the tunnel", 6, 14, "covered"),
        Leg("loses the network", 8, 14, "covered", network=False),
        Leg("stops where no site is registered", 5, 0, "covered", network=False),
        Leg("dumps its load", 9, 0, "empty", network=False),
        Leg("drives off empty, network is back", 10, 14, "empty"),
    ),
)
# What is shorter than in the field, so that a trip fits into two minutes of wall time.
DURATIONS: dict[str, dict[str, float]] = {
    "load": {
        "smoothing_s": 1.0,
        "confidence": 0.7,
        "uncovered_after_s": 5.0,
        "covered_after_s": 4.0,
        "change_after_s": 3.0,
        "stale_reading_s": 5.0,
    },
    "motion": {"parked_after_s": 60.0},
    "trips": {"hold_s": 2.0, "alone_s": 20.0, "stop_s": 8.0, "late_s": 20.0},
    "coverage": {"fix_gap_s": 2.5, "camera_gap_s": 5.0, "link_gap_s": 2.0, "health_every_s": 5.0},
    "vision": {"fps_moving": 2.0},
    "evidence": {"around_s": 15.0},
    "warning.grace_s": {"uncovered_load": 3.0},
}
_SITE = ((-120, -90), (120, -90), (120, 90), (-120, 90))  # m east and north of its middle
_PIT_EAST_M = 5000.0  # further than the trip goes


def zones_document() -> dict[str, Any]:
    """The registered sites: the loading site where the trip begins, and a disposal site it never reaches."""
    return {
        "type": "FeatureCollection",
        "coordinate_system": "WGS-84",
        "features": [
            _site("site-north", "loading", "North building site", 0.0),
            _site("pit-east", "disposal", "East disposal site", _PIT_EAST_M),
        ],
    }


def _site(name: str, role: str, words: str, east_m: float) -> dict[str, Any]:
    east, north = 1 / 95_000, 1 / 111_195  # degrees per metre at the trip's latitude
    ring = [[TRIP.lon + (x + east_m) * east, TRIP.lat + y * north] for x, y in _SITE]
    return {
        "type": "Feature",
        "properties": {"id": name, "role": role, "name": words},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }


def write_config(folder: Path, tty: Path, cameras: dict[str, str], broker: str) -> Path:
    """Write the daemon's configuration and zones into `folder`; returns the configuration's path.

    `cameras` maps a role to a URL.
    """
    zones = folder / "zones.geojson"
    zones.write_text(json.dumps(zones_document(), indent=1))
    lines = [
        *_table("unit", {"fleet": FLEET, "vehicle": VEHICLE}),
        *_table("gnss", {"source": str(tty)}),
        *_table("zones", {"file": str(zones), "grace_m": 50.0}),
        *_table("journal", {"path": str(folder / "journal.db")}),
        *_table("recording", {"hours": 1.0}),
        *_table("status", {"socket": str(folder / "agent.sock")}),
        *_table("warning", {"file": str(folder / "warning.json")}),
    ]
    for name, values in DURATIONS.items():
        lines += _table(name, values)
    for role, url in cameras.items():
        lines += _table("[cameras]", {"name": role, "role": role, "source": url, "enabled": True})
    sink = {"name": "city", "url": broker, "retry_cap_s": 2.0, "track_every_s": 3.0, "live_every_s": 0.0}
    sink |= {"unmetered": ["lo"], "retry_spread_s": 0.0}
    lines += _table("[sinks]", sink)
    path = folder / "agent.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _table(name: str, values: dict[str, Any]) -> list[str]:
    return [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""]
