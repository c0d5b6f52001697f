"""What positions say of themselves: jumps of place, height and time, speed against way, standing still."""

from datetime import datetime
from math import remainder

from drivers.geodesy import apart_m
from drivers.gnss.testimony.doubt import Doubt, suspicion
from drivers.gnss.testimony.jump import Jump
from drivers.gnss.testimony.limits import Thresholds, seconds
from drivers.gnss.testimony.way import Point, Way
from drivers.readings import Fix, Suspicion

_NOT_MEASURED = (0, 6, 7, 8)  # NMEA 0183 GGA quality: none, dead reckoning, entered by hand, simulator
_VAGUE_HDOP = 5.0  # above, a position may be anywhere near
_STILL_MPS = 0.1  # below, a receiver says that it stands
_AT_SPEED_MPS = 2.0  # above, the last digit of a position changes each second
_STRAIGHT = 0.8  # net distance over length of a way that leads somewhere
_LEAP = 1 / 3  # of a way in one second: a leap, not a way
_ROLLOVER_S = 1024 * 7 * 86400
_LOST_NS = 3_000_000_000
Place = tuple[float, float]


def measured(fix: Fix) -> Place | None:
    """The place of a position that satellites gave."""
    if fix.mode == "none" or fix.lat is None or fix.lon is None or fix.quality in _NOT_MEASURED:
        return None
    return fix.lat, fix.lon


