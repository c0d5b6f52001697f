"""All rules of hauling: zones, permits, speed and stops, as one part of the rule state.

They look at the moments of fit fixes alone; in between only time passes. UTC is the receiver's by the boot's
anchor, or a disciplined clock's; without either what needs it is not judged.
"""

from itertools import chain

import msgspec

from agent.model import Effect, Observation, Restarted, Settings, Tick
from agent.rules.haul import (
    breach,
    forbidden_zone,
    no_permit,
    off_route,
    outside_hours,
    overlong_stop,
    speeding,
    unchecked,
    visits,
)
from agent.rules.haul.breach import Breach
from agent.rules.haul.scene import Look, Scene
from agent.rules.haul.unchecked import Causes
from agent.rules.haul.visits import Visits
from agent.rules.motion import Motion
from drivers.readings import Fix

RULES = (
    no_permit.RULE,
    off_route.RULE,
    outside_hours.RULE,
    speeding.RULE,
    forbidden_zone.RULE,
    overlong_stop.RULE,
)
change = msgspec.structs.replace


class Haulage(msgspec.Struct, frozen=True):
    """Broken rules by name, visits of zones, what could not be checked; UTC - CLOCK_BOOTTIME by NTP, ns."""

    breaches: dict[str, Breach] = {}
    visits: Visits = {}
    causes: Causes = {}
    clock: int | None = None


Step = tuple[Haulage, list[Effect]]


def advance(
    haulage: Haulage, settings: Settings, seen: Observation, scene: Scene | None, others: dict[str, Look]
) -> Step:
    """Take an observation after motion and load have; `scene` is that of a fit fix.

    `others` are the words of rules elsewhere that the ledger is told of as of ours.
    """
    if isinstance(seen, Tick):
        haulage = _keep_time(haulage, seen)
        return _idle(haulage, settings, seen.mono_ns)
    return (haulage, []) if scene is None else _judge(haulage, scene, others)


def is_fit(motion: Motion, seen: Observation) -> bool:
    """Whether an observation is a fix that motion took as fit."""
    return isinstance(seen, Fix) and motion.fix is not None and motion.fix.mono_ns == seen.mono_ns


def interrupt(haulage: Haulage, settings: Settings) -> list[Effect]:
    """End all that is open where it was last seen: the boot or the shift is over."""
    known = haulage.breaches
    broken = [breach.interrupt(rule, known[rule.name], settings) for rule in RULES if rule.name in known]
    there = visits.interrupt(haulage.visits, settings)
    return [*chain.from_iterable(broken), *there, *unchecked.interrupt(haulage.causes, settings)]


def restart(haulage: Haulage, settings: Settings, seen: Restarted) -> Step:
    """After a start: over a boot all ends, in the same one it goes on unless it is too long ago."""
    if seen.new_boot:
        return Haulage(), interrupt(haulage, settings)
    kept = {name: known for name, b in haulage.breaches.items() if (known := breach.resume(b)) is not None}
    back = Haulage(kept, visits.resume(haulage.visits), unchecked.resume(haulage.causes))
    return _idle(back, settings, seen.mono_ns)


def _keep_time(haulage: Haulage, tick: Tick) -> Haulage:
    clock = None if tick.utc_ns is None else tick.utc_ns - tick.mono_ns
    return haulage if clock == haulage.clock else change(haulage, clock=clock)


def _idle(haulage: Haulage, settings: Settings, now: int) -> Step:
    """Time passes: what nobody has seen for too long is over."""
    effects: list[Effect] = []
    kept = haulage.breaches
    for rule in RULES:
        known = kept.get(rule.name)
        if known is None:
            continue
        after, more = breach.idle(rule, known, settings, now)
        effects += more
        if after is None:
            kept = {name: b for name, b in kept.items() if name != rule.name}
    there, more = visits.idle(haulage.visits, settings, now)
    if kept is haulage.breaches and there is haulage.visits:
        return haulage, effects
    return change(haulage, breaches=kept, visits=there), effects + more


def _judge(haulage: Haulage, scene: Scene, others: dict[str, Look]) -> Step:
    there, effects = visits.advance(haulage.visits, scene)
    looks = {rule.name: rule.look(scene) for rule in RULES}
    broken: dict[str, Breach] = {}
    for rule in RULES:
        after, more = breach.advance(rule, haulage.breaches.get(rule.name), scene, looks[rule.name])
        effects += more
        if after is not None:
            broken[rule.name] = after
    causes, more = unchecked.advance(haulage.causes, scene.settings, looks | others, scene.now)
    return change(haulage, breaches=broken, visits=there, causes=causes), effects + more
