"""Speed and course from the way that positions say was gone: what both sides of a batch can work out. Pure.

A degree of latitude is taken as 111,320 m (WGS-84's equator, 2 pi 6,378,137 m / 360), a degree of longitude
as that times the cosine of the latitude. Whole numbers throughout, so that every decoder gives the same.
"""

import math
from collections.abc import Callable, Sequence

from agent.uplink.track.units import Unit, nearest

FULL = 1 << 15
"""The cosine of the equator's latitude as a batch gives it."""
Moment = tuple[int, int, int]
"""Latitude and longitude in 1e-7 degrees, time in ms."""
Way = tuple[int, int, int]
"""North and east in 1e-7 degrees of latitude, ms; no time: nothing is known."""
_LONGEST_MS = 10_000
_UMPS = 11_132_000  # micrometres per second for 1e-7 degrees in a ms
_RIGHT, _CIRCLE = 90_000, 360_000  # thousandths of a degree


def cosine(lat: float | None) -> int:
    """The cosine of a latitude in 1/32,768; of the equator when none is known."""
    return FULL if lat is None else round(FULL * math.cos(math.radians(lat)))


def ways(moments: Sequence[Moment | None], cos: int) -> list[Way]:
    """For each fix the way from the one before to the one after.

    At the ends, and where one of these two has no position or time, from the fix itself.
    """
    last = len(moments) - 1
    found = []
    for i, here in enumerate(moments):
        before, after = moments[max(i - 1, 0)] or here, moments[min(i + 1, last)] or here
        north = east = took = 0
        if before and after and 0 < after[2] - before[2] <= _LONGEST_MS:
            north, east, took = (b - a for a, b in zip(before, after, strict=True))
        found.append((north, east * cos // FULL, took))
    return found


def speed(north: int, east: int, took: int, unit: Unit) -> int:
    """A multiple of `unit` of m/s; 0 when nothing is known."""
    um_per_s = math.isqrt(north * north + east * east) * _UMPS // took if took else 0
    return nearest(um_per_s * 10**unit.decimals * unit.under, 1_000_000 * unit.over)


def course(north: int, east: int, took: int, unit: Unit) -> int:
    """A multiple of `unit` of degrees; 0 when nothing is known.

    atan z = 45 z + 15.642 z (1 - z) degrees for z from 0 to 1, at most 0.22 degrees off (S. Rajan et al.,
    Efficient approximations for the arctangent function, IEEE Signal Processing Magazine 23(3), 2006).
    """
    short, long = sorted((abs(north), abs(east)))
    if not took or not long:
        return 0
    z = short * FULL // long
    angle = z * (45_000 + 15_642 * (FULL - z) // FULL) // FULL
    angle = _RIGHT - angle if abs(east) > abs(north) else angle
    angle = 2 * _RIGHT - angle if north < 0 else angle
    angle = (_CIRCLE - angle) % _CIRCLE if east < 0 else angle
    return nearest(angle * 10**unit.decimals * unit.under, 1000 * unit.over)


def each(gone: Sequence[Way], of: Callable[[int, int, int, Unit], int], unit: Unit) -> list[int]:
    """`speed` or `course` of every way."""
    return [of(*way, unit) for way in gone]
