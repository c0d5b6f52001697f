"""Positions of a layer: numbers in range, longitude first, in a declared coordinate system."""

import math
from typing import Any

from agent.geometry.coordinates import SYSTEMS, in_china, to_wgs84
from agent.layers.document import Wrong
from agent.rule_layers import Line

_POLES = 85.0  # degrees; no road leads there, a swapped longitude of China does
_FIRST = "write longitude first, then latitude, as GeoJSON has it"


def system_of(document: dict[str, Any]) -> str:
    """The declared coordinate system; raises Wrong."""
    found = document.get("coordinate_system")
    if found in SYSTEMS:
        return str(found)
    said = "declares no coordinate system" if found is None else f"{found!r} is no known coordinate system"
    raise Wrong(said, f'add "coordinate_system": one of {", ".join(SYSTEMS)}; ask who drew it')


def positions(found: Any, most: int) -> list[tuple[float, float]]:
    """(lon, lat) of a list of positions as they stand there; raises Wrong."""
    if not isinstance(found, list):
        raise Wrong("its coordinates are no list of positions", "correct the geometry")
    if len(found) > most:
        raise Wrong(f"has {len(found)} corners in one line, at most {most}", "simplify it, or split it")
    return [_position(p) for p in found]


def check_axes(line: list[tuple[float, float]], system: str) -> None:
    """Raise Wrong for what looks like latitude first, or lies where its system has no meaning."""
    for lon, lat in line:
        swapped = abs(lat) > _POLES or (in_china(lat, lon) and not in_china(lon, lat))
        if abs(lon) > 180 or swapped:
            raise Wrong(f"{lon:g}, {lat:g} is latitude first, or out of range", _FIRST)
        if system != "WGS-84" and not in_china(lon, lat):
            remedy = f"{_FIRST}, or declare WGS-84"
            raise Wrong(f"{lon:g}, {lat:g} is not in China, where alone {system} means something", remedy)


def check_length(line: list[tuple[float, float]]) -> None:
    """Raise Wrong for a line that leads nowhere."""
    if len(set(line)) < 2:
        raise Wrong("has fewer than 2 corners", "draw it anew")


def wgs84(line: list[tuple[float, float]], system: str) -> Line:
    """The same line in WGS-84."""
    return tuple(to_wgs84(system, lon, lat) for lon, lat in line)


def _position(found: Any) -> tuple[float, float]:
    if isinstance(found, list) and len(found) >= 2:
        lon, lat = found[0], found[1]
        if type(lon) in (int, float) and type(lat) in (int, float):
            return _finite(lon), _finite(lat)
    raise Wrong(f"{found!r:.40} is no position", "write [longitude, latitude]")


def _finite(value: float) -> float:
    number = float(value) if abs(value) < 1e9 else math.inf
    if not math.isfinite(number):
        raise Wrong(f"{value!r:.40} is no coordinate", "write degrees")
    return number