class PositionWitness:
    """Takes every fix; `judge` once a second. Bounded by one position a second of the longest window."""

    def __init__(self, limits: Thresholds) -> None:
        self._limits = limits
        self._way = Way(max(limits.speed_zero_window_s, limits.mismatch_window_s, limits.frozen_s))
        self._since: int | None = None  # of the unbroken run of measured positions
        self._solid_since: int | None = None  # of the run of 3D ones
        self._last_measured: int | None = None
        self._utc_changed = 0
        self._utc_of: datetime | None = None
        self._heard_fix = False  # the newest fix claims a position
        self._places: Jump[Place] = Jump(limits, self._reachable)
        self._heights: Jump[float] = Jump(limits, self._climbable)
        self._times: Jump[float] = Jump(limits, self._in_time)
        self._why: dict[str, str | None] = {"place": None, "height": None, "time": None}
        over = limits.over_s
        self._jumps = {name: Doubt(0.0, over) for name in self._why}
        self._mismatch = Doubt(limits.mismatch_s, over)
        self._speed_zero, self._stuck = Doubt(0.0, over), Doubt(limits.frozen_s, over)
        self._timeless = Doubt(0.0, over)
        self.frozen = False  # others know that the position is an old one

    def unchanged_s(self) -> float:
        """For how long the place has been the same to the last digit, s."""
        return self._way.unchanged_s()

    def lost_for(self, now: int) -> float | None:
        """How long there has been no measured position, s; None when there never was one."""
        return None if self._last_measured is None else (now - self._last_measured) / 1e9

    def standing(self) -> bool | None:
        """Whether the truck stood at the last positions; None when the receiver says no speed."""
        stretch = self._way.last(10.0)
        if stretch is None or stretch.by_speed is None:
            return None
        return stretch.fastest < 0.5 and stretch.net < 10.0

    def take(self, fix: Fix) -> None:
        """A new fix."""
        place = measured(fix)
        self._heard_fix = fix.mode != "none"
        stands = fix.utc is not None and fix.utc == self._utc_of
        if not stands:
            self._utc_of, self._utc_changed = fix.utc, fix.mono_ns
        if place is None:
            self._since = self._solid_since = None
            return
        if self._last_measured is None or fix.mono_ns - self._last_measured > _LOST_NS:
            self._since = self._solid_since = None
        self._last_measured = fix.mono_ns
        self._since = fix.mono_ns if self._since is None else self._since
        if fix.mono_ns - self._since < seconds(self._limits.settle_s):
            return
        self._way.add(fix, place)
        old = self.frozen or self._stuck.raised or self._timeless.raised
        if not old and (fix.hdop is None or fix.hdop <= _VAGUE_HDOP):
            self._compare(fix, place, stands=stands)

    def judge(self, now: int, *, flows: bool) -> tuple[Suspicion, ...]:
        """The suspicions at `now`; `flows`: sentences keep coming."""
        for name, doubt in self._jumps.items():
            doubt.see(now, self._why[name])
        fresh = self._last_measured is not None and now - self._last_measured <= _LOST_NS
        if not fresh:
            self._way.clear()
        self._mismatch.see(now, self._mismatched() if fresh else None)
        self._speed_zero.see(now, self._without_speed() if fresh else None)
        self._stuck.see(now, self._stands_at_speed() if fresh else None)
        self._timeless.see(now, self._without_time(now) if flows else None)
        return (
            *suspicion("spoofing", *self._jumps.values(), self._mismatch),
            *suspicion("speed_zero", self._speed_zero),
            *suspicion("frozen", self._stuck, self._timeless),
        )

    def _compare(self, fix: Fix, place: Place, *, stands: bool) -> None:
        """Against what was trusted; a time that stands is no other time."""
        jump = self._places.take(fix.mono_ns, place)
        self._why["place"] = jump and f"{_far(apart_m(jump[0], place))} in {jump[1]:.0f} s"
        if fix.utc is not None and not stands:
            offset = fix.utc.timestamp() - fix.mono_ns / 1e9
            step = self._times.take(fix.mono_ns, offset)
            self._why["time"] = step and f"time off by {offset - step[0]:+.0f} s"
        self._compare_height(fix)

    def _compare_height(self, fix: Fix) -> None:
        """Only in 3D: in 2D the height is an old one, and it corrects itself when 3D comes back."""
        if fix.mode != "3d" or fix.alt is None:
            self._solid_since = None
            return
        self._solid_since = fix.mono_ns if self._solid_since is None else self._solid_since
        if fix.mono_ns - self._solid_since >= seconds(self._limits.settle_s):
            jump = self._heights.take(fix.mono_ns, fix.alt)
            self._why["height"] = jump and f"height {fix.alt - jump[0]:+.0f} m in {jump[1]:.0f} s"

    def _reachable(self, a: Place, b: Place, elapsed: float) -> bool:
        return apart_m(a, b) <= self._limits.jump_m + self._limits.max_speed_mps * elapsed

    def _climbable(self, a: float, b: float, elapsed: float) -> bool:
        return abs(b - a) <= self._limits.altitude_jump_m + self._limits.climb_mps * elapsed

    def _in_time(self, a: float, b: float, _: float) -> bool:
        """A receiver that has lost count of its weeks is old, not deceived."""
        return abs(remainder(b - a, _ROLLOVER_S)) <= self._limits.time_step_s

    def _mismatched(self) -> str | None:
        """Speed against way: too far for its speed, or not on at speed."""
        way = self._way.last(self._limits.mismatch_window_s)
        if way is None or way.by_speed is None or way.fastest <= _STILL_MPS:
            return None
        if way.net - 1.5 * way.by_speed > self._limits.mismatch_m:
            return f"{way.net:.0f} m in {way.duration:.0f} s, by its speed {way.by_speed:.0f} m"
        if 0 < way.length < 0.3 * way.by_speed and way.by_speed > self._limits.mismatch_m:
            return f"only {way.length:.0f} m in {way.duration:.0f} s, by its speed {way.by_speed:.0f} m"
        return None

    def _without_speed(self) -> str | None:
        """Gets on steadily, and the speed is zero all the while; single leaps are none of that."""
        way = self._way.longest(_says_it_stands)
        if way is None or way.net < max(self._limits.speed_zero_m, _STRAIGHT * way.length):
            return None
        if way.net > self._limits.max_speed_mps * way.duration or way.widest > _LEAP * way.net:
            return None
        return f"{way.net:.0f} m in {way.duration:.0f} s at speed 0"

    def _stands_at_speed(self) -> str | None:
        way = self._way.last(min(10.0, self._limits.frozen_s))
        if way is None or way.by_speed is None or way.length > 0 or way.slowest < _AT_SPEED_MPS:
            return None
        return f"position unchanged at {way.fastest * 3.6:.0f} km/h"

    def _without_time(self, now: int) -> str | None:
        """Claims a position while its time stands, or while no new epoch comes."""
        still = now - self._utc_changed
        if not self._heard_fix or self._utc_of is None or still < seconds(self._limits.frozen_s):
            return None
        return f"time stands at {self._utc_of:%H:%M:%S} for {still / 1e9:.0f} s"


def _says_it_stands(point: Point) -> bool:
    return point.speed is not None and point.speed <= _STILL_MPS


def _far(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 10_000 else f"{metres / 1000:.0f} km"
