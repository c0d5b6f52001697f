"""The world of a scenario and a seed: what is true at any second. Pure; same in, same out."""

import math
from bisect import bisect_right
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from drivers.errors import ProfileError
from drivers.readings import SwitchRole
from drivers.sim.fault_file import fault
from drivers.sim.faults import Fault
from drivers.sim.film.script import PARTLY, State, Weather, state_of
from drivers.sim.scenario.plan import Happening, Light, Metres, Range, Scenario, Step
from drivers.sim.scenario.road import Road, drive
from drivers.sim.solution import Pose

_DEGREE_M = 111_195.0  # mean earth radius (IUGG) times pi/180
_ALT_M = 12.0
_NEAR_M = 30.0
_BOOT_S = 20  # from power to a running agent


class Bed(msgspec.Struct, frozen=True):
    """What lies in the bed: a load whose opening is exposed by a share 0..1, or None: nothing."""

    exposed: float | None = None

    @property
    def state(self) -> State:
        """In the agent's words."""
        return "empty" if self.exposed is None else state_of(self.exposed)


class Change(msgspec.Struct, frozen=True):
    """The bed changes from `begin` to `end` (s)."""

    begin: float
    end: float
    before: Bed
    after: Bed

    def at(self, t: float) -> Bed:
        """What is in the bed; a load that comes or goes is there when there is more than half of it."""
        share = min(1.0, (t - self.begin) / max(1e-9, self.end - self.begin))
        before, after = self.before.exposed, self.after.exposed
        if before is None or after is None:
            return self.after if share >= 0.5 else self.before
        return Bed(round(before + share * (after - before), 4))


class Span(msgspec.Struct, frozen=True):
    """A happening with its moments: from `begin` to `end` (s)."""

    happening: Happening
    begin: float
    end: float

    def on(self, t: float) -> bool:
        """Whether it is on at t."""
        return self.begin <= t < self.end


class Around(msgspec.Struct, frozen=True):
    """What stays until a step changes it."""

    bed: Bed = Bed()
    lift: bool = False
    ignition: bool = True
    case: bool = False
    light: Light = "sun"
    weather: Weather = "clear"
    strength: float = 0.0


class Now(msgspec.Struct, frozen=True):
    """What is true at `t` s: place in m and as a pose, the bed, and around it; `power` of the unit."""

    t: float
    utc: datetime
    step: int
    place: Metres
    pose: Pose
    bed: Bed
    settled: bool
    around: Around
    power: bool

    @property
    def loaded(self) -> bool:
        """Whether there is a load."""
        return self.bed.exposed is not None


