"""A scenario file: what a truck does, what becomes of its load, what fails and who cheats. docs/scenarios.md.

A number that may differ from seed to seed is written as `[low, high]`.
"""

import math
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import msgspec
from msgspec import Meta

from drivers.errors import ProfileError
from drivers.readings import CameraFaultKind, SwitchRole
from drivers.sim.fault_file import ScheduleError, fault
from drivers.sim.film.script import Weather

Range = float | tuple[float, float]
Metres = tuple[float, float]  # east, north of the origin
Light = Literal["sun", "cloud", "dusk", "flood", "infrared", "dark"]
ZoneRole = Literal["loading", "disposal", "forbidden", "slow", "risk"]
Moment = Annotated[datetime, Meta(tz=True)]
Hours = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
_CAMERA_FAULTS = (*get_args(CameraFaultKind), "lost")
_KINDS = "receiver.FAULT, camera.FAULT, switch.ROLE, link, power"


class Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A zone as in docs/zones.md, its corners in m from the origin; two corners are those of a box."""

    id: Name
    role: ZoneRole
    ring: Annotated[tuple[Metres, ...], Meta(min_length=2)]
    name: str = ""
    speed_limit_kmh: float | None = None
    hours: tuple[Hours, ...] = ()
    loaded_only: bool = False

    @property
    def corners(self) -> tuple[Metres, ...]:
        """All of them, of a box too."""
        if len(self.ring) > 2:
            return self.ring
        (west, south), (east, north) = self.ring
        return ((west, south), (east, south), (east, north), (west, north))


class Permit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A permit of this truck as in docs/permits.md; its routes are roads of the scenario."""

    id: str
    begins: Moment = msgspec.field(name="from")
    ends: Moment = msgspec.field(name="to")
    hours: tuple[Hours, ...] = ()
    roads: tuple[Name, ...] = ()
    corridor_m: float = 60.0
    loading: tuple[Name, ...] = ()
    disposal: tuple[Name, ...] = ()
    may_enter: tuple[Name, ...] = ()
    speed_limit_kmh: float | None = None


class Receiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The receiver: a profile's name ("": any NMEA receiver), how it starts, in s until its first fix.

    `gsv_every`: with each n-th epoch comes the list of satellites; many lines carry no more.
    """

    profile: str = ""
    start: Literal["cold", "warm", "hot", "running"] = "running"
    ttff_s: float | None = None
    gsv_every: Annotated[int, Meta(ge=1, le=60)] = 1


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the truck does next: stand for `seconds`, or drive along `road` at about `speed` m/s.

    On its way it waits at lights, as often as `waits` says. What becomes of the bed (`loaded`, `exposed`: the
    open share of a load), the switches and the surroundings stays so in the steps that follow; a bed takes
    `change_s` from the beginning of the step.
    """

    name: Name = ""
    says: str = ""
    seconds: Range | None = None
    road: Name | None = None
    back: bool = False
    speed: Range = 12.0
    waits: Range = 0.0
    loaded: bool | None = None
    exposed: Range | None = None
    change_s: Range = 30.0
    lift: bool | None = None
    ignition: bool | None = None
    case: bool | None = None
    light: Light | tuple[Light, ...] | None = None
    weather: Weather | tuple[Weather, ...] | None = None
    strength: Range = 0.5


