"""The last minute's way, one position a second: how far, how straight, and how fast by its own word."""

from collections import deque
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from drivers.geodesy import apart_m
from drivers.gnss.testimony.limits import seconds
from drivers.readings import Fix

_SPACING_NS = 900_000_000  # ten positions a second tell no more than one
_BREAK_NS = 5_500_000_000  # after a longer pause nothing is known of the way


class Point(NamedTuple):
    """A measured position: ns, (lat, lon) degrees, m/s or None."""

    mono_ns: int
    place: tuple[float, float]
    speed: float | None


class Stretch(NamedTuple):
    """A part of the way: s, net distance and length in m, and the speed integrated, m (None: not known).

    `widest` is the longest leg, m; `slowest` and `fastest` by the receiver's word, m/s.
    """

    duration: float
    net: float
    length: float
    widest: float
    by_speed: float | None
    slowest: float
    fastest: float


class Way:
    """Keeps the points of the last `window_s` without a break."""

    def __init__(self, window_s: float) -> None:
        self._window = seconds(window_s)
        self._points: deque[Point] = deque()

    def clear(self) -> None:
        """Forget it."""
        self._points.clear()

    def add(self, fix: Fix, place: tuple[float, float]) -> None:
        """Go on to a measured position."""
        last = self._points[-1].mono_ns if self._points else fix.mono_ns - _SPACING_NS
        if fix.mono_ns - last < _SPACING_NS:
            return
        if fix.mono_ns - last > _BREAK_NS:
            self.clear()
        self._points.append(Point(fix.mono_ns, place, fix.speed))
        while self._points[0].mono_ns < fix.mono_ns - self._window:
            self._points.popleft()

    def last(self, window_s: float) -> Stretch | None:
        """The stretch of the last `window_s`; None unless at least 80 % of it are known."""
        end = self._points[-1].mono_ns if self._points else 0
        points = [p for p in self._points if p.mono_ns >= end - seconds(window_s)]
        if len(points) < 3 or end - points[0].mono_ns < 0.8 * seconds(window_s):
            return None
        return _stretch(points)

    def longest(self, true: Callable[[Point], bool]) -> Stretch | None:
        """The stretch up to now in which something is true of every point; None below three points."""
        points: list[Point] = []
        for point in reversed(self._points):
            if not true(point):
                break
            points.append(point)
        return _stretch(points[::-1]) if len(points) >= 3 else None

    def unchanged_s(self) -> float:
        """For how long the place has been the same to the last digit."""
        if not self._points:
            return 0.0
        last = since = self._points[-1]
        for point in reversed(self._points):
            if point.place != last.place:
                break
            since = point
        return (last.mono_ns - since.mono_ns) / 1e9


def _stretch(points: list[Point]) -> Stretch:
    speeds = [p.speed for p in points if p.speed is not None]
    whole = len(speeds) == len(points)
    legs = list(pairwise(points))
    lengths = [apart_m(a.place, b.place) for a, b in legs]
    return Stretch(
        duration=(points[-1].mono_ns - points[0].mono_ns) / 1e9,
        net=apart_m(points[0].place, points[-1].place),
        length=sum(lengths),
        widest=max(lengths),
        by_speed=sum(_travelled(a, b) for a, b in legs) if whole else None,
        slowest=min(speeds, default=0.0),
        fastest=max(speeds, default=0.0),
    )


def _travelled(a: Point, b: Point) -> float:
    return ((a.speed or 0.0) + (b.speed or 0.0)) / 2 * (b.mono_ns - a.mono_ns) / 1e9
