"""A scenario over many seeds: precision and recall of what the rules tell."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

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
from agent.scenarios.unit import Unit
from agent.settings import rule_settings
from drivers.clock import SystemClock
from drivers.sim.scenario.facts import Fact, Least
from drivers.sim.scenario.plan import Scenario
from drivers.sim.scenario.truth import truth
from drivers.sim.scenario.world import World

GRAVE = ("violation", "critical")


class Seed(msgspec.Struct):
    """One seed's figures by kind, how long it lasted (s), and what was wrong."""

    seed: int
    seconds: int
    tallies: dict[str, Tally]
    false: list[Event]
    missed: list[Fact]


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


def find(name: str) -> Path:
    """A shipped scenario's file, or the named one."""
    return shipped().get(name, Path(name))


def scored(names: Iterable[str], seeds: int, jobs: int) -> Iterator[Score]:
    """Each scenario with seeds 0, 1 …; raises ProfileError for one that cannot be read."""
    plans = [(name, Scenario.load(find(name))) for name in names]
    with ProcessPoolExecutor(jobs or os.cpu_count()) as pool:
        waiting = [
            (name, plan, [pool.submit(play, plan, seed) for seed in range(seeds)]) for name, plan in plans
        ]
        for name, plan, played in waiting:
            yield Score(Path(name).stem, plan.says, [one.result() for one in played])


def play(plan: Scenario, seed: int) -> Seed:
    """One world through the rules."""
    world = World(plan, seed)
    config = config_of(plan)
    settings = rule_settings(config, SystemClock(0), _layers(world))
    told = Unit(world, config, settings).run()
    events = events_of(told, world.seconds)
    verdict = judge(truth(world, least_of(settings)), events, known_kinds())
    return Seed(seed, world.seconds, verdict.tallies, verdict.false, verdict.missed)


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
        "sinks": [{"name": name, "url": "mqtt://127.0.0.1"} for name in plan.sinks],
    }
    for name, values in plan.agent.items():
        tables[name] = {**tables.get(name, {}), **values}
    return parse_config(tables, "scenario")


def least_of(settings: Settings) -> Least:
    """From how long on the configured agent tells of something."""
    limits = settings.limits
    return Least(
        change_s=settings.change_after_s,
        exposed_s=settings.uncovered_after_s,
        parked_s=settings.parked_after_s,
        grace_m=settings.grace_m,
        visit_s=limits.enter_s,
        off_route_s=limits.off_route_s,
        off_route_m=limits.off_route_m,
        outside_hours_s=limits.outside_hours_s,
        no_permit_s=limits.no_permit_s,
        speeding_s=limits.speeding_s,
        speeding_mps=limits.speeding_mps,
        forbidden_s=limits.forbidden_s,
        stop_s=limits.stop_s,
        memory_s=limits.load_memory_s,
        fix_gap_s=settings.fix_gap_s,
        camera_gap_s=settings.camera_gap_s,
        link_gap_s=settings.link_gap_s,
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
