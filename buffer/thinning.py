"""Which fixes of a track can be left out, so that none of them lies further off than a bound. Pure.

The measure is the synchronised Euclidean distance (SED): how far a fix is from where the kept ones say the
vehicle was at its time, going straight and evenly from one kept fix to the next. The way to choose is TD-TR,
Douglas and Peucker's with that measure (N. Meratnia and R. A. de By, Spatiotemporal Compression Techniques
for Moving Point Objects, EDBT 2004).
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

GAP_S = 5.0
"""Fixes that follow each other more slowly than this stand on both sides of a gap."""
_NS = 1_000_000_000
METRES_PER_DEGREE = 111_694.0
"""Of the longest degree of WGS-84, at the poles, so that a distance is never taken for too short."""


class Point(msgspec.Struct, frozen=True):
    """A fix as thinning sees it; degrees WGS-84, None without a position; all points are of one boot.

    `mono_ns` is its arrival, `utc_ms` its own time since 1970 if it has one. `kind` is all else that must not
    get lost, as a word: where it changes, both fixes stay.
    """

    seq: int
    mono_ns: int
    kind: str = ""
    lat: float | None = None
    lon: float | None = None
    utc_ms: int | None = None

    @property
    def placed(self) -> bool:
        """Whether it has a position."""
        return self.lat is not None and self.lon is not None


def kept(points: Sequence[Point], bound_m: float) -> list[int]:
    """The places in `points` (rising seqs) of those to keep, so that no other is off by more than `bound_m`.

    Always kept are the first and the last, both sides of a gap and of a change of kind; of points without a
    position between these, none.
    """
    stay: list[int] = []
    for first, last in _runs(points):
        stay += _run(points[first : last + 1], first, bound_m)
    return stay


def apart(before: Point, after: Point) -> bool:
    """Whether something lies between two points that must not be bridged."""
    gap_ns = GAP_S * _NS * (after.seq - before.seq)  # what was left out between them took its time
    return (
        before.kind != after.kind
        or before.placed != after.placed
        or not 0 <= after.mono_ns - before.mono_ns <= gap_ns
    )


def _runs(points: Sequence[Point]) -> Iterator[tuple[int, int]]:
    """First and last place of stretches of one kind without a gap."""
    first = 0
    for place, (before, after) in enumerate(pairwise(points), 1):
        if apart(before, after):
            yield first, place - 1
            first = place
    if points:
        yield first, len(points) - 1


def _run(run: Sequence[Point], offset: int, bound_m: float) -> list[int]:
    if len(run) < 3 or not run[0].placed:
        return [offset] if len(run) == 1 else [offset, offset + len(run) - 1]
    path = flat(run)
    stay, open_ = [0, len(run) - 1], [(0, len(run) - 1)]
    while open_:
        first, last = open_.pop()
        worst, off = farthest(path, first, last)
        if off > bound_m:
            stay.append(worst)
            open_ += [(first, worst), (worst, last)]
    return [offset + place for place in sorted(stay)]


Flat = list[tuple[float, float, float]]
"""Time (s), east and north (m) of points."""


def flat(run: Sequence[Point]) -> Flat:
    """Placed points on a plane, which holds for some tens of kilometres.

    By the fixes' own times where all have one and these rise, else by their arrival.
    """
    utc = [p.utc_ms for p in run if p.utc_ms is not None]
    own = len(utc) == len(run) and all(a < b for a, b in pairwise(utc))
    times = [ms / 1e3 for ms in utc] if own else [p.mono_ns / _NS for p in run]
    lats, lons = [p.lat or 0.0 for p in run], [p.lon or 0.0 for p in run]
    wide = METRES_PER_DEGREE * math.cos(math.radians(min(map(abs, lats))))
    start = times[0], lons[0], lats[0]
    return [
        (t - start[0], ((x - start[1] + 180) % 360 - 180) * wide, (y - start[2]) * METRES_PER_DEGREE)
        for t, x, y in zip(times, lons, lats, strict=True)
    ]


def farthest(path: Flat, first: int, last: int) -> tuple[int, float]:
    """Which place between two is farthest from the straight way between them at its time, and how far (m)."""
    t0, x0, y0 = path[first]
    t1, x1, y1 = path[last]
    whole = t1 - t0
    east, north = ((x1 - x0) / whole, (y1 - y0) / whole) if whole > 0 else (0.0, 0.0)
    worst, most = first, 0.0
    for place in range(first + 1, last):
        t, x, y = path[place]
        dx, dy = x - x0 - east * (t - t0), y - y0 - north * (t - t0)
        off = dx * dx + dy * dy
        if off > most:
            worst, most = place, off
    return worst, math.sqrt(most)
