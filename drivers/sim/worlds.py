"""Where a simulated receiver is: a straight drive, a recorded track, or the raw bytes of a recording."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import datetime
from math import cos, degrees, radians, sin

from drivers.sim.nmea import Pose

_EARTH_M = 6_371_008.8  # mean radius (IUGG)
_TIMED = re.compile(rb"\$..(?:RMC|GGA|GNS),(\d{6}[.\d]*)|\$..GLL,[^,]*,[^,]*,[^,]*,[^,]*,(\d{6}[.\d]*)")


def straight(begin: Pose) -> Callable[[float], Pose | None]:
    """A drive from `begin` with its speed and course, on a plane around it."""

    def world(t: float) -> Pose:
        way, course = begin.speed * t / _EARTH_M, radians(begin.course)
        lat = begin.lat + degrees(way * cos(course))
        lon = begin.lon + degrees(way * sin(course) / cos(radians(begin.lat)))
        return Pose(lat, lon, begin.alt, begin.speed, begin.course)

    return world


def track(lines: Iterable[str]) -> tuple[datetime, Callable[[float], Pose | None]]:
    """UTC of the first record and the world of a track: the JSON lines that `gnss decode` prints.

    The last record at or before t counts, and the last of all for ever. Raises ValueError for anything else
    than such lines.
    """
    records = [json.loads(line) for line in lines if line.strip()]
    timed = [r for r in records if isinstance(r, dict) and r.get("time")]
    if not timed:
        raise ValueError("no record with a time")
    moments = [datetime.fromisoformat(r["time"]) for r in timed]
    offsets = [(moment - moments[0]).total_seconds() for moment in moments]
    poses = [_pose(r) for r in timed]
    return moments[0], lambda t: poses[max(0, bisect_right(offsets, t + 1e-6) - 1)]


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
    if record.get("lat") is None or record.get("lon") is None:
        return None
    return Pose(*[record.get(name) or 0.0 for name in ("lat", "lon", "alt", "speed", "course")])
