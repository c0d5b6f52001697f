"""The published form of a fix, shared by `gnss decode` and `gnss watch`."""

from typing import Any

from drivers.readings import Fix


def row(fix: Fix) -> dict[str, Any]:
    """The published fields of a fix: ISO 8601 UTC, degrees, m, m/s; unknown is null."""
    return {
        "time": fix.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z") if fix.utc else None,
        "lat": _rounded(fix.lat, 9),
        "lon": _rounded(fix.lon, 9),
        "alt": _rounded(fix.alt, 4),
        "speed": _rounded(fix.speed, 4),
        "course": _rounded(fix.course, 4),
        "mode": fix.mode,
        "satellites": fix.satellites,
        "hdop": fix.hdop,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
