"""Edges of rings and lines, in bands of latitude so that few are looked at; clearances from them in metres.

Distances are equirectangular about the point that asks: good to 0.1 % below 10 km.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

Point = tuple[float, float]
Edge = tuple[float, float, float, float]
METRES_PER_DEGREE = 111_195.0  # mean earth radius 6,371,008.8 m (IUGG) times pi/180
_PER_BAND, _MOST = 4, 64


def edges_of(line: Sequence[Point], *, closed: bool) -> Iterator[Edge]:
    """The edges of a line of (lon, lat) degrees; `closed`: also from its last corner to its first."""
    if closed and line[-1] != line[0]:
        line = (*line, line[0])
    for (x0, y0), (x1, y1) in pairwise(line):
        yield x0, y0, x1, y1


class Bands:
    """Edges sorted by latitude; there must be at least one."""

    __slots__ = ("_bands", "_height", "_south")

    def __init__(self, edges: Iterable[Edge]) -> None:
        known = list(edges)
        lats = [lat for e in known for lat in (e[1], e[3])]
        count = max(1, min(_MOST, len(known) // _PER_BAND))
        self._south = min(lats)
        self._height = (max(lats) - self._south) / count or 1.0
        self._bands: list[list[Edge]] = [[] for _ in range(count)]
        for edge in known:
            low, high = sorted((edge[1], edge[3]))
            for number in range(self._band(low), self._band(high) + 1):
                self._bands[number].append(edge)

    def odd(self, lon: float, lat: float) -> bool:
        """Whether a ray from the point crosses an odd number of edges, as it does from inside."""
        odd = False
        for x0, y0, x1, y1 in self._bands[self._band(lat)]:
            if (y0 > lat) != (y1 > lat) and lon < x0 + (lat - y0) * (x1 - x0) / (y1 - y0):
                odd = not odd
        return odd

    def nearest_m(self, lon: float, lat: float, reach_m: float = math.inf) -> float:
        """Metres to the nearest edge; infinite when none is within `reach_m`."""
        best = reach_m * reach_m
        found = False
        north, east = METRES_PER_DEGREE, METRES_PER_DEGREE * math.cos(math.radians(lat))
        for x0, y0, x1, y1 in self._about(lat, reach_m):
            ax, ay = (x0 - lon) * east, (y0 - lat) * north
            dx, dy = (x1 - x0) * east, (y1 - y0) * north
            if (ax > reach_m and ax + dx > reach_m) or (ax < -reach_m and ax + dx < -reach_m):
                continue
            square = dx * dx + dy * dy
            along = 0.0 if square == 0 else max(0.0, min(1.0, -(ax * dx + ay * dy) / square))
            px, py = ax + along * dx, ay + along * dy
            if px * px + py * py <= best:
                best, found = px * px + py * py, True
        return math.sqrt(best) if found else math.inf

    def _band(self, lat: float) -> int:
        number = math.floor((lat - self._south) / self._height)
        return max(0, min(len(self._bands) - 1, number))

    def _about(self, lat: float, reach_m: float) -> Iterator[Edge]:
        if math.isinf(reach_m):
            return chain.from_iterable(self._bands)
        reach = reach_m / METRES_PER_DEGREE
        low, high = self._band(lat - reach), self._band(lat + reach)
        return chain.from_iterable(self._bands[low : high + 1])


class Shape:
    """A polygon: an outer ring and its holes, (lon, lat) degrees, open or closed."""

    __slots__ = ("_bands",)

    def __init__(self, ring: Sequence[Point], holes: Sequence[Sequence[Point]] = ()) -> None:
        self._bands = Bands(e for line in (ring, *holes) for e in edges_of(line, closed=True))

    def holds(self, lon: float, lat: float) -> bool:
        """Whether a point lies inside, by the even-odd rule; the border is undecided."""
        return self._bands.odd(lon, lat)

    def clearance_m(self, lon: float, lat: float, reach_m: float = math.inf) -> float:
        """Metres to the border: negative inside, positive outside, infinite beyond `reach_m`."""
        away = self._bands.nearest_m(lon, lat, reach_m)
        return -away if self._bands.odd(lon, lat) else away


class Path:
    """A line, (lon, lat) degrees."""

    __slots__ = ("_bands",)

    def __init__(self, line: Sequence[Point]) -> None:
        self._bands = Bands(edges_of(line, closed=False))

    def away_m(self, lon: float, lat: float, near_m: float) -> float:
        """Metres to the line; what is within `near_m` is found with fewer looks."""
        near = self._bands.nearest_m(lon, lat, near_m)
        return self._bands.nearest_m(lon, lat) if math.isinf(near) else near
