"""A scenario's zones and permits as the files that a platform would send. Pure."""

from datetime import datetime, timedelta
from typing import Any

from drivers.sim.scenario.plan import Permit, Zone
from drivers.sim.scenario.world import World

FLEET, VEHICLE = "sim", "truck-1"


def zones_document(world: World) -> dict[str, Any]:
    """docs/zones.md, in WGS-84."""
    return {
        "type": "FeatureCollection",
        "coordinate_system": "WGS-84",
        "time_zone": world.scenario.time_zone,
        "features": [_feature(world, zone) for zone in world.scenario.zones],
    }


def permits_document(world: World) -> dict[str, Any] | None:
    """docs/permits.md; None where the scenario knows no permits."""
    scenario = world.scenario
    if scenario.permits is None:
        return None
    return {
        "format": "haulwatch permits 1",
        "as_of": _rfc3339(scenario.begins - timedelta(hours=1)),
        "coordinate_system": "WGS-84",
        "time_zone": scenario.time_zone,
        "permits": [_permit(world, permit) for permit in scenario.permits],
    }


def _feature(world: World, zone: Zone) -> dict[str, Any]:
    ring = [list(world.degrees(corner)) for corner in (*zone.corners, zone.corners[0])]
    properties: dict[str, Any] = {"id": zone.id, "role": zone.role, "name": zone.name or zone.id}
    if zone.speed_limit_kmh is not None:
        properties["speed_limit_kmh"] = zone.speed_limit_kmh
    properties |= {"hours": list(zone.hours)} if zone.hours else {}
    properties |= {"loaded_only": True} if zone.loaded_only else {}
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _permit(world: World, permit: Permit) -> dict[str, Any]:
    roads = {name: world.scenario.roads[name] for name in permit.roads}
    found: dict[str, Any] = {
        "id": permit.id,
        "vehicle": f"{FLEET}/{VEHICLE}",
        "company": "A hauling company",
        "from": _rfc3339(permit.begins),
        "to": _rfc3339(permit.ends),
        "hours": list(permit.hours),
        "routes": [
            {"id": name, "width_m": permit.corridor_m, "line": [list(world.degrees(p)) for p in points]}
            for name, points in roads.items()
        ],
        "loading": list(permit.loading),
        "disposal": list(permit.disposal),
        "may_enter": list(permit.may_enter),
    }
    limit = permit.speed_limit_kmh
    return found if limit is None else found | {"speed_limit_kmh": limit}


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
