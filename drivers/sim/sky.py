"""The satellites over a place at a time: circular orbits of every constellation, good to a few degrees.

Every satellite goes round `turns` times per sidereal day, which fixes its height: GPS twice, GLONASS 17
times in 8 days, Galileo 17 in 10, BeiDou MEO 13 in 7 (the repeat cycles in their interface documents), the
geosynchronous ones once. Planes, inclinations and orbital slots are the nominal ones; phases are ours, so
the sky is plausible and not an almanac.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from math import asin, atan2, cos, degrees, radians, sin, sqrt

import msgspec

from drivers.readings import Constellation

_EARTH_KM = 6371.0
_GEOSYNCHRONOUS_KM = 42164.0
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_GMST_DEG, _GMST_DEG_PER_DAY = 280.46061837, 360.98564736629  # IAU 1982 sidereal time, linear part
_REFRESH_S = 10.0  # in which a satellite moves by less than 0.1 degrees


class Satellite(msgspec.Struct, frozen=True):
    """A satellite over the horizon: number within its constellation, degrees of elevation and azimuth."""

    constellation: Constellation
    number: int
    elevation: float
    azimuth: float


class _Orbit(msgspec.Struct, frozen=True):
    """Radius in km; angles in radians: inclination, node, and argument of latitude at sidereal time 0."""

    constellation: Constellation
    number: int
    turns: float
    inclination: float
    node: float
    phase: float

    @property
    def radius(self) -> float:
        """By Kepler's third law, km."""
        return float(_GEOSYNCHRONOUS_KM / self.turns ** (2 / 3))

    def place(self, sidereal: float) -> tuple[float, float, float]:
        """Earth-fixed x, y, z in km at an (unwrapped) sidereal angle."""
        u, node = self.phase + self.turns * sidereal, self.node - sidereal
        across = sin(u) * cos(self.inclination)
        x, y = cos(node) * cos(u) - sin(node) * across, sin(node) * cos(u) + cos(node) * across
        return self.radius * x, self.radius * y, self.radius * sin(u) * sin(self.inclination)


def _walker(
    constellation: Constellation, numbers: Iterable[int], planes: int, shape: str
) -> Iterator[_Orbit]:
    """Satellites dealt out to evenly spaced planes; `shape` is "turns inclination slots"."""
    turns, inclination, slots = (float(word) for word in shape.split())
    for i, number in enumerate(numbers):
        plane, slot = i % planes, i // planes
        phase = 360 * slot / slots + 360 * plane / (planes * slots) + 7 * ((5 * i) % 4)
        yield _Orbit(
            constellation, number, turns, radians(inclination), radians(360 * plane / planes), radians(phase)
        )


def _geosynchronous(
    constellation: Constellation, places: dict[int, float], inclination: float = 0.1
) -> Iterator[_Orbit]:
    """Satellites that stay near a longitude; the inclined ones draw a figure of eight in turn."""
    for i, (number, longitude) in enumerate(places.items()):
        phase = radians(longitude if inclination < 1 else 120 * i)
        yield _Orbit(constellation, number, 1.0, radians(inclination), radians(longitude) - phase, phase)


def _orbits() -> Iterator[_Orbit]:
    """All of them. SBAS numbers are PRNs; longitudes as published by the systems' operators."""
    yield from _walker("gps", range(1, 32), 6, "2 55 5.2")
    yield from _walker("glonass", range(1, 25), 3, "2.125 64.8 8")
    yield from _walker("galileo", range(1, 25), 3, "1.7 56 8")
    yield from _geosynchronous("beidou", {1: 140.0, 2: 80.3, 3: 110.5, 4: 160.0, 5: 58.7})
    yield from _geosynchronous("beidou", {6: 118, 7: 118, 8: 118, 9: 95, 10: 95, 13: 95}, 55)
    yield from _walker("beidou", range(19, 43), 3, f"{13 / 7} 55 8")
    yield from _geosynchronous("qzss", {2: 135, 3: 135, 4: 135}, 41)
    yield from _geosynchronous("qzss", {7: 127})
    yield from _geosynchronous(
        "sbas", {120: -15.5, 123: 31.5, 127: 55, 128: 83, 130: 140, 131: -117, 133: -98, 135: -125, 137: 127}
    )
    yield from _geosynchronous("navic", {3: 83, 6: 32.5, 7: 129.5})
    yield from _geosynchronous("navic", {2: 55, 4: 55, 9: 111.75}, 29)