class World:
    """Everything of one scenario and seed; raises ProfileError for roads that do not meet.

    `name`, the scenario's, makes another truck of the same seed.
    """

    def __init__(self, scenario: Scenario, seed: int, name: str = "") -> None:
        self.scenario, self.seed, self._name = scenario, seed, name
        self._rows: list[tuple[float, float, float, float]] = []  # east, north, course, speed of each second
        self._begins: list[int] = []
        self._arounds: list[Around] = []
        self.changes: list[Change] = []
        self.roads = {name: Road(points) for name, points in scenario.roads.items()}
        around = Around()
        for number, step in enumerate(scenario.steps):
            self._begins.append(len(self._rows))
            self._go(step, self.chance("way", number))
            around = self._turn(step, around, self.chance("around", number))
            self._arounds.append(around)
        self.spans = [self._span(n, one) for n, one in enumerate(scenario.happens)]
        self._known: Now | None = None

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return len(self._rows)

    def now(self, t: float) -> Now:
        """What is true at `t`; before and after the scenario it stands still."""
        if self._known is not None and self._known.t == t:
            return self._known
        step = max(0, bisect_right(self._begins, t) - 1)
        east, north, course, speed = self._row(t)
        change = self._last_change(t)
        self._known = Now(
            t=t,
            utc=self.scenario.begins + timedelta(seconds=t),
            step=step,
            place=(east, north),
            pose=self._pose(east, north, course, speed),
            bed=change.at(t) if change else Bed(),
            settled=change is None or t >= change.end,
            around=self._arounds[step],
            power=not self.on("power", t),
        )
        return self._known

    def pose(self, t: float) -> Pose:
        """Where the truck is."""
        return self._pose(*self._row(t))

    def degrees(self, place: Metres) -> tuple[float, float]:
        """Longitude and latitude of a place in m."""
        lat, lon = self.scenario.origin
        east_m = _DEGREE_M * math.cos(math.radians(lat))
        return lon + place[0] / east_m, lat + place[1] / _DEGREE_M

    def on(self, kind: str, t: float) -> list[Span]:
        """The happenings of a kind, or of all that begin so (`camera.`), that are on."""
        return [s for s in self.spans if s.on(t) and _is(s.happening.kind, kind)]

    def of(self, kind: str) -> list[Span]:
        """All happenings of a kind."""
        return [span for span in self.spans if _is(span.happening.kind, kind)]

    def linked(self, sink: str, t: float) -> bool:
        """Whether there is a way to a platform."""
        return not any(s.happening.given.get("sink", sink) == sink for s in self.on("link", t))

    def switch(self, role: SwitchRole, t: float) -> bool | None:
        """What a switch says; None: this truck knows no such thing."""
        now = self.now(t)
        for span in self.on(f"switch.{role}", t):
            return bool(span.happening.given["says"])
        true: dict[str, bool] = {
            "lift": now.around.lift,
            "cover": now.bed.exposed is not None and now.bed.exposed < PARTLY,
            "ignition": now.around.ignition,
            "case": now.around.case,
            "load": now.loaded,
        }
        return true.get(role)

    def faults(self) -> list[Fault]:
        """What fails of the receiver, in its own module's terms; without power it is unplugged."""
        found = [
            _fault(span.happening.about, span, span.happening.given)
            for span in self.spans
            if _is(span.happening.kind, "receiver.")
        ]
        return [*found, *(_fault("unplug", span, {}) for span in self.of("power"))]

    def boots(self) -> list[tuple[int, int]]:
        """From when to when the agent can run: from some seconds after power to its end (s)."""
        found, begin = list[tuple[int, int]](), 0
        for span in sorted(self.of("power"), key=lambda s: s.begin):
            found.append((begin, round(span.begin)))
            begin = round(span.end) + _BOOT_S
        return [(a, b) for a, b in [*found, (begin, self.seconds)] if a < b]

    def chance(self, *names: object) -> Random:
        """A source of chance that is the same for the same seed and names."""
        return Random("/".join(map(str, (self._name, self.seed, *names))))

    def _go(self, step: Step, chance: Random) -> None:
        """The seconds of a step."""
        if step.road is None:
            east, north, course, _ = self._rows[-1] if self._rows else (0.0, 0.0, 0.0, 0.0)
            self._rows += [(east, north, course, 0.0)] * max(1, round(drawn(step.seconds or 0.0, chance)))
            return
        points = self.scenario.roads[step.road]
        road = Road(points[::-1] if step.back else points)
        here = self._rows[-1][:2] if self._rows else road.points[0]
        if math.dist(here, road.points[0]) > _NEAR_M:
            what = f"road {step.road} begins {math.dist(here, road.points[0]):.0f} m from the truck"
            raise ProfileError(
                what, where=f"step {len(self._begins)}", remedy="begin it where the last one ended"
            )
        waits = round(drawn(step.waits, chance))
        for way, speed in drive(road, drawn(step.speed, chance), waits, chance):
            self._rows.append((*road.at(way), speed))

    def _turn(self, step: Step, before: Around, chance: Random) -> Around:
        """What the step makes of bed, switches and surroundings."""
        given: dict[str, Any] = {
            name: value for name in ("lift", "ignition", "case") if (value := getattr(step, name)) is not None
        }
        for name in ("light", "weather"):
            value = getattr(step, name)
            if value is not None:
                given[name] = chance.choice(value) if isinstance(value, tuple) else value
        if step.weather is not None:
            given["strength"] = 0.0 if given["weather"] == "clear" else drawn(step.strength, chance)
        given["bed"] = self._bed(step, before.bed, chance)
        if given["bed"] != before.bed:
            begin = float(self._begins[-1])
            seconds = drawn(step.change_s, chance) if self._begins[-1] else 0.0
            self.changes.append(Change(begin, begin + seconds, before.bed, given["bed"]))
        return msgspec.structs.replace(before, **given)

    def _bed(self, step: Step, before: Bed, chance: Random) -> Bed:
        loaded = before.exposed is not None if step.loaded is None else step.loaded
        if not loaded:
            return Bed()
        if step.exposed is not None:
            return Bed(round(drawn(step.exposed, chance), 3))
        return Bed(1.0) if before.exposed is None else before

    def _span(self, number: int, happening: Happening) -> Span:
        chance = self.chance("happens", number)
        names = [step.name for step in self.scenario.steps]
        begin = self._begins[names.index(happening.step)] + drawn(happening.after, chance)
        end = float(self.seconds)
        if happening.until is not None:
            end = self._begins[names.index(happening.until)]
        if happening.seconds is not None:
            end = min(end, begin + drawn(happening.seconds, chance))
        return Span(happening, float(round(begin)), float(round(max(begin, end))))

    def _last_change(self, t: float) -> Change | None:
        return next((change for change in reversed(self.changes) if change.begin <= t), None)

    def _row(self, t: float) -> tuple[float, float, float, float]:
        last = len(self._rows) - 1
        t = min(max(t, 0.0), float(last))
        i = int(t)
        here, there = self._rows[i], self._rows[min(i + 1, last)]
        share = t - i
        if share < 1e-6:
            return here
        turn = (there[2] - here[2] + 180) % 360 - 180
        east, north, speed = (here[n] + share * (there[n] - here[n]) for n in (0, 1, 3))
        return east, north, (here[2] + share * turn) % 360, speed

    def _pose(self, east: float, north: float, course: float, speed: float) -> Pose:
        lon, lat = self.degrees((east, north))
        return Pose(lat, lon, _ALT_M, speed, course)


def drawn(value: Range, chance: Random) -> float:
    """A number of a range."""
    return chance.uniform(*value) if isinstance(value, tuple) else float(value)


def _is(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted) if wanted.endswith(".") else kind == wanted


def _fault(kind: str, span: Span, given: dict[str, float | str | bool]) -> Fault:
    parameters: dict[str, Any] = dict(given)
    return fault(kind, span.begin, max(0.001, span.end - span.begin), **parameters)
