"""Zones on a map: which of thousands hold a point or are near it. Edges are sorted when they are needed."""

from collections.abc import Iterator, Sequence

from agent.geometry.bands import Shape
from agent.geometry.grid import Grid, box_of
from agent.rule_layers import Role, Zone

_SITES = ("loading", "disposal")
_RANK: dict[Role, int] = {"loading": 0, "disposal": 1, "forbidden": 2, "risk": 3, "slow": 4}


class ZoneMap:
    """Zones behind a grid."""

    __slots__ = ("_grid", "_shapes", "_zones")

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._zones = tuple(zones)
        self._grid = Grid([box_of(zone.ring) for zone in self._zones])
        self._shapes: dict[int, Shape] = {}

    def about(self, lon: float, lat: float, reach_m: float) -> Iterator[tuple[Zone, float]]:
        """Zones that hold a point or are within `reach_m`, with the way to their border in m.

        It is negative inside, and minus infinity where the border is farther than `reach_m`.
        """
        for number in self._grid.near(lon, lat, reach_m):
            clearance = self._shape(number).clearance_m(lon, lat, reach_m)
            if clearance <= reach_m:
                yield self._zones[number], clearance

    def holding(self, lon: float, lat: float) -> Zone | None:
        """The zone that a point lies in: a site before all others, then the first of the layer."""
        inside = [n for n in self._grid.near(lon, lat) if self._shape(n).holds(lon, lat)]
        found = min(inside, key=lambda n: _RANK[self._zones[n].role], default=None)
        return None if found is None else self._zones[found]

    def near_site(self, lon: float, lat: float, reach_m: float) -> bool:
        """Whether a point lies in a loading or disposal site, or within `reach_m` of one."""
        return any(
            self._shape(number).clearance_m(lon, lat, reach_m) <= reach_m
            for number in self._grid.near(lon, lat, reach_m)
            if self._zones[number].role in _SITES
        )

    def _shape(self, number: int) -> Shape:
        if number not in self._shapes:
            zone = self._zones[number]
            self._shapes[number] = Shape(zone.ring, zone.holes)
        return self._shapes[number]
