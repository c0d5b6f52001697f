"""Moments that outlive a boot: a trip may begin in one and end in another."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from agent.model import Settings
from agent.rules.hours import local_s
from agent.rules.motion import SECOND, microseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BOOTS = 8  # whose UTC is remembered
Offsets = dict[str, int]
"""UTC minus CLOCK_BOOTTIME of boots, ns."""


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """Nanoseconds of CLOCK_BOOTTIME in the boot whose id begins so."""

    boot: str
    ns: int


def known(offsets: Offsets, boot: str, offset: int | None) -> Offsets:
    """With what is known of this boot; the oldest are forgotten."""
    if offset is None or offsets.get(boot) == offset:
        return offsets
    rest = {name: value for name, value in offsets.items() if name != boot}
    return dict([*rest.items(), (boot, offset)][-_BOOTS:])


def utc_s(moment: Moment | None, offsets: Offsets) -> int | None:
    """Seconds since 1970, None while nobody knows."""
    if moment is None or moment.boot not in offsets:
        return None
    return (moment.ns + offsets[moment.boot]) // SECOND


def shown(moment: Moment | None, offsets: Offsets) -> dict[str, Any] | None:
    """A moment as it stands in records; `utc` to the second, null while nobody knows."""
    if moment is None:
        return None
    at = utc_s(moment, offsets)
    utc = None if at is None else (_EPOCH + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"boot": moment.boot, "at_us": microseconds(moment.ns), "utc": utc}


def hour(moment: Moment | None, offsets: Offsets, settings: Settings) -> int | None:
    """The local hour of a moment, 0 to 23; None while its time, or the local time, is not known."""
    at = utc_s(moment, offsets)
    clock = settings.clocks.get(settings.local_zone)
    return None if at is None or not clock else (at + local_s(clock, at)) % 86_400 // 3600


def apart_s(earlier: Moment, later: Moment, offsets: Offsets) -> float | None:
    """Seconds between two moments; over boots only where UTC is known of both."""
    if earlier.boot == later.boot:
        return (later.ns - earlier.ns) / SECOND
    if earlier.boot not in offsets or later.boot not in offsets:
        return None
    return (later.ns + offsets[later.boot] - earlier.ns - offsets[earlier.boot]) / SECOND