class Sky:
    """The satellites above some degrees of a place, reckoned anew every ten seconds of the world's time."""

    def __init__(self, constellations: Iterable[Constellation], above: float = 0.0) -> None:
        wanted, self._above = set(constellations), above
        self._orbits = [orbit for orbit in _orbits() if orbit.constellation in wanted]
        self._of: tuple[int, float, float] | None = None
        self._satellites: tuple[Satellite, ...] = ()

    def over(self, utc: datetime, lat: float, lon: float) -> tuple[Satellite, ...]:
        """Those high enough at a place (degrees), by constellation and number.

        The same object comes back while nothing has changed.
        """
        days = (utc - _J2000).total_seconds() / 86400
        of = (int(days * 86400 / _REFRESH_S), round(lat, 1), round(lon, 1))
        if of != self._of:
            self._of = of
            sidereal = radians(_GMST_DEG + _GMST_DEG_PER_DAY * of[0] * _REFRESH_S / 86400)
            seen = _in_view(self._orbits, sidereal, radians(of[1]), radians(of[2]))
            self._satellites = tuple(s for s in seen if s.elevation > self._above)
        return self._satellites


def _in_view(orbits: Iterable[_Orbit], sidereal: float, lat: float, lon: float) -> Iterator[Satellite]:
    up = (cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat))
    north = (-sin(lat) * cos(lon), -sin(lat) * sin(lon), cos(lat))
    east = (-sin(lon), cos(lon), 0.0)
    for orbit in orbits:
        sight = [s - _EARTH_KM * u for s, u in zip(orbit.place(sidereal), up, strict=True)]
        elevation = asin(_dot(sight, up) / sqrt(_dot(sight, sight)))
        if elevation > 0:
            azimuth = degrees(atan2(_dot(sight, east), _dot(sight, north))) % 360
            yield Satellite(orbit.constellation, orbit.number, degrees(elevation), azimuth)


def _dot(a: Iterable[float], b: Iterable[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


class Dilution(msgspec.Struct, frozen=True):
    """Dilution of precision: position, horizontal, vertical, time."""

    pdop: float
    hdop: float
    vdop: float
    tdop: float


def dilution(satellites: Iterable[Satellite]) -> Dilution | None:
    """From the geometry: the diagonal of inverse(GᵀG); None for fewer than four or a singular geometry."""
    rows = [_sight(s) for s in satellites]
    if len(rows) < 4:
        return None
    normal = [[sum(r[i] * r[j] for r in rows) for j in range(4)] for i in range(4)]
    diagonal = _inverse_diagonal(normal)
    if diagonal is None:
        return None
    east, north, up, time = diagonal
    return Dilution(sqrt(east + north + up), sqrt(east + north), sqrt(up), sqrt(time))


def _sight(s: Satellite) -> tuple[float, float, float, float]:
    """The unit vector to it (east, north, up), and the clock's share."""
    elevation, azimuth = radians(s.elevation), radians(s.azimuth)
    return cos(elevation) * sin(azimuth), cos(elevation) * cos(azimuth), sin(elevation), 1.0


def _inverse_diagonal(matrix: list[list[float]]) -> list[float] | None:
    """The diagonal of the inverse by Gauss-Jordan elimination with pivoting; None when it is singular."""
    size = len(matrix)
    rows = [[*row, *[float(i == j) for j in range(size)]] for i, row in enumerate(matrix)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        if abs(rows[pivot][i]) < 1e-9:
            return None
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for k in range(size):
            if k != i and rows[k][i]:
                factor = rows[k][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    diagonal = [rows[i][size + i] for i in range(size)]
    return diagonal if min(diagonal) > 0 else None
