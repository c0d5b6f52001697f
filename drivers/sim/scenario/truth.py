"""All that really happened in a world."""

import msgspec

from drivers.sim.scenario.facts import Fact, Least, Scene, load_facts
from drivers.sim.scenario.facts_road import road_facts
from drivers.sim.scenario.facts_unit import unit_facts
from drivers.sim.scenario.world import World

_DOUBTFUL = ("no_permit", "off_route")


def truth(world: World, least: Least | None = None) -> list[Fact]:
    """The facts in order of time; `least`: from how long on the agent is configured to tell."""
    scene = Scene.of(world, least or Least())
    found = [*load_facts(scene), *road_facts(scene), *unit_facts(scene)]
    found = [_with_breaches(fact, found) if fact.kind == "trip" else fact for fact in found]
    return sorted(found, key=lambda fact: (fact.begin, fact.kind, fact.about))


def _with_breaches(trip: Fact, facts: list[Fact]) -> Fact:
    """A trip without a permit or off its roads is suspicious; one that was so for moments may be."""
    within = [f for f in facts if f.kind in _DOUBTFUL and f.begin < trip.end and f.end > trip.begin]
    if trip.about == "suspicious" or not within:
        return trip
    return msgspec.structs.replace(trip, about="suspicious" if any(f.must for f in within) else "")
