"""What can go wrong with a simulated receiver: the kinds of faults, and when each is on.

`docs/simulated-receiver.md` describes every kind; a test holds the two together.
"""

import math
from collections.abc import Iterable, Iterator, Mapping

import msgspec


class Parameter(msgspec.Struct, frozen=True):
    """What a fault may be given: a number between `low` and `high`, or one of `choices`.

    `default` None: absent by default, which the kind's words explain.
    """

    says: str
    default: float | str | None = None
    low: float = 0.0
    high: float = math.inf
    choices: tuple[str, ...] = ()


class Kind(msgspec.Struct, frozen=True):
    """A kind of fault; an `instant` one happens at once and has no duration."""

    says: str
    parameters: Mapping[str, Parameter] = {}
    instant: bool = False


_SHARE = Parameter("share of the sentences", 1.0, high=1.0)
_REACQUIRE = Parameter("s until the fix is back after the end", 2.0, high=600)
_BEARING = Parameter("direction, degrees true", 90.0, high=360)
_STARTS = ("cold", "warm", "hot")

KINDS: Mapping[str, Kind] = {
    # the line
    "unplug": Kind("the port goes away; the module has no power"),
    "stall": Kind("the port is there and silent"),
    "garble": Kind("one bit of each sentence flips", {"share": _SHARE}),
    "half_lines": Kind("sentences are cut in the middle", {"share": _SHARE}),
    "checksum": Kind("a share of the sentences has a wrong character", {
        "share": Parameter("share of the sentences", 0.2, high=1.0),
    }),
    "binary": Kind("binary noise between the sentences", {
        "bytes": Parameter("largest number of bytes between two sentences", 64, low=1, high=2000),
    }),
    "repeat": Kind("each epoch's sentences are sent again", {
        "times": Parameter("how often in all", 2, low=2, high=10),
    }),
    "slow": Kind("fewer epochs than configured", {
        "hz": Parameter("epochs per second", 0.5, low=0.01, high=50),
    }),
    "baud": Kind("brown-out: back to the factory settings, and a new start", {
        "start": Parameter("of which kind", "warm", choices=_STARTS),
    }, instant=True),
    # the sky
    "restart": Kind("the module starts anew, with its settings", {
        "start": Parameter("of which kind", "cold", choices=_STARTS),
    }, instant=True),
    "canyon": Kind("a street between high buildings: low satellites hidden, others weak, position wanders", {
        "elevation": Parameter("degrees that the buildings hide", 50.0, high=89),
        "street": Parameter("direction of the street, degrees; by default the vehicle's", None, high=360),
        "metres": Parameter("size of the wandering (1 sigma, m)", 8.0, high=1000),
    }),
    "multipath": Kind("the position wanders", {
        "metres": Parameter("size of the wandering (1 sigma, m)", 5.0, high=1000),
        "seconds": Parameter("how long an error lasts (correlation time, s)", 10.0, low=0.1, high=3600),
    }),
    "tunnel": Kind("signals fade, then there are none; time runs on without fix", {
        "fade": Parameter("s in which the signals fade", 3.0, high=60),
        "reacquire": _REACQUIRE,
    }),
    "switch": Kind("a hidden switch on the antenna: all signals are gone at once", {"reacquire": _REACQUIRE}),
    "antenna_open": Kind("the antenna's cable is cut: next to no signal, and the module says so", {
        "reacquire": _REACQUIRE,
    }),
    "antenna_short": Kind("the antenna's cable is shorted: no signal, and the module says so", {
        "reacquire": _REACQUIRE,
    }),
    "jam": Kind("a jammer: C/N0 of all signals falls together, then the fix is lost", {
        "db": Parameter("dB by which C/N0 falls", 30.0, high=60),
        "ramp": Parameter("s in which it falls", 3.0, high=600),
        "reacquire": _REACQUIRE,
    }),
    # the solution
    "jump": Kind("the position is off by a constant vector", {
        "metres": Parameter("m", 500.0, high=1e7), "course": _BEARING,
    }),
    "spoof": Kind("a false sky: equal C/N0, the position is dragged away, or taken to a place", {
        "mps": Parameter("speed at which it is dragged, m/s", 5.0, high=10_000),
        "course": _BEARING,
        "lat": Parameter("degrees of the place; with lon", None, low=-90, high=90),
        "lon": Parameter("degrees of the place; with lat", None, low=-180, high=180),
        "alt": Parameter("m above mean sea level; the true one by default", None, low=-500, high=100_000),
        "cn0": Parameter("dB-Hz of every signal", 46.0, high=60),
        "seconds": Parameter("s by which its time is off", 0.0, low=-1e9, high=1e9),
    }),
    "speed_zero": Kind("the position moves, the speed is always zero"),
    "frozen": Kind("the same solution again and again", {
        "time": Parameter("whether its time goes on", "running", choices=("running", "standing")),
    }),
    "rollover": Kind("dates are off by whole periods of 1024 weeks", {
        "periods": Parameter("how many; negative is the past", -1, low=-5, high=5),
    }),
}  # fmt: skip
NO_SIGNAL = ("tunnel", "switch", "antenna_open", "antenna_short")


class Fault(msgspec.Struct, frozen=True):
    """One fault: on from `at` for `duration` seconds of the module's time (None: for ever)."""

    kind: str
    at: float = 0.0
    duration: float | None = None
    parameters: dict[str, float | str] = {}

    def on(self, t: float) -> bool:
        """Whether it is on at t."""
        return self.at <= t + 1e-9 and (self.duration is None or t + 1e-9 < self.at + self.duration)

    def number(self, name: str) -> float:
        """A numeric parameter, or its default."""
        value = self.parameters.get(name, KINDS[self.kind].parameters[name].default)
        return math.nan if value is None else float(value)

    def word(self, name: str) -> str:
        """A parameter that is one of some words, or its default."""
        return str(self.parameters.get(name, KINDS[self.kind].parameters[name].default))


Active = Mapping[str, Fault]  # by kind


class Schedule:
    """Which faults are on at a time: those of a list, and those injected while it runs."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        listed = list(faults)
        self._lasting = [f for f in listed if not KINDS[f.kind].instant]
        self._instant = sorted((f for f in listed if KINDS[f.kind].instant), key=lambda f: f.at)

    def inject(self, fault: Fault) -> None:
        """Add a fault."""
        if KINDS[fault.kind].instant:
            self._instant = sorted([*self._instant, fault], key=lambda f: f.at)
        else:
            self._lasting.append(fault)

    def clear(self, kind: str, t: float) -> None:
        """End what is on of this kind at t; what is to come stays."""
        self._lasting = [f for f in self._lasting if f.kind != kind or not f.on(t)]

    def active(self, t: float) -> dict[str, Fault]:
        """The faults that are on at t, by kind; the later in the list counts."""
        return {f.kind: f for f in self._lasting if f.on(t)}

    def due(self, t: float) -> Iterator[Fault]:
        """The instant faults up to t, each once."""
        while self._instant and self._instant[0].at <= t + 1e-9:
            yield self._instant.pop(0)
