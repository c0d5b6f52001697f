"""Where a load came from or went to, and whether that was surely outside every site.

In the driver's favour: a site that may have been visited is taken before any other place. Not so the other
site, where the load would only have gone back: what nobody saw goes before it.
"""

import math
from typing import Literal

import msgspec

from agent.model import Settings
from agent.rule_layers import Role
from agent.rules.trip.ground import Gap, Ground, Lift, Stop, Where, lifted
from agent.rules.trip.moment import Moment

How = Literal["lift", "stop", "slowly", "gap", "moving", "unobserved"]
change = msgspec.structs.replace


class Turn(msgspec.Struct, frozen=True):
    """The truck became loaded or empty. `at` and `place` None: nobody knows.

    `how`: with the lift up, at a stop, slowly in a site, in a gap, while it moved, or before anybody looked.
    `between`: it was sure of the former state, and then of this one. `outside`: surely outside every site of
    the `role` that it should have been in. `gap`: why nobody saw it.
    """

    how: How
    role: Role
    at: Moment | None
    place: Where | None
    site: str | None
    between: tuple[Moment | None, Moment]
    way_m: float
    by: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    confidence: float = 0.0
    dwell_s: float | None = None
    outside: bool = False
    gap: str | None = None
    back: str | None = None
    """Another site of the other role where it happened."""
    fixes: tuple[tuple[int, float, float, float | None], ...] = ()
    stopped: Moment | None = None
    """When the stop began that it happened at."""


class Now(msgspec.Struct, frozen=True):
    """The moment of the decision: where the truck is, and when the former state was sure last."""

    at: Moment
    place: Where | None
    way_m: float
    sure: Moment | None


def zones_lack(settings: Settings, role: Role) -> str | None:
    """What keeps a place from being called outside every site of a role."""
    layer = settings.layers.get("zones")
    if layer is not None and layer.refused:
        return "refused"
    if not settings.zones:
        return "missing"
    return None if any(zone.role == role for zone in settings.zones) else f"no_{role}"


def nowhere_near(ground: Ground, stop: Stop | None, settings: Settings, role: Role) -> bool:
    """Whether the truck surely was in no site of a role since the load was last sure."""
    stops = (*ground.stops, *(() if stop is None else (stop,)))
    return (
        zones_lack(settings, role) is None
        and role not in ground.touched
        and not any(_site(one, role) for one in (*stops, *ground.lifts))
        and not any(_reached(gap, role) for gap in ground.gaps)
    )


def turned(ground: Ground, stop: Stop | None, settings: Settings, role: Role, now: Now) -> Turn:
    """Where it most probably happened."""
    stops = ground.stops if stop is None or stop.seconds < settings.trips.stop_s else (*ground.stops, stop)
    up = lifted(ground, settings) if role == "disposal" else ()
    gaps = [gap for gap in ground.gaps if gap.why != "fix" or _long(gap, settings)]
    found = _in_site([*up, *stops], gaps, ground, role, now)
    if found is not None:
        return found
    clear = nowhere_near(ground, stop, settings, role)
    elsewhere: list[Stop | Lift] = [*up] or [*stops]
    if elsewhere:
        longest = max(elsewhere, key=lambda one: one.seconds)
        return _elsewhere(longest, [gap for gap in gaps if _long(gap, settings)], role, now, clear=clear)
    if gaps:
        return _in_gap(max(gaps, key=_likely), role, now, outside=clear)
    if now.place is None or ground.speedless:  # it may have stood
        return Turn("gap", role, None, now.place, None, (now.sure, now.at), now.way_m, gap="fix")
    return Turn("moving", role, now.at, now.place, None, (now.sure, now.at), now.way_m)


def _in_site(known: list[Stop | Lift], gaps: list[Gap], ground: Ground, role: Role, now: Now) -> Turn | None:
    """In a site that the truck may have been in."""
    there = [one for one in known if _site(one, role)]
    if there:
        return _there(max(there, key=lambda one: (isinstance(one, Lift), one.seconds)), role, now)
    if role in ground.touched:
        name, at, place = ground.touched[role]
        return Turn("slowly", role, at, place, name, (now.sure, now.at), now.way_m)
    hidden = next((gap for gap in gaps if role in gap.sites), None)
    return None if hidden is None else _in_gap(hidden, role, now, outside=False)


def _elsewhere(known: Stop | Lift, unseen: list[Gap], role: Role, now: Now, *, clear: bool) -> Turn:
    """In no site of the role; what would have gone back, or may have been anywhere, rather went unseen."""
    back = _site(known, _other(role)) is not None
    if unseen and (back or not (clear or isinstance(known, Lift))):
        return _in_gap(max(unseen, key=_likely), role, now, outside=False)
    return change(_there(known, role, now), outside=clear)


def _in_gap(gap: Gap, role: Role, now: Now, *, outside: bool) -> Turn:
    return Turn(
        how="gap",
        role=role,
        at=gap.since,
        place=gap.place,
        site=gap.sites.get(role),
        between=(now.sure, now.at),
        way_m=gap.way_m,
        outside=outside,
        gap=gap.why,
    )


def _long(gap: Gap, settings: Settings) -> bool:
    """Whether loading or tipping fits into a gap; how long one over a boot is nobody knows."""
    return gap.seconds is None or gap.seconds >= settings.trips.unseen_s


def _likely(gap: Gap) -> tuple[bool, float]:
    """Those in which nobody looked go first, then the longest; one over a boot is longer than any."""
    return gap.why != "fix", math.inf if gap.seconds is None else gap.seconds


def _other(role: Role) -> Role:
    return "loading" if role == "disposal" else "disposal"


def _there(one: Stop | Lift, role: Role, now: Now) -> Turn:
    """At a stop, or where the lift was raised."""
    return Turn(
        how="lift" if isinstance(one, Lift) else "stop",
        role=role,
        at=one.since,
        place=one.place,
        site=_site(one, role),
        between=(now.sure, now.at),
        way_m=one.way_m,
        dwell_s=one.seconds,
        back=_site(one, _other(role)),
        fixes=one.fixes if isinstance(one, Stop) else (),
        stopped=one.since if isinstance(one, Stop) else None,
    )


def _site(one: Stop | Lift, role: Role) -> str | None:
    return one.loading if role == "loading" else one.disposal


def _reached(gap: Gap, role: Role) -> bool:
    return gap.loading if role == "loading" else gap.disposal
