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


def full_row(fix: Fix) -> dict[str, Any]:
    """Also where the date is from, satellites by constellation, other dilutions, and what was inferred."""
    return row(fix) | {
        "date_origin": fix.date_origin,
        "geoid": fix.geoid,
        "quality": fix.quality,
        "in_view": fix.in_view,
        "used_by": fix.used_by,
        "in_view_by": fix.in_view_by,
        "pdop": fix.pdop,
        "vdop": fix.vdop,
        "accuracy": fix.accuracy,
        "inferred": fix.inferred,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def sentence(values: dict[str, Any]) -> str:
    """A fix in one line, from its published fields."""

    def shown(name: str, unit: str, digits: int) -> str:
        value = values[name]
        return f"{'-' if value is None else format(value, f'.{digits}f')}{unit}"

    place = f"{shown('lat', '', 7)} {shown('lon', '', 7)}"
    motion = f"{shown('speed', ' m/s', 2)}  {shown('course', '°', 1)}"
    sky = f"{values['satellites'] or 0} satellites  hdop {shown('hdop', '', 1)}"
    return (
        f"{values['time'] or '-':24}  {values['mode']:4}  {place}  {shown('alt', ' m', 1)}  {motion}  {sky}"
    )
