"""Whether rings make a polygon: none touches itself, holes lie inside and apart. Exact, whatever the digits.

A corner of a hole may lie on another ring, as in OGC 06-103r4; two rings may not cross or share an edge.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from agent.geometry.bands import Point
from agent.geometry.grid import box_of

_FEW = 64  # sides: fewer are compared each with each
_MOST_CELLS = 100  # in each direction
_BESIDE = 1e-6  # of a cell, for rounding
_ROUNDING = 1.6e-15  # relative error of a float cross product, generously (Shewchuk 1997)


class Side(NamedTuple):
    """An edge of ring `ring`, the `place`-th of its `of`."""

    a: Point
    b: Point
    ring: int
    place: int
    of: int


def opened(ring: Sequence[Point]) -> list[Point]:
    """The corners of a closed ring without those that repeat the one before."""
    kept = [p for i, p in enumerate(ring) if i == 0 or p != ring[i - 1]]
    return kept[:-1] if len(kept) > 1 and kept[0] == kept[-1] else kept


def fault(rings: Sequence[Sequence[Point]]) -> str | None:
    """What is wrong with a polygon's rings (outer first; open, without repeated corners), in one phrase."""
    for number, ring in enumerate(rings):
        if len(ring) < 3:
            return f"{_named(number)} has fewer than 3 corners"
        spike = _spike(ring)
        if spike is not None:
            return f"{_named(number)} turns back on itself at {spike[0]:.7f}, {spike[1]:.7f}"
    for one, other in _meeting([s for i, ring in enumerate(rings) for s in _sides(ring, i)]):
        first, second = sorted((one.ring, other.ring))
        if one.ring == other.ring:
            return f"{_named(one.ring)} crosses or touches itself near {one.a[0]:.7f}, {one.a[1]:.7f}"
        if _crosses(one, other):
            return f"{_named(first)} and {_named(second)} cross near {one.a[0]:.7f}, {one.a[1]:.7f}"
    return _misplaced(rings)


def turn(a: Point, b: Point, c: Point) -> int:
    """1 when a-b-c turns left, -1 right, 0 straight; exact."""
    left, right = (b[0] - a[0]) * (c[1] - a[1]), (b[1] - a[1]) * (c[0] - a[0])
    if abs(left - right) > _ROUNDING * (abs(left) + abs(right)):
        return 1 if left > right else -1
    ax, ay, bx, by, cx, cy = (Fraction(v) for p in (a, b, c) for v in p)
    exactly, right_exactly = (bx - ax) * (cy - ay), (by - ay) * (cx - ax)
    return (exactly > right_exactly) - (exactly < right_exactly)


def side_of(point: Point, ring: Sequence[Point]) -> int:
    """1 inside an open ring, 0 on its border, -1 outside; exact."""
    odd = False
    a = ring[-1]
    for b in ring:
        bent = turn(a, b, point)
        if bent == 0 and _between(a, b, point):
            return 0
        if (a[1] > point[1]) != (b[1] > point[1]) and (bent > 0) == (b[1] > a[1]):
            odd = not odd
        a = b
    return 1 if odd else -1


def _named(number: int) -> str:
    return "the outer ring" if number == 0 else f"hole {number}"


def _sides(ring: Sequence[Point], number: int) -> Iterator[Side]:
    for i, a in enumerate(ring):
        yield Side(a, ring[(i + 1) % len(ring)], number, i, len(ring))


def _spike(ring: Sequence[Point]) -> Point | None:
    """A corner where the ring goes back the way it came."""
    for i, b in enumerate(ring):
        a, c = ring[i - 1], ring[(i + 1) % len(ring)]
        back = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0
        if back and turn(a, b, c) == 0:
            return b
    return None


def _meeting(sides: list[Side]) -> Iterator[tuple[Side, Side]]:
    """Pairs that share a point though they are no neighbours; one pair may come more than once."""
    cells: dict[tuple[int, int], list[Side]] = {}
    mesh = _Mesh(sides)
    for side in sides:
        west, south, east, north = box_of((side.a, side.b))
        for cell in mesh.cells(side):
            there = cells.setdefault(cell, [])
            for other in there:
                (x0, y0), (x1, y1) = other.a, other.b
                if (x0 < west and x1 < west) or (x0 > east and x1 > east):
                    continue
                if (y0 < south and y1 < south) or (y0 > north and y1 > north):
                    continue
                if not _neighbours(side, other) and _touches(side, other):
                    yield side, other
            there.append(side)


