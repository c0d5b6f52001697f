"""Where a simulated receiver is: a straight drive, a route, a recorded track, or a recording's raw bytes."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt

import msgspec

from drivers.sim.solution import Pose

_EARTH_M = 6_371_008.8  # mean radius (IUGG)
_GAP_S = 5.0  # between records of a track that are still one movement
_TIMED = re.compile(rb"\$..(?:RMC|GGA|GNS),(\d{6}[.\d]*)|\$..GLL,[^,]*,[^,]*,[^,]*,[^,]*,(\d{6}[.\d]*)")
World = Callable[[float], Pose | None]


def straight(begin: Pose) -> World:
    """A drive from `begin` with its speed and course, on a plane around it."""

    def world(t: float) -> Pose:
        way, course = begin.speed * t / _EARTH_M, radians(begin.course)
        lat = begin.lat + degrees(way * cos(course))
        lon = begin.lon + degrees(way * sin(course) / cos(radians(begin.lat)))
        return Pose(lat, lon, begin.alt, begin.speed, begin.course)

    return world


def route(points: Sequence[tuple[float, float]], speed: float, alt: float = 0.0) -> World:
    """A drive at `speed` m/s from point to point (degrees), which stands at the last one.

    Raises ValueError for fewer than two points or one beside the globe.
    """
    if len(points) < 2:
        raise ValueError("a route has two points at least")
    if not all(-90 <= lat <= 90 and -180 <= lon <= 180 for lat, lon in points):
        raise ValueError("latitudes are within ±90 degrees, longitudes within ±180")
    ends = list(accumulate((_distance(a, b) for a, b in pairwise(points)), initial=0.0))

    def world(t: float) -> Pose:
        way = max(0.0, speed * t)
        if way >= ends[-1]:
            return Pose(*points[-1], alt, 0.0, _course(points[-2], points[-1]))
        leg = bisect_right(ends, way) - 1
        a, b = points[leg], points[leg + 1]
        share = (way - ends[leg]) / (ends[leg + 1] - ends[leg])
        return Pose(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), alt, speed, _course(a, b))

    return world


def points(text: str) -> list[tuple[float, float]]:
    """The points of `lat,lon lat,lon …`, also on several lines with # comments; raises ValueError."""
    words = " ".join(line.partition("#")[0] for line in text.splitlines()).split()
    pairs = [word.split(",") for word in words]
    if odd := next((w for w, pair in zip(words, pairs, strict=True) if len(pair) != 2), None):
        raise ValueError(f"{odd!r} is not lat,lon")
    return [(float(lat), float(lon)) for lat, lon in pairs]


def track(lines: Iterable[str]) -> tuple[datetime, World]:
    """UTC of the first record and the world of a track: the JSON lines that `gnss decode` prints.

    Between records at most 5 s apart the truck moves evenly; else the last record at or before t counts,
    and the last of all for ever. Raises ValueError for anything else than such lines.
    """
    records = [json.loads(line) for line in lines if line.strip()]
    timed = [r for r in records if isinstance(r, dict) and r.get("time")]
    if not timed:
        raise ValueError("no record with a time")
    moments = [datetime.fromisoformat(str(r["time"])) for r in timed]
    offsets = [(moment - moments[0]).total_seconds() for moment in moments]
    poses = [_pose(r) for r in timed]

    def world(t: float) -> Pose | None:
        i = max(0, bisect_right(offsets, t + 1e-6) - 1)
        here, there = poses[i], poses[min(i + 1, len(poses) - 1)]
        gap = offsets[min(i + 1, len(poses) - 1)] - offsets[i]
        if here is None or there is None or not 0 < gap <= _GAP_S:
            return here
        return _between(here, there, min(1.0, max(0.0, (t - offsets[i]) / gap)))

    return moments[0], world


def bursts(recording: bytes) -> list[bytes]:
    """A recording cut where a position sentence has another time than the one before."""
    cuts, last = [0], b""
    for timed in _TIMED.finditer(recording):
        time = timed[1] or timed[2]
        if last and time != last:
            cuts.append(timed.start())
        last = time
    return [recording[a:b] for a, b in zip(cuts, [*cuts[1:], len(recording)], strict=True)]


def _pose(record: dict[str, float | None]) -> Pose | None:
    values = [record.get(name) for name in ("lat", "lon", "alt", "speed", "course")]
    if odd := [v for v in values if v is not None and not isinstance(v, int | float)]:
        raise ValueError(f"{odd[0]!r} is no number")
    if record.get("lat") is None or record.get("lon") is None:
        return None
    return Pose(*[value or 0.0 for value in values])


def _between(a: Pose, b: Pose, share: float) -> Pose:
    """`share` of the way from a to b; the course turns the short way round."""
    if share < 1e-6:
        return a
    turn = (b.course - a.course + 180) % 360 - 180
    evenly = {
        name: getattr(a, name) + share * (getattr(b, name) - getattr(a, name))
        for name in ("lat", "lon", "alt", "speed")
    }
    return msgspec.structs.replace(a, **evenly, course=(a.course + share * turn) % 360)


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Haversine, m."""
    (lat1, lon1), (lat2, lon2) = ((radians(lat), radians(lon)) for lat, lon in (a, b))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(h)))


def _course(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Degrees true on the plane around a."""
    north, east = b[0] - a[0], (b[1] - a[1]) * cos(radians(a[0]))
    return degrees(atan2(east, north)) % 360 if hypot(north, east) else 0.0
