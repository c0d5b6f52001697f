"""From the coordinate systems of Chinese maps to WGS-84.

GCJ-02 is WGS-84 with a shift of 100 to 700 m that is a smooth function of the place; BD-09 shifts GCJ-02 once
more. Neither is officially published; this is the function as it has been public since 2013 (Windows Phone
sources, later googollee/eviltransform and wandergis/coordtransform, whose test vectors our tests hold). The
shift is defined from WGS-84 and from GCJ-02 only, so the way back is by iteration: going there and back
changes a place by less than 1e-6 m. Against the official converter it is said to agree to about a metre.
"""

import math
from collections.abc import Callable

Point = tuple[float, float]
SYSTEMS = ("WGS-84", "GCJ-02", "BD-09")
CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # where GCJ-02 is shifted: west, south, east, north
_AXIS_M = 6_378_245.0  # Krasovsky 1940
_ECCENTRICITY_2 = 0.00669342162296594323
_BAIDU = math.pi * 3000.0 / 180.0
_ENOUGH = 1e-12  # degrees, a ten-thousandth of a millimetre
_ROUNDS = 30


def to_wgs84(system: str, lon: float, lat: float) -> Point:
    """(lon, lat) degrees of one of SYSTEMS in WGS-84; raises KeyError for another."""
    return _TO[system](lon, lat)


def in_china(lon: float, lat: float) -> bool:
    """Whether a place is where GCJ-02 differs from WGS-84: a rectangle about China."""
    return CHINA[0] <= lon <= CHINA[2] and CHINA[1] <= lat <= CHINA[3]


def gcj02(lon: float, lat: float) -> Point:
    """A place of WGS-84 in GCJ-02."""
    if not in_china(lon, lat):
        return lon, lat
    x, y = lon - 105.0, lat - 35.0
    ripple = 20.0 * _sin(6.0 * x) + 20.0 * _sin(2.0 * x)
    north = ripple + 20.0 * _sin(y) + 40.0 * _sin(y / 3) + 160.0 * _sin(y / 12) + 320.0 * _sin(y / 30)
    east = ripple + 20.0 * _sin(x) + 40.0 * _sin(x / 3) + 150.0 * _sin(x / 12) + 300.0 * _sin(x / 30)
    root = math.sqrt(abs(x))
    north_m = north * 2 / 3 - 100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    east_m = east * 2 / 3 + 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    phi = math.radians(lat)
    flat = 1 - _ECCENTRICITY_2 * math.sin(phi) ** 2
    meridian = _AXIS_M * (1 - _ECCENTRICITY_2) / (flat * math.sqrt(flat))
    parallel = _AXIS_M / math.sqrt(flat) * math.cos(phi)
    return lon + math.degrees(east_m / parallel), lat + math.degrees(north_m / meridian)


def bd09(lon: float, lat: float) -> Point:
    """A place of WGS-84 in BD-09."""
    return _baidu(*gcj02(lon, lat))


def _sin(turns: float) -> float:
    return math.sin(turns * math.pi)


def _baidu(lon: float, lat: float) -> Point:
    """From GCJ-02."""
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BAIDU)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BAIDU)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


def _back(there: Callable[[float, float], Point], lon: float, lat: float) -> Point:
    """The place that `there` moves to (lon, lat), by fixed-point iteration: shifts change slowly."""
    x, y = lon, lat
    for _ in range(_ROUNDS):
        shifted = there(x, y)
        off = lon - shifted[0], lat - shifted[1]
        x, y = x + off[0], y + off[1]
        if max(abs(off[0]), abs(off[1])) < _ENOUGH:
            break
    return x, y


_TO: dict[str, Callable[[float, float], Point]] = {
    "WGS-84": lambda lon, lat: (lon, lat),
    "GCJ-02": lambda lon, lat: _back(gcj02, lon, lat),
    "BD-09": lambda lon, lat: _back(bd09, lon, lat),
}
