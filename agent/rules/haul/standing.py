"""What the permits in force say of this vehicle at a moment. Old ones, or an unknown time, accuse nobody."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from agent.model import Settings
from agent.rule_layers import Permit

State = Literal["unwanted", "unknown", "none", "expired", "not_yet", "used_up", "valid"]
Spent = Mapping[str, int]
"""Trips by permit that the truck has made since the list was compiled."""
NONE_SPENT: Spent = MappingProxyType({})
_AHEAD_S = 86_400  # a list that is dated later than this from now: one of the two clocks is wrong


class Standing(msgspec.Struct, frozen=True):
    """`unwanted`: permits are not checked; `unknown`: they can't be, and `why`; `permits`: the valid ones."""

    state: State
    why: str = ""
    permits: tuple[Permit, ...] = ()


def standing(settings: Settings, utc_s: int | None, spent: Spent = NONE_SPENT) -> Standing:
    """At `utc_s` by a trusted clock, None when there is none; `spent` counts against each permit's quota."""
    known = settings.permits
    if known is None:
        layer = settings.layers.get("permits")
        return Standing("unwanted") if layer is None else Standing("unknown", "missing")
    if utc_s is None:
        return Standing("unknown", "clock")
    if utc_s - known.as_of > settings.limits.permits_stale_s:
        return Standing("unknown", "stale")
    if known.as_of - utc_s > _AHEAD_S or not _good(known.begins, known.ends, utc_s):
        return Standing("unknown", "dates")
    valid = tuple(p for p in known.permits if p.begins <= utc_s < p.ends and not _used_up(p, spent))
    if valid:
        return Standing("valid", permits=valid)
    return Standing(_lacking(known.permits, utc_s, spent))


def _good(begins: int | None, ends: int | None, utc_s: int) -> bool:
    """Whether the document that brought the list is good now."""
    return (begins is None or utc_s >= begins) and (ends is None or utc_s < ends)


def _used_up(permit: Permit, spent: Spent) -> bool:
    return permit.trips is not None and permit.used + spent.get(permit.id, 0) >= permit.trips


def _lacking(permits: tuple[Permit, ...], utc_s: int, spent: Spent) -> State:
    if any(_used_up(p, spent) and p.begins <= utc_s < p.ends for p in permits):
        return "used_up"
    if any(p.ends <= utc_s for p in permits):
        return "expired"
    return "not_yet" if permits else "none"
