"""Which of many boxes are near a point: a grid of cells in levels, each twice as wide as the one below.

A box lies in the level whose cells are just as large as it, so in four cells at most, be it a gate or a city;
a question looks into a few cells of each level that is used.
"""

import math
from collections.abc import Sequence

from agent.geometry.bands import METRES_PER_DEGREE

Box = tuple[float, float, float, float]
_FINEST = 0.002  # degrees, some 200 m
_POLAR = 0.01  # a degree of longitude is taken for no shorter than this share of one at the equator


def box_of(ring: Sequence[tuple[float, float]]) -> Box:
    """West, south, east, north of (lon, lat) corners."""
    lons, lats = [p[0] for p in ring], [p[1] for p in ring]
    return min(lons), min(lats), max(lons), max(lats)


class Grid:
    """Boxes by their numbers: (west, south, east, north) degrees."""

    __slots__ = ("_boxes", "_cells", "_levels")

    def __init__(self, boxes: Sequence[Box]) -> None:
        self._boxes = tuple(boxes)
        self._cells: dict[tuple[int, int, int], list[int]] = {}
        for number, box in enumerate(self._boxes):
            level = _level(box)
            for cell in _cells(level, box):
                self._cells.setdefault(cell, []).append(number)
        self._levels = sorted({level for level, _, _ in self._cells})

    def near(self, lon: float, lat: float, reach_m: float = 0.0) -> list[int]:
        """Boxes that a point lies in, or within `reach_m` of, in their order; at corners a few too many."""
        north = reach_m / METRES_PER_DEGREE
        east = north / max(_POLAR, math.cos(math.radians(lat)))
        west, south, far_east, far_north = about = (lon - east, lat - north, lon + east, lat + north)
        found = set()
        for level in self._levels:
            for cell in _cells(level, about):
                for number in self._cells.get(cell, ()):
                    box = self._boxes[number]
                    if box[0] <= far_east and box[2] >= west and box[1] <= far_north and box[3] >= south:
                        found.add(number)
        return sorted(found)


def _level(box: Box) -> int:
    size = max(box[2] - box[0], box[3] - box[1], _FINEST)
    return math.ceil(math.log2(size / _FINEST))


def _cells(level: int, box: Box) -> list[tuple[int, int, int]]:
    side = _FINEST * 2.0**level
    west, east = math.floor(box[0] / side), math.floor(box[2] / side)
    south, north = math.floor(box[1] / side), math.floor(box[3] / side)
    return [(level, x, y) for x in range(west, east + 1) for y in range(south, north + 1)]
