"""The way of a truck around an event as a small drawing, SVG. Pure."""

import math
from typing import Any

_WIDTH, _HEIGHT, _EDGE = 868, 220, 24
_FOOT = 26  # below the drawing, for the ruler
_METRES_PER_DEGREE = 111_195.0


def track(fixes: list[dict[str, Any]], moments_us: list[int]) -> str:
    """North is up; a dot where it was at each of the moments. "" without positions."""
    places = [
        (f["mono_us"], f["data"]["lon"], f["data"]["lat"])
        for f in sorted(fixes, key=lambda f: int(f["mono_us"]))
        if f["data"].get("lat") is not None and f["data"].get("lon") is not None
    ]
    if not places:
        return ""
    east = _METRES_PER_DEGREE * math.cos(math.radians(places[0][2]))
    plane = [
        (at, (lon - places[0][1]) * east, (lat - places[0][2]) * _METRES_PER_DEGREE)
        for at, lon, lat in places
    ]
    left, right = min(x for _, x, _ in plane), max(x for _, x, _ in plane)
    low, high = min(y for *_, y in plane), max(y for *_, y in plane)
    scale = min((_WIDTH - 2 * _EDGE) / max(right - left, 1.0), (_HEIGHT - 2 * _EDGE) / max(high - low, 1.0))
    shift_x = (_WIDTH - scale * (right - left)) / 2
    shift_y = (_HEIGHT - scale * (high - low)) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return round(shift_x + scale * (x - left), 1), round(_HEIGHT - shift_y - scale * (y - low), 1)

    line = " ".join("{},{}".format(*at(x, y)) for _, x, y in plane)
    dots = "".join(_dot(*at(*_nearest(plane, moment))) for moment in moments_us)
    begin, end = at(*plane[0][1:]), at(*plane[-1][1:])
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + _FOOT}" role="img">'
        f'<polyline points="{line}" fill="none" stroke="#0969da" stroke-width="2.5"/>'
        f"{_end(*begin, '起 start')}{_end(*end, '止 end')}{dots}{_ruler(scale)}</svg>"
    )


def _nearest(plane: list[tuple[int, float, float]], moment: int) -> tuple[float, float]:
    _, x, y = min(plane, key=lambda p: abs(p[0] - moment))
    return x, y


def _dot(x: float, y: float) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="6" fill="#c62828"/>'
        f'<text x="{x}" y="{y - 10}" font-size="12" text-anchor="middle" fill="#c62828">事件 event</text>'
    )


def _end(x: float, y: float, name: str) -> str:
    anchor = "start" if x < _WIDTH / 2 else "end"
    below = y + (17 if y > _HEIGHT / 2 else -9)
    return (
        f'<circle cx="{x}" cy="{y}" r="3.5" fill="#0969da"/>'
        f'<text x="{x}" y="{below}" font-size="11" text-anchor="{anchor}" fill="#57606a">{name}</text>'
    )


def _ruler(scale: float) -> str:
    """A bar of a round length, about an eighth of the drawing."""
    wanted = _WIDTH / 8 / scale
    unit = 10 ** math.floor(math.log10(wanted))
    metres = next(unit * n for n in (5, 2, 1) if unit * n <= wanted)
    length, y = round(metres * scale, 1), _HEIGHT + _FOOT - 12
    return (
        f'<path d="M{_EDGE} {y}h{length}m0 -4v8m-{length} -8v8" stroke="#57606a" fill="none"/>'
        f'<text x="{_EDGE + length + 6}" y="{y + 4}" font-size="11" fill="#57606a">'
        f"{metres:g} m · 北上 north up</text>"
    )
