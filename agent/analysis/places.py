"""Functions that queries call with a latitude and a longitude: the H3 cell, the site of a layer of zones."""

from collections.abc import Sequence
from functools import partial

from agent.analysis.engine import Function
from agent.analysis.extra import library
from agent.geometry.map import ZoneMap
from agent.rule_layers import Zone

_SITES = ("loading", "disposal")


def functions(resolution: int, zones: Sequence[Zone]) -> dict[str, Function]:
    """`cell_of` and `site_of` (loading, disposal, or empty), which go to other processes as they are."""
    library("h3")
    sites = ZoneMap([zone for zone in zones if zone.role in _SITES])
    return {"cell_of": partial(_cell, resolution), "site_of": partial(_site, sites)}


def outline(cell: str) -> list[tuple[float, float]]:
    """The corners of a cell, (lon, lat), anticlockwise, the first again as the last."""
    corners = [(round(lon, 7), round(lat, 7)) for lat, lon in library("h3").cell_to_boundary(cell)]
    return [*corners, corners[0]]


def _cell(resolution: int, lat: float, lon: float) -> str:
    return str(library("h3").latlng_to_cell(lat, lon, resolution))


def _site(sites: ZoneMap, lat: float, lon: float) -> str:
    zone = sites.holding(lon, lat)
    return "" if zone is None else zone.role