class _Mesh:
    """Square cells over all sides, about as many as there are sides."""

    def __init__(self, sides: list[Side]) -> None:
        self._west, self._south, east, north = box_of([p for s in sides for p in (s.a, s.b)])
        self._count = 1 if len(sides) < _FEW else min(_MOST_CELLS, math.isqrt(len(sides)))
        self._wide = (east - self._west) / self._count or 1.0
        self._high = (north - self._south) / self._count or 1.0

    def cells(self, side: Side) -> Iterator[tuple[int, int]]:
        """All that a side passes through, and by rounding a few beside them."""
        (x0, y0), (x1, y1) = sorted((side.a, side.b), key=lambda p: p[1])
        steep = (x1 - x0) / (y1 - y0) if y1 > y0 else 0.0
        for row in self._span((y0 - self._south) / self._high, (y1 - self._south) / self._high):
            low, high = self._south + row * self._high, self._south + (row + 1) * self._high
            into = x0 + (low - y0) * steep if low > y0 and y1 > y0 else x0
            out = x0 + (high - y0) * steep if high < y1 and y1 > y0 else x1
            ends = sorted(((into - self._west) / self._wide, (out - self._west) / self._wide))
            for column in self._span(*ends):
                yield row, column

    def _span(self, low: float, high: float) -> range:
        last = self._count - 1
        first = max(0, min(last, math.floor(low - _BESIDE)))
        return range(first, max(first, min(last, math.floor(high + _BESIDE))) + 1)


def _neighbours(one: Side, other: Side) -> bool:
    apart = abs(one.place - other.place)
    return one.ring == other.ring and apart in (1, one.of - 1)


def _turns(one: Side, other: Side) -> tuple[int, int, int, int]:
    a, b, c, d = one.a, one.b, other.a, other.b
    return turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)


def _touches(one: Side, other: Side) -> bool:
    c, d = turn(one.a, one.b, other.a), turn(one.a, one.b, other.b)
    if c == d != 0:
        return False
    a, b = turn(other.a, other.b, one.a), turn(other.a, other.b, one.b)
    if c != d and a != b:
        return True
    return any(
        bent == 0 and _between(side.a, side.b, point)
        for bent, side, point in ((c, one, other.a), (d, one, other.b), (a, other, one.a), (b, other, one.b))
    )


def _crosses(one: Side, other: Side) -> bool:
    """Whether two that meet go through each other, or along each other."""
    c, d, a, b = _turns(one, other)
    if c == d == 0:
        ends = {p for p in (one.a, one.b) if _between(other.a, other.b, p)}
        return len(ends | {p for p in (other.a, other.b) if _between(one.a, one.b, p)}) > 1
    return c * d < 0 and a * b < 0


def _between(a: Point, b: Point, point: Point) -> bool:
    """Whether a point of the line through a and b lies between them."""
    return min(a[0], b[0]) <= point[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])


def _misplaced(rings: Sequence[Sequence[Point]]) -> str | None:
    """A hole outside the outer ring, or inside another."""
    outer, holes = rings[0], rings[1:]
    boxes = [box_of(hole) for hole in holes]
    for number, hole in enumerate(holes, 1):
        if any(side_of(p, outer) < 0 for p in _probes(hole)):
            return f"hole {number} lies outside the outer ring"
        for second in range(number, len(holes)):
            if _apart(boxes[number - 1], boxes[second]):
                continue
            there = holes[second]
            if any(side_of(p, hole) > 0 for p in _probes(there)) or any(
                side_of(p, there) > 0 for p in _probes(hole)
            ):
                return f"hole {number} and hole {second + 1} overlap"
    return None


def _probes(ring: Sequence[Point]) -> Iterator[Point]:
    """Its corners and the middles of its sides."""
    for i, b in enumerate(ring):
        yield b
        yield (ring[i - 1][0] + b[0]) / 2, (ring[i - 1][1] + b[1]) / 2


def _apart(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
