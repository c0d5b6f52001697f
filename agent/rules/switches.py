"""What the switches say: the newest word of each, and the records of changes and faults."""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Observation
from agent.rules.motion import SECOND, microseconds
from drivers.readings import SupplyState, SwitchFault, SwitchRole, SwitchState

FRESH_NS = 5 * SECOND
"""A switch is heard each second; what was said longer ago is not known any more."""
OF_THE_UNIT = ("ignition", "case")
"""Switches that say nothing of where the truck is or what it carries: they are heard off duty, too."""


class Said(msgspec.Struct, frozen=True):
    """A switch's newest word: `at` when it was said, `since` when it was first said (CLOCK_BOOTTIME ns).

    `before` is the last known word before a fault or a silence.
    """

    on: bool | None
    at: int
    since: int
    fault: SwitchFault | None = None
    why: str | None = None
    before: bool | None = None


class Switches(msgspec.Struct, frozen=True):
    """The newest word of each switch by its role, and of the supply."""

    said: dict[str, Said] = {}
    supply: SupplyState | None = None


def word(switches: Switches, role: SwitchRole, now: int) -> bool | None:
    """What a switch says at `now` (CLOCK_BOOTTIME ns); None: no such switch, a fault, or silent for too long.

    True means: lift raised, cover closed, ignition on, case open, load on the axles.
    """
    said = switches.said.get(role)
    return None if said is None or now - said.at > FRESH_NS else said.on


def since(switches: Switches, role: SwitchRole, now: int) -> int | None:
    """Since when (CLOCK_BOOTTIME ns) a switch says what it says at `now`; None when it says nothing."""
    return None if word(switches, role, now) is None else switches.said[role].since


def advance(switches: Switches, seen: Observation, *, on_duty: bool) -> tuple[Switches, list[Effect]]:
    """Take the word of a switch or of the supply; off duty only of those that are the unit's own."""
    if isinstance(seen, SupplyState):
        return msgspec.structs.replace(switches, supply=seen), []
    if not isinstance(seen, SwitchState) or not (on_duty or seen.switch in OF_THE_UNIT):
        return switches, []
    last = switches.said.get(seen.switch)
    said = _heard(last, seen)
    return msgspec.structs.replace(switches, said=switches.said | {seen.switch: said}), _told(
        last, said, seen
    )


def off_duty(switches: Switches) -> Switches:
    """What stays known when the shift is over."""
    kept = {role: said for role, said in switches.said.items() if role in OF_THE_UNIT}
    return msgspec.structs.replace(switches, said=kept)


def shown(switches: Switches, role: SwitchRole, now: int) -> dict[str, Any]:
    """A switch's word as it stands in records."""
    begun = since(switches, role, now)
    return {
        "switch": role,
        "on": word(switches, role, now),
        "since_us": None if begun is None else microseconds(begun),
    }


def _heard(last: Said | None, seen: SwitchState) -> Said:
    same = last is not None and (last.on, last.fault) == (seen.on, seen.fault)
    begun = last.since if last is not None and same else seen.mono_ns
    before = None if last is None else last.before if last.on is None else last.on
    return Said(seen.on, seen.mono_ns, begun, seen.fault, seen.why, before if seen.on is None else None)


def _told(last: Said | None, said: Said, seen: SwitchState) -> list[Effect]:
    """A change of the word is an event; a fault, and its end, is a matter of health."""
    effects: list[Effect] = []
    subject = f"switch:{seen.switch}"
    was = None if last is None else last.before if last.on is None else last.on
    if seen.on is not None and seen.on != was:
        data = {"switch": seen.switch, "on": seen.on, "was": was, "since_us": microseconds(said.since)}
        effects.append(Emit("event", "switch.changed", subject, data))
    if (None if last is None else last.fault) != seen.fault:
        fault = {"switch": seen.switch, "fault": seen.fault, "why": seen.why}
        effects.append(Emit("health", "switch.fault", subject, fault, "notice" if seen.fault else "info"))
    return effects
