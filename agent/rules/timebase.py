"""When a receiver's word about UTC is taken: three fixes that agree."""

import msgspec

from agent.model import Anchor, Effect, Emit, Settings
from agent.rules.motion import SECOND, microseconds, subject
from drivers.readings import Fix

_AGREE = 3
_TOLERANCE_NS = SECOND // 2
_RENEW_NS = 24 * 3600 * SECOND
_DRIFT_NS = SECOND


class Timebase(msgspec.Struct, frozen=True):
    """UTC minus CLOCK_BOOTTIME: what is anchored, and how often in a row fixes agreed on another value."""

    offset: int | None = None
    anchored_at: int = 0
    candidate: int | None = None
    agreed: int = 0


def advance(base: Timebase, settings: Settings, seen: Fix | None) -> tuple[Timebase, list[Effect]]:
    """Take a fit fix and count agreement; anchor at first, on a drift over a second, and once a day."""
    if seen is None or seen.utc is None:
        return base, []
    utc_ns = round(seen.utc.timestamp() * 1000) * 1_000_000
    if utc_ns < settings.not_before_ns:  # a receiver that has lost count of its weeks, or has just woken up
        return base, []
    offset = utc_ns - seen.mono_ns
    agrees = base.candidate is not None and abs(offset - base.candidate) <= _TOLERANCE_NS
    agreed = base.agreed + 1 if agrees else 1
    base = msgspec.structs.replace(base, candidate=offset, agreed=agreed)
    due = base.offset is None or abs(offset - base.offset) > _DRIFT_NS
    if agreed < _AGREE or not (due or seen.mono_ns - base.anchored_at > _RENEW_NS):
        return base, []
    data = {"utc_us": utc_ns // 1000, "mono_us": microseconds(seen.mono_ns), "origin": "gnss"}
    record = Emit("life", "clock.anchor", subject("clock", settings, seen.mono_ns), data)
    return Timebase(offset, seen.mono_ns, offset, agreed), [Anchor(utc_ns, seen.mono_ns), record]
