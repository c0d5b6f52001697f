"""Zones from a GeoJSON file (RFC 7946) with a declared coordinate system."""

import json
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import ConfigError
from agent.model import Zone

_LIMIT_BYTES = 20_000_000


def load_zones(path: Path) -> tuple[Zone, ...]:
    """Read and check a layer; raises ConfigError naming file, feature number and remedy."""
    try:
        if path.stat().st_size > _LIMIT_BYTES:
            raise _wrong(path, f"is over {_LIMIT_BYTES} bytes", "split the layer")
        document = json.loads(path.read_text())
    except OSError as e:
        raise _wrong(path, f"cannot be read ({e.strerror})", "correct zones.file") from e
    except ValueError as e:
        raise _wrong(path, f"is not JSON ({e})", "correct the file") from e
    if not isinstance(document, dict) or document.get("coordinate_system") != "WGS-84":
        raise _wrong(path, "declares no known coordinate system", 'add "coordinate_system": "WGS-84"')
    features = document.get("features")
    if not isinstance(features, list):
        raise _wrong(path, "is no FeatureCollection", "correct the file")
    zones = tuple(_zone(path, number, feature) for number, feature in enumerate(features))
    seen: set[str] = set()
    for number, zone in enumerate(zones):
        if zone.id in seen:
            raise _wrong(path, f"feature {number}: the id {zone.id!r} stands twice", "give each its own")
        seen.add(zone.id)
    return zones


def _zone(path: Path, number: int, feature: Any) -> Zone:
    try:
        geometry, properties = feature["geometry"], feature["properties"]
        kind, rings = geometry["type"], geometry["coordinates"]
        if kind != "Polygon" or len(rings) != 1:
            raise _wrong(
                path, f"feature {number}: {kind} with {len(rings)} rings", "use Polygons without holes"
            )
        json.dumps(properties, ensure_ascii=False).encode()  # a lone surrogate could not be journalled
        zone = msgspec.convert(
            {
                "id": properties["id"],
                "role": properties["role"],
                "name": properties.get("name", ""),
                "ring": [point[:2] for point in rings[0]],
            },
            Zone,
        )
    except (KeyError, TypeError, UnicodeEncodeError, msgspec.ValidationError) as e:
        raise _wrong(
            path, f"feature {number}: {e}", "it needs a Polygon, and id and role as properties"
        ) from e
    _check_ring(path, number, zone)
    return zone


def _check_ring(path: Path, number: int, zone: Zone) -> None:
    if len(set(zone.ring)) < 3:
        raise _wrong(path, f"feature {number}: fewer than 3 corners", "draw it anew")
    if not all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in zone.ring):  # so NaN is out, too
        raise _wrong(path, f"feature {number}: coordinates out of range", "GeoJSON has longitude first")


def _wrong(path: Path, what: str, remedy: str) -> ConfigError:
    return ConfigError(what, where=str(path), remedy=remedy)
