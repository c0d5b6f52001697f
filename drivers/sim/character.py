"""What a simulated module is made of: its settings, its make, and what it tells of the truth."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Literal, Protocol, get_args

import msgspec

from drivers.readings import Constellation
from drivers.sim.nmea import Output
from drivers.sim.reception import Start
from drivers.sim.solution import Pose

World = Callable[[float], Pose | None]
Variables = dict[str, int | str]
Effect = Literal["save", "start", "stop", "factory", "cold", "warm", "hot"]
CONSTELLATIONS: tuple[Constellation, ...] = get_args(Constellation)


class Settings(msgspec.Struct, frozen=True):
    """How a module is set up. `epoch` is the UTC of t = 0, by default the present second.

    `rate_hz` and `baud` None: the character's factory settings. `ttff_s` None: the usual figure of the start.
    `usb`: its line is a USB port of its own, which takes any speed.
    """

    rate_hz: float | None = None
    baud: int | None = None
    epoch: datetime | None = None
    start: Start = "running"
    ttff_s: float | None = None
    seed: int = 0
    usb: bool = False


class Truth(msgspec.Struct, frozen=True):
    """What is true in one epoch: UTC (ISO 8601), pose or nulls, m/s, and which faults are on."""

    time: str
    lat: float | None
    lon: float | None
    alt: float | None
    speed: float | None
    course: float | None
    faults: list[str]


class Reply(msgspec.Struct, frozen=True):
    """What a command does: frames to answer with, variables it changes, and what happens besides."""

    answers: tuple[bytes, ...] = ()
    changes: Mapping[str, int | str] = {}
    effect: Effect | None = None


class Ear(Protocol):
    """Understands what is written to a module."""

    def hear(self, chunk: bytes, state: Mapping[str, int | str]) -> Iterator[Reply]:
        """The replies to the commands that are complete with these bytes; `state` is read for each anew."""
        ...


class Character(msgspec.Struct, frozen=True):
    """What makes a module of one make: its factory state, how it writes, what it says of itself.

    `state` holds `period_ms`, `baud` (absent: any), constellations and sentences as a profile names them;
    `antenna` has the lines for `ok`, `open` and `short`. `ear` makes what understands its commands; without
    one it is deaf. `waits`: it sends nothing before it is told to start. `controlled`: its commands have
    a port of their own. `weeks`: whole weeks that its dates are early.
    """

    state: Mapping[str, int | str]
    output: Output = Output()
    banner: tuple[bytes, ...] = ()
    antenna: Mapping[str, tuple[bytes, ...]] = {}
    ear: Callable[[], Ear] | None = None
    waits: bool = False
    controlled: bool = False
    weeks: int = 0


GENERIC = Character(
    {"period_ms": 1000, "gps": 1, "beidou": 1, "rmc": 1, "vtg": 1, "gga": 1, "gsa": 1, "gsv": 1, "zda": 1}
)
