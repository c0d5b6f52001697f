"""Hours of the week in local time, from UTC and the offsets of a time zone that are known as data."""

from bisect import bisect_right
from collections.abc import Sequence

from agent.rule_layers import Offsets, Shift

_WEEK = 7 * 24 * 60
_MONDAY = 3 * 24 * 60  # 1 January 1970 was a Thursday


def local_s(offsets: Offsets, utc_s: int) -> int:
    """Local time minus UTC in s; 0 when nothing is known of the zone."""
    at = bisect_right(offsets, utc_s, key=lambda known: known[0])
    return offsets[max(0, at - 1)][1] if offsets else 0


def within(shifts: Sequence[Shift], offsets: Offsets, utc_s: int) -> bool:
    """Whether a moment lies in one of the shifts; without any it does."""
    if not shifts:
        return True
    at = _minute(offsets, utc_s)
    return any((at - shift.start) % _WEEK < shift.end - shift.start for shift in shifts)


def since_end_s(shifts: Sequence[Shift], offsets: Offsets, utc_s: int) -> int:
    """For a moment in none of them: how long ago the last one ended, s to the minute."""
    at = _minute(offsets, utc_s)
    return 60 * min(((at - shift.end) % _WEEK for shift in shifts), default=0)


def _minute(offsets: Offsets, utc_s: int) -> int:
    """Minutes of local time from Monday 0:00."""
    return ((utc_s + local_s(offsets, utc_s)) // 60 + _MONDAY) % _WEEK
