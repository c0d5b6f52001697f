"""Distances on the earth. Pure."""

from math import asin, cos, radians, sin, sqrt

EARTH_M = 6_371_008.8  # mean radius (IUGG)


def apart_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance in m of two (lat, lon) in degrees; within 0.6 % of the ellipsoid's."""
    lat_a, lat_b = radians(a[0]), radians(b[0])
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin(radians(b[1] - a[1]) / 2) ** 2
    return 2 * EARTH_M * asin(sqrt(min(1.0, half)))
