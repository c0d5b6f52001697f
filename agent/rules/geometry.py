"""Plane geometry on small pieces of the earth: a polygon and the distance to it."""

import math

Point = tuple[float, float]
_METRES_PER_DEGREE = 111_195.0  # mean earth radius 6,371,008.8 m (IUGG) times pi/180


def inside(lon: float, lat: float, ring: tuple[Point, ...]) -> bool:
    """Whether a point lies in a ring of (lon, lat) degrees, by the even-odd rule; the border is undecided."""
    odd = False
    x0, y0 = ring[-1]
    for x1, y1 in ring:
        if (y0 > lat) != (y1 > lat) and lon < x0 + (lat - y0) * (x1 - x0) / (y1 - y0):
            odd = not odd
        x0, y0 = x1, y1
    return odd


def distance_m(lon: float, lat: float, ring: tuple[Point, ...]) -> float:
    """Metres from a point to a ring, 0 inside; equirectangular, good to 0.1 % below 10 km."""
    if inside(lon, lat, ring):
        return 0.0
    scale = math.cos(math.radians(lat))
    flat = [((x - lon) * scale * _METRES_PER_DEGREE, (y - lat) * _METRES_PER_DEGREE) for x, y in ring]
    return min(_to_segment(flat[i - 1], flat[i]) for i in range(len(flat)))


def _to_segment(a: Point, b: Point) -> float:
    """The distance from the origin to the segment a-b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    along = 0.0 if square == 0 else max(0.0, min(1.0, -(a[0] * dx + a[1] * dy) / square))
    return math.hypot(a[0] + along * dx, a[1] + along * dy)
