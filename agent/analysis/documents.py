"""What an analysis leaves: cells as GeoJSON, episodes as Parquet."""

from typing import Any

import msgspec

from agent.analysis.columns import Column
from agent.analysis.engine import Engine
from agent.analysis.hot_spots import HotSpots
from agent.analysis.parquet import encoded, schema_of, table_of
from agent.analysis.places import outline

EPISODE = (
    Column("kind", "string", "stop, unloading, suspicious_unloading, suspicious_trip"),
    Column("fleet", "string", "the fleet"),
    Column("vehicle", "string", "the vehicle's name within its fleet"),
    Column("generation", "string", "of the journal"),
    Column("boot", "string", "of the unit"),
    Column("seq", "bigint", "of its record in the stream event or trip; null for a stop"),
    Column("time", "timestamp", "when it began"),
    Column("hour", "bigint", "the local hour in which it began, 0 to 23"),
    Column("dwell_s", "double", "how long it stood there, s; null when it did not"),
    Column("lat", "double", "degrees north, WGS-84: the mean of a stop's fixes, an unloading's place"),
    Column("lon", "double", "degrees east, likewise"),
    Column("cell", "string", "the H3 cell"),
    Column("site", "string", "loading, disposal, or null outside both"),
    Column("outside", "bigint", "1 outside registered sites (an unloading: outside disposal sites), else 0"),
)
_EPISODES = (
    "select kind, fleet, vehicle, generation, boot, seq, at_us, hour, dwell_us, lat7, lon7, cell, site, "
    "outside from episode order by at_us, fleet, vehicle, kind, generation, boot, seq, lat7, lon7"
)


def geojson(found: HotSpots) -> bytes:
    """RFC 7946: a polygon per kind and cell, the heaviest first; what it was made of as further members."""
    features = [
        {
            "type": "Feature",
            "id": f"{cell.kind}/{cell.cell}",
            "geometry": {"type": "Polygon", "coordinates": [outline(cell.cell)]},
            "properties": msgspec.to_builtins(cell),
        }
        for cell in found.cells
    ]
    head = {
        "type": "FeatureCollection",
        "coordinate_system": "WGS-84",
        "time_zone": found.time_zone,
        "sites_by": found.sites_by,
        "thresholds": msgspec.to_builtins(found.thresholds),
        "read": msgspec.to_builtins(found.read),
    }
    return msgspec.json.encode(head | {"features": features}) + b"\n"


def episodes(engine: Engine) -> bytes:
    """Every episode, as a Parquet file."""
    rows = (_episode(row) for row in engine.rows(_EPISODES))
    return encoded(table_of(schema_of(EPISODE), rows))


def _episode(row: dict[str, Any]) -> tuple[Any, ...]:
    whose = (row["kind"], row["fleet"], row["vehicle"], row["generation"], row["boot"], row["seq"])
    dwell = None if row["dwell_us"] is None else row["dwell_us"] / 1e6
    place = (row["lat7"] / 1e7, row["lon7"] / 1e7, row["cell"], row["site"], int(row["outside"]))
    return (*whose, row["at_us"], row["hour"], dwell, *place)
