"""Duty: off shift nothing is recorded of where the truck is or what it carries, only that it is off duty.

Hours are of local time, so they need UTC: the receiver's by the boot's anchor, else a disciplined clock's,
else that of a fit fix. While none is known the truck counts as on duty: an unset clock must not be a way to
drive unseen. A fix brings its own UTC, so a position off shift is not recorded even before the first anchor,
unless its receiver gives no date.
"""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Observation, Settings, Tick
from agent.rules.fitness import unfit
from agent.rules.hours import local_s, within
from agent.rules.motion import SECOND, boot_of, microseconds, subject
from drivers.readings import Fix, ReceiverHealth


class Duty(msgspec.Struct, frozen=True):
    """UTC minus CLOCK_BOOTTIME as far as it is known without an anchor; the open gap and since when."""

    offset: int | None = None
    gap: str | None = None
    since: int = 0

    @property
    def on(self) -> bool:
        """Whether the truck is on duty."""
        return self.gap is None


def advance(
    duty: Duty, settings: Settings, seen: Observation, anchored: int | None, health: ReceiverHealth | None
) -> tuple[Duty, list[Effect]]:
    """Open or close the gap `off duty` at the moment of `seen`; `anchored` is the boot's UTC offset in ns."""
    duty = msgspec.structs.replace(duty, offset=_offset(duty, settings, seen, health))
    offset = duty.offset if anchored is None else anchored
    now = seen.mono_ns
    wanted = offset is None or on_duty(settings, (now + offset) // SECOND)
    if wanted == duty.on:
        return duty, []
    if wanted:
        data = {"until_us": microseconds(now), "seconds": round((now - duty.since) / SECOND, 1)}
        return msgspec.structs.replace(duty, gap=None), [_gap("gap.ended", duty, data)]
    begun = msgspec.structs.replace(duty, gap=subject("gap-duty", settings, now), since=now)
    return begun, [_gap("gap.started", begun, {})]


def on_duty(settings: Settings, utc_s: int) -> bool:
    """Whether this moment lies in a shift; without shifts all do."""
    return within(settings.shifts, settings.offsets, utc_s)


def local_day(settings: Settings, utc_s: int) -> int:
    """The number of the local day that a moment lies in."""
    return (utc_s + local_s(settings.offsets, utc_s)) // 86_400


def interrupt(duty: Duty) -> list[Effect]:
    """End an open gap whose boot is over."""
    return [_gap("gap.ended", duty, {"reason": "interrupted", "boot": boot_of(duty.gap)})] if duty.gap else []


def _offset(duty: Duty, settings: Settings, seen: Observation, health: ReceiverHealth | None) -> int | None:
    if isinstance(seen, Tick) and seen.utc_ns is not None:
        return seen.utc_ns - seen.mono_ns
    if duty.offset is None and isinstance(seen, Fix) and seen.utc and not unfit(seen, settings, health):
        utc_ns = round(seen.utc.timestamp() * 1000) * 1_000_000
        return utc_ns - seen.mono_ns if utc_ns >= settings.not_before_ns else None
    return duty.offset


def _gap(kind: str, duty: Duty, more: dict[str, Any]) -> Emit:
    data = {"source": "duty", "why": "off duty", "since_us": microseconds(duty.since)}
    return Emit("coverage", kind, duty.gap or "", data | more)
