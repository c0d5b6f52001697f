"""What really happened in a world, in the terms in which a platform should be told of it. Pure.

These are physics and the documented meaning of each event, never the agent's code: geometry is of the
scenario's plane, hours are of its clock, and nothing is rounded, smoothed or doubted.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Literal

import msgspec

from drivers.sim.film.script import UNCOVERED, State
from drivers.sim.scenario.plan import Zone
from drivers.sim.scenario.road import outside_m
from drivers.sim.scenario.world import Change, Now, World

Mark = Literal["yes", "no", "neither"]
_ORDER: tuple[State, ...] = ("empty", "covered", "partly", "uncovered")
_STANDS_MPS = 0.8
SITES = ("loading", "disposal")


class Fact(msgspec.Struct, frozen=True):
    """Something true from `begin` to `end` (s): its kind as the agent calls it, and what it is about.

    `must`: it lasted so clearly longer than the rule's own duration that it has to be told; else it may be.
    """

    kind: str
    about: str
    begin: float
    end: float
    must: bool


class Least(msgspec.Struct, frozen=True):
    """From how long on (s, m, m/s) the agent is to tell of something: its configuration.

    The defaults are those of agent.sample.toml. `more_s`: what lasts so much longer must be told.
    """

    more_s: float = 20.0
    change_s: float = 20.0
    exposed_s: float = 30.0
    parked_s: float = 60.0
    grace_m: float = 100.0
    visit_s: float = 5.0
    off_route_s: float = 60.0
    off_route_m: float = 300.0
    outside_hours_s: float = 120.0
    no_permit_s: float = 120.0
    speeding_s: float = 10.0
    speeding_mps: float = 1.5
    forbidden_s: float = 30.0
    stop_s: float = 1800.0
    memory_s: float = 600.0
    fix_gap_s: float = 5.0
    camera_gap_s: float = 20.0
    link_gap_s: float = 10.0
    conflict_s: float = 60.0


class Scene(msgspec.Struct):
    """A world second by second, and how far each zone's border is (m, negative inside)."""

    world: World
    least: Least
    rows: list[Now]
    away: dict[str, list[float]]
    at_site: list[bool]

    @classmethod
    def of(cls, world: World, least: Least) -> "Scene":
        """Look at every second once."""
        rows = [world.now(t) for t in range(world.seconds)]
        zones = world.scenario.zones
        away = {zone.id: _distances(rows, zone) for zone in zones}
        sites = [away[zone.id] for zone in zones if zone.role in SITES]
        at_site = [any(of[n] <= least.grace_m for of in sites) for n in range(len(rows))]
        return cls(world, least, rows, away, at_site)

    def stands(self, n: int) -> bool:
        """Whether it stands in this second."""
        return self.rows[n].pose.speed <= _STANDS_MPS

    def hauls(self, n: int) -> Mark:
        """Whether it moves with a load outside the sites; neither: it only waits."""
        if not self.rows[n].loaded or self.at_site[n]:
            return "no"
        return "neither" if self.stands(n) else "yes"


def runs(marks: Iterable[Mark]) -> Iterator[tuple[int, int]]:
    """From a yes to the last yes before a no, s; what is neither goes on."""
    begin = last = None
    for n, mark in enumerate(marks):
        if mark == "yes":
            begin, last = n if begin is None else begin, n
        elif mark == "no" and begin is not None and last is not None:
            yield begin, last + 1
            begin = None
    if begin is not None and last is not None:
        yield begin, last + 1


def lasting(kind: str, found: Iterable[tuple[int, int]], least_s: float, more_s: float) -> Iterator[Fact]:
    """Runs as facts; one that is a good deal shorter than the rule's own duration is none."""
    for begin, end in found:
        yield Fact(kind, "", begin, end, end - begin >= least_s + more_s)


def load_facts(scene: Scene) -> Iterator[Fact]:
    """What became of the load, and where it was exposed under way."""
    changes = scene.world.changes
    for change, later in zip_longest(changes, changes[1:]):
        until = float(scene.world.seconds) if later is None else later.begin
        about = _about(change)
        if about and change.end > 0:  # what it begins with is no change
            seen = scene.least.change_s + 2 * scene.least.more_s
            yield Fact("load.changed", about, change.begin, change.end, until - change.end >= seen)
            yield from _site(scene, change, about)
    yield from _exposed(scene, "uncovered_load", lambda share: share > UNCOVERED)
    yield from _exposed(scene, "partly_covered", lambda share: 0.05 <= share <= UNCOVERED)
    yield from _trips(scene)


def _about(change: Change) -> str:
    before, after = change.before.state, change.after.state
    if "empty" in (before, after):
        return "" if before == after else "became_loaded" if before == "empty" else "became_empty"
    turn = _ORDER.index(after) - _ORDER.index(before)
    return "cover_opened" if turn > 0 else "cover_closed" if turn < 0 else ""


def _site(scene: Scene, change: Change, about: str) -> Iterator[Fact]:
    """Loaded or emptied where no site is."""
    kind = {"became_loaded": "suspicious_loading", "became_empty": "suspicious_unloading"}.get(about)
    if kind and change.begin > 0 and not scene.at_site[_second(scene, change.begin)]:
        yield Fact(kind, "", change.begin, change.end, must=True)


def _trips(scene: Scene) -> Iterator[Fact]:
    """From loaded to empty; suspicious where either was at no site of its kind."""
    begun: Change | None = None
    for change in scene.world.changes:
        about = _about(change)
        begun = change if about == "became_loaded" else begun
        if about != "became_empty" or begun is None:
            continue
        at = ((begun, "loading"), (change, "disposal"))
        good = all(_in(scene, _second(scene, c.begin), role) for c, role in at if c.begin > 0)
        yield Fact("trip", "regular" if good else "suspicious", begun.begin, change.end, must=True)
        begun = None


def _in(scene: Scene, n: int, role: str) -> bool:
    zones = scene.world.scenario.zones
    return any(z.role == role and scene.away[z.id][n] <= scene.least.grace_m for z in zones)


def _exposed(scene: Scene, kind: str, is_so: Callable[[float], bool]) -> Iterator[Fact]:
    """An exposed load on the road: short waits belong to it, and it must be seen moving."""
    least = scene.least
    stood = 0
    marks: list[Mark] = []
    for n, now in enumerate(scene.rows):
        stood = stood + 1 if scene.stands(n) else 0
        share = now.bed.exposed
        open_ = share is not None and is_so(share) and not scene.at_site[n]
        marks.append("no" if not open_ or stood >= least.parked_s else "neither" if stood else "yes")
    for begin, end in runs(marks):
        moved = max((b - a for a, b in runs(_strict(marks[begin:end]))), default=0)
        if end - begin >= least.exposed_s / 2:
            yield Fact(kind, "", begin, end, moved >= least.exposed_s + least.more_s)


def _strict(marks: Sequence[Mark]) -> list[Mark]:
    return ["yes" if mark == "yes" else "no" for mark in marks]


def _distances(rows: Sequence[Now], zone: Zone) -> list[float]:
    """How far each second's place is outside a zone; a truck that stands is measured once."""
    found: list[float] = []
    for n, now in enumerate(rows):
        same = n and now.place == rows[n - 1].place
        found.append(found[-1] if same else outside_m(now.place, zone.corners))
    return found


def _second(scene: Scene, t: float) -> int:
    return min(len(scene.rows) - 1, max(0, int(t)))
