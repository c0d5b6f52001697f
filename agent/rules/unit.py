"""The unit itself, on and off duty: whether it is tampered with, contradicted, or at rest."""

import msgspec

from agent.model import Effect, Restarted, Settings
from agent.rules import conflicts, power, tamper
from agent.rules.conflicts import Conflicts, Scene
from agent.rules.power import Power
from agent.rules.tamper import Tamper

change = msgspec.structs.replace


class Unit(msgspec.Struct, frozen=True):
    """The case's episode, contradictions by switch, and the rest."""

    tamper: Tamper = Tamper()
    conflicts: Conflicts = {}
    power: Power = Power()


def advance(unit: Unit, scene: Scene, *, on_duty: bool) -> tuple[Unit, list[Effect]]:
    """Look at the switches beside motion and load."""
    settings, heard, motion, now = scene.settings, scene.switches, scene.motion, scene.now
    case, effects = tamper.advance(unit.tamper, settings, heard, motion, now)
    against, more = conflicts.advance(unit.conflicts, scene) if on_duty else (unit.conflicts, [])
    rested, last = power.advance(unit.power, settings, heard, motion, now)
    if case is unit.tamper and against is unit.conflicts and rested is unit.power:
        return unit, [*effects, *more, *last]
    return Unit(case, against, rested), [*effects, *more, *last]


def interrupt(unit: Unit, settings: Settings) -> list[Effect]:
    """The shift is over: what is only judged on duty ends where it was last seen."""
    return conflicts.interrupt(unit.conflicts, settings)


def off_duty(unit: Unit) -> Unit:
    """What goes on when the shift is over."""
    return change(unit, conflicts={})


def restart(unit: Unit, settings: Settings, seen: Restarted) -> tuple[Unit, list[Effect]]:
    """After a start: over a boot all ends; in the same one what is open goes on. The unit is awake."""
    case, effects = tamper.restart(unit.tamper, settings, seen)
    rested, more = power.restart(unit.power)
    if seen.new_boot:
        return Unit(case, {}, rested), [*conflicts.interrupt(unit.conflicts, settings), *effects, *more]
    return Unit(case, conflicts.restart(unit.conflicts), rested), [*effects, *more]
