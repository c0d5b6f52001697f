"""Roads in m, and how a loaded truck drives along one, second by second."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from random import Random

import msgspec

_GAIN, _BRAKE = 0.6, 1.1  # m/s²: what a loaded tipper does in traffic
_BEND_DEG, _BEND_MPS = 25.0, 6.0
_SWAY, _SWAY_S = 0.12, 25.0  # share of the speed that traffic takes or gives, and for how long
Point = tuple[float, float]


class Halt(msgspec.Struct, frozen=True):
    """`at` m of a road: no faster than `speed` m/s; where that is 0, for `seconds`."""

    at: float
    speed: float
    seconds: float = 0.0


class Road:
    """A line of points (m)."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = tuple(points)
        self._ends = list(accumulate((math.dist(a, b) for a, b in pairwise(points)), initial=0.0))

    @property
    def length(self) -> float:
        """In m."""
        return self._ends[-1]

    def at(self, way: float) -> tuple[float, float, float]:
        """East, north (m) and course (degrees true) after `way` m."""
        leg = min(max(0, bisect_right(self._ends, way) - 1), len(self.points) - 2)
        (x, y), (u, v) = self.points[leg], self.points[leg + 1]
        whole = self._ends[leg + 1] - self._ends[leg]
        share = min(1.0, max(0.0, (way - self._ends[leg]) / whole))
        course = math.degrees(math.atan2(u - x, v - y)) % 360
        return x + share * (u - x), y + share * (v - y), course

    def away(self, east: float, north: float) -> float:
        """How far a point is from the line, m."""
        return min(_away((east, north), a, b) for a, b in pairwise(self.points))

    def bends(self) -> list[Halt]:
        """Where it turns so much that a truck slows down."""
        courses = [self.at((a + b) / 2)[2] for a, b in pairwise(self._ends)]
        turns = [abs((b - a + 180) % 360 - 180) for a, b in pairwise(courses)]
        return [
            Halt(way, _BEND_MPS) for way, turn in zip(self._ends[1:], turns, strict=False) if turn > _BEND_DEG
        ]


def drive(road: Road, cruise: float, waits: int, chance: Random) -> list[tuple[float, float]]:
    """Way (m) and speed (m/s) of each second from standing to standing at the end."""
    lights = sorted(chance.uniform(0.05, 0.95) * road.length for _ in range(waits))
    halts = [*road.bends(), *(Halt(at, 0.0, chance.uniform(10, 55)) for at in lights)]
    halts = sorted([*halts, Halt(road.length, 0.0)], key=lambda halt: halt.at)
    way, speed, sway = 0.0, 0.0, 0.0
    rows: list[tuple[float, float]] = []
    while halts:
        rows.append((way, speed))
        sway += -sway / _SWAY_S + chance.gauss(0, _SWAY * math.sqrt(2 / _SWAY_S))
        wanted = min([cruise * max(0.3, 1 + sway), *(_allowed(halt, way) for halt in halts)])
        speed = max(0.0, min(wanted, speed + _GAIN, max(speed - 2 * _BRAKE, wanted)))
        way += speed
        if way >= halts[0].at - 1.0:
            halt = halts.pop(0)
            if halt.speed == 0.0:
                way, speed = max(rows[-1][0], min(way, halt.at)), 0.0
                rows += [(way, 0.0)] * round(halt.seconds)
    return [*rows, (way, 0.0)]


def _allowed(halt: Halt, way: float) -> float:
    """The speed from which a truck still comes to what the halt allows; it creeps the last metres."""
    left = halt.at - way
    return max(halt.speed, 0.6, math.sqrt(halt.speed**2 + 2 * _BRAKE * max(0.0, left - 2)))


def _away(point: Point, a: Point, b: Point) -> float:
    along = (b[0] - a[0], b[1] - a[1])
    whole = along[0] ** 2 + along[1] ** 2
    share = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / whole
    share = min(1.0, max(0.0, share))
    return math.dist(point, (a[0] + share * along[0], a[1] + share * along[1]))


def inside(point: Point, ring: Sequence[Point]) -> bool:
    """Whether a point lies in a polygon (m): the even-odd rule."""
    x, y = point
    crossed = False
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            crossed = not crossed
    return crossed


def outside_m(point: Point, ring: Sequence[Point]) -> float:
    """How far a point is outside a polygon, m; negative inside: to the border."""
    border = min(_away(point, a, b) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    return -border if inside(point, ring) else border