class Happening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that begins `after` s of a step and lasts `seconds`, until a step begins, or for ever.

    `kind`: receiver.FAULT (docs/simulated-receiver.md), camera.FAULT (docs/cameras.md, or lost), switch.ROLE
    (it says what `given` says, whatever is true), link (down; of `given.sink`, else of all), power (gone).
    """

    kind: str
    step: Name
    after: Range = 0.0
    seconds: Range | None = None
    until: Name | None = None
    given: dict[str, float | str | bool] = {}

    @property
    def about(self) -> str:
        """The part of `kind` behind the dot."""
        return self.kind.partition(".")[2]


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it. `agent` holds tables of agent.toml that differ from the usual ones.

    Without `permits` there is no list of them; an empty list is one without a permit for this truck.
    """

    says: str
    begins: Moment
    origin: tuple[float, float]
    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]
    roads: dict[Name, tuple[Metres, ...]] = {}
    zones: tuple[Zone, ...] = ()
    permits: tuple[Permit, ...] | None = None
    happens: tuple[Happening, ...] = ()
    sinks: Annotated[tuple[Name, ...], Meta(min_length=1)] = ("city",)
    switches: tuple[SwitchRole, ...] = ("lift", "cover", "ignition")
    time_zone: str = "Asia/Shanghai"
    clock: Literal["unset", "ntp"] = "ntp"
    receiver: Receiver = Receiver()
    agent: dict[str, dict[str, Any]] = {}

    @classmethod
    def read(cls, text: str) -> Self:
        """From TOML; raises ValueError that names the place."""
        found = msgspec.toml.decode(text, type=cls)
        if problem := next(_problems(found), None):
            raise ValueError(problem)
        return found

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a TOML file; raises ProfileError naming file, place and remedy."""
        try:
            return cls.read(path.read_text())
        except (OSError, ValueError) as e:
            raise ProfileError(str(e), where=str(path), remedy="see docs/scenarios.md") from e


def _problems(of: Scenario) -> Iterator[str]:
    """What cannot be meant, each with its place."""
    for name, points in of.roads.items():
        if len(points) < 2 or any(math.dist(a, b) < 1 for a, b in pairwise(points)):
            yield f"two points at least, 1 m apart, make a road - at `$.roads.{name}`"
    for n, step in enumerate(of.steps):
        yield from (f"{words} - at `$.steps[{n}]`" for words in _of_step(step, of))
    names = [step.name for step in of.steps if step.name]
    if twice := next((name for name in names if names.count(name) > 1), None):
        yield f"two steps are called {twice} - at `$.steps`"
    for n, happening in enumerate(of.happens):
        for name in {happening.step, happening.until or happening.step} - {*names}:
            yield f"no step is called {name!r}: {', '.join(names)} - at `$.happens[{n}]`"
        yield from (f"{words} - at `$.happens[{n}]`" for words in _of_happening(happening, of))
    for n, permit in enumerate(of.permits or ()):
        if unknown := [name for name in permit.roads if name not in of.roads]:
            yield f"there is no road {unknown[0]!r} - at `$.permits[{n}].roads`"


def _of_step(step: Step, of: Scenario) -> Iterator[str]:
    if (step.seconds is None) == (step.road is None):
        yield "give seconds to stand, or a road to drive along"
    if step.road is not None and step.road not in of.roads:
        yield f"there is no road {step.road!r}: {', '.join(of.roads)}"
    for name in ("seconds", "speed", "waits", "exposed", "change_s", "strength"):
        given = getattr(step, name)
        low, high = given if isinstance(given, tuple) else (given or 0.0, given or 0.0)
        most = {"speed": 40.0, "waits": 20.0, "exposed": 1.0, "strength": 1.0}.get(name, 90_000.0)
        if not 0 <= low <= high <= most or (name in ("seconds", "speed") and given is not None and low <= 0):
            yield f"{name} is no range from low to high, at most {most:g}"


def _of_happening(happening: Happening, of: Scenario) -> Iterator[str]:
    kind, _, about = happening.kind.partition(".")
    given = happening.given
    if kind == "receiver":
        try:
            fault(about, **given)  # type: ignore[arg-type]
        except ScheduleError as e:
            yield str(e)
    elif kind == "camera" and about not in _CAMERA_FAULTS:
        yield f"no fault {about!r} of a camera: {', '.join(_CAMERA_FAULTS)}"
    elif kind == "switch" and (about not in of.switches or not isinstance(given.get("says"), bool)):
        yield f"one of the switches {', '.join(of.switches)}, and what it says (given.says)"
    elif happening.kind == "link" and given.get("sink", of.sinks[0]) not in of.sinks:
        yield f"no sink {given['sink']!r}: {', '.join(of.sinks)}"
    elif kind not in ("camera", "switch") and happening.kind not in ("link", "power"):
        yield f"nothing is called {happening.kind!r}: {_KINDS}"
