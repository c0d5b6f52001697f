"""Which registered zone a position lies in."""

from typing import Any

from agent.model import Settings
from drivers.readings import Fix


def zone_of(fix: Fix | None, settings: Settings) -> dict[str, Any]:
    """The zone of a fit fix as it stands in records: inside with id and role, outside, or unknown."""
    if fix is None or fix.lat is None or fix.lon is None:
        return {"state": "unknown", "id": None, "role": None}
    zone = settings.map.holding(fix.lon, fix.lat)
    if zone is None:
        return {"state": "outside", "id": None, "role": None}
    return {"state": "inside", "id": zone.id, "role": zone.role}


def in_grace(fix: Fix, settings: Settings) -> bool:
    """Whether a fix lies in a loading or disposal site or within `grace_m` of one."""
    if fix.lat is None or fix.lon is None:
        return False
    return settings.map.near_site(fix.lon, fix.lat, settings.grace_m)


def place(fix: Fix | None) -> dict[str, Any] | None:
    """A position as it stands in records: degrees to 7 decimals, m/s and HDOP to 2; or None."""
    if fix is None or fix.lat is None or fix.lon is None:
        return None
    return {
        "lat": round(fix.lat, 7),
        "lon": round(fix.lon, 7),
        "speed": None if fix.speed is None else round(fix.speed, 2),
        "hdop": None if fix.hdop is None else round(fix.hdop, 2),
        "crs": "WGS-84",
    }
