"""A piece of the earth on paper: north is up, metres are alike in both directions. Pure."""

import math
from collections.abc import Iterable

import msgspec

_DEGREE_M = 111_195.0  # mean earth radius (IUGG) times pi/180
_LEAST_M = 800.0
_MARGIN = 0.08
Box = tuple[float, float, float, float]
"""South, west, north, east, degrees."""


class Frame(msgspec.Struct, frozen=True):
    """What `box` of the earth is on `width` by `height` units of paper."""

    box: Box
    width: float
    height: float

    @property
    def metres(self) -> float:
        """How many of them are across."""
        return (self.box[3] - self.box[1]) * _east(self.box)

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place is on paper, x to the right, y down."""
        south, west, north, east = self.box
        x, y = (lon - west) / (east - west) * self.width, (north - lat) / (north - south) * self.height
        return round(x, 1), round(y, 1)

    def bar(self) -> tuple[int, float]:
        """A round number of metres of which the scale bar is made, and its length on paper."""
        most = self.metres / 4
        power = 10 ** math.floor(math.log10(most))
        length = next(step * power for step in (5, 2, 1) if step * power <= most)
        return int(length), round(length / self.metres * self.width, 1)


def framed(places: Iterable[tuple[float, float]], width: float, height: float) -> Frame:
    """A frame around all places (lon, lat), with a margin, as it fits the paper."""
    lons, lats = zip(*places, strict=True)
    middle = ((min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2)
    east = _DEGREE_M * math.cos(math.radians(middle[0]))
    across = max((max(lons) - min(lons)) * east, _LEAST_M) * (1 + 2 * _MARGIN)
    along = max((max(lats) - min(lats)) * _DEGREE_M, _LEAST_M) * (1 + 2 * _MARGIN)
    scale = max(across / width, along / height)
    half_lat, half_lon = scale * height / 2 / _DEGREE_M, scale * width / 2 / east
    box = (middle[0] - half_lat, middle[1] - half_lon, middle[0] + half_lat, middle[1] + half_lon)
    return Frame(box, width, height)


def _east(box: Box) -> float:
    return _DEGREE_M * math.cos(math.radians((box[0] + box[2]) / 2))
