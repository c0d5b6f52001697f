"""A scenario over many seeds: precision and recall of what the rules tell."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from agent.charges_file import load_charges
from agent.config import Config
from agent.config_file import parse_config
from agent.errors import ConfigError
from agent.layers.gather import Gathered, gathered
from agent.layers.geojson import zones_of
from agent.layers.permits import permits_of
from agent.messages.registry import kinds
from agent.model import Settings
from agent.rule_layers import Permits
from agent.scenarios.documents import FLEET, VEHICLE, permits_document, zones_document
from agent.scenarios.match import Event, Tally, events_of, judge
from agent.scenarios.senses import CAMERA
from agent.scenarios.table import Row, summed
from agent.scenarios.unit import Unit
from agent.settings import rule_settings
from drivers.clock import SystemClock
from drivers.sim.scenario.facts import Fact, Least
from drivers.sim.scenario.plan import Scenario
from drivers.sim.scenario.truth import truth
from drivers.sim.scenario.world import World

_EXPOSED = ("uncovered_load", "partly_covered")
_OF_LIMITS = ("off_route", "outside_hours", "no_permit", "speeding")
_GRAVE = ("violation", "critical")


class Seed(msgspec.Struct):
    """One seed's figures by kind, how long it lasted (s), and what was wrong."""

    seed: int
    seconds: int
    tallies: dict[str, Tally]
    false: list[Event]
    missed: list[Fact]
    untold: list[str]


class Score(msgspec.Struct):
    """A scenario's seeds."""

    name: str
    says: str
    seeds: list[Seed]

    def tallies(self) -> dict[str, Tally]:
        """By kind, of all seeds together."""
        found: dict[str, Tally] = {}
        for seed in self.seeds:
            for kind, tally in seed.tallies.items():
                found.setdefault(kind, Tally()).add(tally)
        return dict(sorted(found.items()))


def shipped() -> dict[str, Path]:
    """The files of the shipped scenarios by name."""
    folder = Path(str(resources.files("drivers.sim").joinpath("scenarios")))
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}


def row_of(score: Score) -> Row:
    """A scenario's figures."""
    kinds_of, grave = score.tallies(), accusations()
    return Row(
        scenario=score.name,
        seeds=len(score.seeds),
        hours=round(sum(seed.seconds for seed in score.seeds) / 3600, 1),
        all=summed(kinds_of.values()),
        accusations=summed(tally for kind, tally in kinds_of.items() if kind in grave),
        kinds=kinds_of,
    )


def accusations() -> set[str]:
    """The kinds that are of severity violation or higher."""
    return {kind for kind, charge in load_charges(None).items() if charge.severity in _GRAVE}


def find(name: str) -> Path:
    """A shipped scenario's file, or the named one."""
    return shipped().get(name, Path(name))


def world_of(name: str, seed: int) -> World:
    """The world of a shipped scenario or a file; raises ProfileError for one that cannot be read."""
    return World(Scenario.load(find(name)), seed, Path(name).stem)


def scored(names: Iterable[str], seeds: int, jobs: int) -> Iterator[Score]:
    """Each scenario with seeds 0, 1 …; raises ProfileError for one that cannot be read."""
    plans = [(name, Scenario.load(find(name)).says) for name in names]
    with ProcessPoolExecutor(jobs or os.cpu_count()) as pool:
        waiting = [
            (name, says, [pool.submit(play, name, seed) for seed in range(seeds)]) for name, says in plans
        ]
        for name, says, played in waiting:
            yield Score(Path(name).stem, says, [one.result() for one in played])


def play(name: str, seed: int) -> Seed:
    """One world through the rules, and what they told of it against the truth."""
    world = world_of(name, seed)
    return judged(world, told_of(world))


def told_of(world: World) -> list[Event]:
    """What the rules tell in a world."""
    config = config_of(world.scenario)
    settings = rule_settings(config, SystemClock(0), _layers(world))
    return events_of(Unit(world, config, settings).run(), world.seconds)


def judged(world: World, events: Iterable[Event]) -> Seed:
    """Events against the truth."""
    usual = rule_settings(config_of(world.scenario), SystemClock(0), Gathered())
    facts, known = truth(world, least_of(usual)), known_kinds()
    verdict = judge(facts, events, known)
    untold = sorted({fact.kind for fact in facts} - known)
    return Seed(world.seed, world.seconds, verdict.tallies, verdict.false, verdict.missed, untold)


def known_kinds() -> set[str]:
    """What the agent can tell, without endings."""
    endings = (".started", ".updated", ".ended")
    return {next((kind.removesuffix(e) for e in endings if kind.endswith(e)), kind) for kind in kinds()}


def config_of(plan: Scenario) -> Config:
    """The usual configuration of this truck, with the scenario's differences."""
    tables: dict[str, Any] = {
        "unit": {"fleet": FLEET, "vehicle": VEHICLE},
        "gnss": {"source": "/dev/sim", "profile": plan.receiver.profile or "generic-nmea"},
        "cameras": [{"name": CAMERA, "role": "body", "source": "/dev/video-sim"}],
        "switches": [{"role": role, "source": f"value:/dev/{role}"} for role in plan.switches],
        "sinks": [{"name": name, "url": "mqtt://127.0.0.1"} for name in plan.sinks],
    }
    for name, values in plan.agent.items():
        tables[name] = {**tables.get(name, {}), **values}
    return parse_config(tables, "scenario")


def least_of(settings: Settings) -> Least:
    """From how long on the configured agent tells of something."""
    limits, graces = settings.limits, settings.graces
    usual = {
        "exposed_s": settings.uncovered_after_s + max(graces.get(kind, 0.0) for kind in _EXPOSED),
        **{f"{kind}_s": getattr(limits, f"{kind}_s") + graces.get(kind, 0.0) for kind in _OF_LIMITS},
    }
    return Least(
        **usual,
        change_s=settings.change_after_s,
        parked_s=settings.parked_after_s,
        grace_m=settings.grace_m,
        visit_s=limits.enter_s,
        off_route_m=limits.off_route_m,
        speeding_mps=limits.speeding_mps,
        forbidden_s=limits.forbidden_s + graces.get("forbidden_zone", 0.0),
        stop_s=limits.stop_s + graces.get("overlong_stop", 0.0),
        memory_s=limits.load_memory_s,
        fix_gap_s=settings.fix_gap_s,
        camera_gap_s=settings.camera_gap_s,
        link_gap_s=settings.link_gap_s,
        conflict_s=settings.conflict.after_s,
    )


def _layers(world: World) -> Gathered:
    """Zones and permits, through the agent's own checks; raises ConfigError for what it refuses."""
    sheet = zones_of(zones_document(world))
    good: dict[str, Any] = {"zones": sheet.zones}
    problems = list(sheet.problems)
    document = permits_document(world)
    if document is not None:
        permits = permits_of(document)
        problems += permits.problems
        good["permits"] = Permits(permits.as_of, permits.of(f"{FLEET}/{VEHICLE}", None))
    if problems:
        first = problems[0]
        raise ConfigError(first.what, where=f"scenario, {first.place}", remedy=first.remedy)
    return gathered(good, {})
