"""Duty hours from the configuration: `mon-fri 06:00-22:00`, and how local time follows UTC.

The rules are pure and know no time zones, so they get the changes of the offset as data, for some years on.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.config import DutyConfig
from agent.errors import ConfigError
from agent.model import Shift

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(r"(?:(\w{3})(?:-(\w{3}))? )?(\d\d):(\d\d)-(\d\d):(\d\d)")
_DAY, _DAY_S = 24 * 60, 86_400
_AHEAD_DAYS = 15 * 366
NO_ZONE = "correct the name, or install time zones: the package tzdata of Debian or PyPI"
EXAMPLE = 'write "mon-fri 06:00-22:00", "sat 20:00-04:00" or "06:00-22:00"'


def parse_hours(text: str) -> list[Shift]:
    """The shifts that a line of hours means, one per day; raises ValueError saying what is wrong.

    Hours that end before they begin end on the next day; equal ones last a day.
    """
    found = _FORM.fullmatch(text.strip().lower())
    if not found:
        raise ValueError(f"{text!r} is not days and hours")
    first, last = found[1] or "mon", found[2] or found[1] or "sun"
    if first not in _DAYS or last not in _DAYS:
        raise ValueError(f"{text!r} names a day that is none of {', '.join(_DAYS)}")
    start, end = _minute(found[3], found[4], text), _minute(found[5], found[6], text)
    length = (end - start) % _DAY or _DAY
    days = (_DAYS.index(last) - _DAYS.index(first)) % 7 + 1
    begins = [(_DAYS.index(first) + i) % 7 * _DAY + start for i in range(days)]
    return [Shift(begin, begin + length) for begin in begins]


def shifts(duty: DutyConfig) -> tuple[Shift, ...]:
    """All shifts of a week; raises ConfigError."""
    try:
        return tuple(shift for line in duty.hours for shift in parse_hours(line))
    except ValueError as e:
        raise ConfigError(str(e), where="$.duty.hours", remedy=EXAMPLE) from e


def offsets(duty: DutyConfig, since: datetime) -> tuple[tuple[int, int], ...]:
    """(UTC s, local time minus UTC in s from then on) from `since` for fifteen years; empty without hours.

    Raises ConfigError for a zone that is not known here.
    """
    if not duty.hours:
        return ()
    try:
        return offsets_of(duty.zone, since)
    except ValueError as e:
        raise ConfigError(str(e), where="$.duty.zone", remedy=NO_ZONE) from e


def offsets_of(name: str, since: datetime) -> tuple[tuple[int, int], ...]:
    """The same for a time zone; raises ValueError for one that is not known here."""
    zone = named_zone(name)
    at = round(since.timestamp())
    found = [(at, _offset(zone, at))]
    for day in range(at, at + _AHEAD_DAYS * _DAY_S, _DAY_S):
        after = _offset(zone, day + _DAY_S)
        if after != found[-1][1]:
            found.append((_change(zone, day, day + _DAY_S), after))
    return tuple(found)


def zone_of(duty: DutyConfig) -> ZoneInfo:
    """The time zone of the hours of duty; raises ConfigError when it is not known here."""
    try:
        return named_zone(duty.zone)
    except ValueError as e:
        raise ConfigError(str(e), where="$.duty.zone", remedy=NO_ZONE) from e


def named_zone(name: str) -> ZoneInfo:
    """A time zone by its name; raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise ValueError(f"{name!r} is no known time zone") from e


def _minute(hours: str, minutes: str, text: str) -> int:
    if int(minutes) > 59 or int(hours) * 60 + int(minutes) > _DAY:
        raise ValueError(f"{text!r} holds a time after 24:00")
    return int(hours) * 60 + int(minutes)


def _offset(zone: ZoneInfo, utc_s: int) -> int:
    ahead = datetime.fromtimestamp(utc_s, UTC).astimezone(zone).utcoffset()
    return round(ahead.total_seconds()) if ahead is not None else 0


def _change(zone: ZoneInfo, low: int, high: int) -> int:
    """The first second in (low, high] with the offset of `high`, by bisection."""
    after = _offset(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(zone, middle) == after else (middle, high)
    return high
