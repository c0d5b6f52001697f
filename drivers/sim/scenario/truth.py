"""All that really happened in a world."""

from drivers.sim.scenario.facts import Fact, Least, Scene, load_facts
from drivers.sim.scenario.facts_road import road_facts
from drivers.sim.scenario.facts_unit import unit_facts
from drivers.sim.scenario.world import World


def truth(world: World, least: Least | None = None) -> list[Fact]:
    """The facts in order of time; `least`: from how long on the agent is configured to tell."""
    scene = Scene.of(world, least or Least())
    found = [*load_facts(scene), *road_facts(scene), *unit_facts(scene)]
    return sorted(found, key=lambda fact: (fact.begin, fact.kind, fact.about))
