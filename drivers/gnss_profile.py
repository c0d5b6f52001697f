"""What a receiver profile says: how to know the module, what it sends, what to tell it, what it answers.

docs/profiles.md explains each key. Every section may be absent: the profile of a receiver nobody can
configure is a description and a speed.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Baud = Annotated[int, Meta(ge=1200, le=3_000_000)]
Rate = Annotated[float, Meta(gt=0, le=50)]
Protocol = Literal["ubx", "casic", "skytraq", "sirf", "rtcm"]
Kind = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Talker = Annotated[str, Meta(pattern="^([A-Z]{2})?$")]
Variable = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")]
Templates = str | tuple[str, ...]
CONSTELLATIONS = ("gps", "glonass", "galileo", "beidou", "qzss", "sbas", "navic")
SENTENCES = ("rmc", "vtg", "gga", "gsa", "gsv", "gll", "zda", "gns", "gst", "gbs", "txt")


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a profile: what it doesn't know is an error."""


class Identify(_Part, frozen=True):
    """How to know the module: USB ids, regexes on lines it sends unasked, exchanges that ask it.

    `ask` are tried in order; the first answer counts. `match` are regexes on what it said; a module that
    tells no name has an empty one.
    """

    usb: tuple[Annotated[str, Meta(pattern="^[0-9a-f]{4}:[0-9a-f]{4}$")], ...] = ()
    banner: tuple[str, ...] = ()
    ask: str | tuple[str, ...] = ()
    match: dict[Literal["module", "firmware"], str] = {}

    @property
    def questions(self) -> tuple[str, ...]:
        """The names of the exchanges that ask it."""
        return (self.ask,) if isinstance(self.ask, str) else self.ask


class Output(_Part, frozen=True):
    """What it sends: NMEA version, order of an epoch's sentences, the kind that ends it, talkers, digits.

    `required` are the kinds the agent needs.
    """

    nmea: Literal["2.1", "2.3", "3.0", "4.0", "4.10", "4.11"] = "4.0"
    order: tuple[Kind, ...] = ("RMC", "VTG", "GGA", "GSA", "GSV", "GLL")
    ends_with: Kind | None = None
    beidou: Literal["GB", "BD"] = "GB"
    qzss: Literal["GQ", "QZ", ""] = "GQ"
    combined: Talker = "GN"
    decimals: Annotated[int, Meta(ge=2, le=9)] = 5
    time_decimals: Annotated[int, Meta(ge=0, le=4)] = 2
    required: tuple[Kind, ...] = ("RMC", "GGA", "GSA", "GSV")


class Start(_Part, frozen=True):
    """What starts it at each opening, over its own port or over another one of the same device."""

    exchanges: tuple[str, ...]
    port: Literal["data", "control"] = "data"


class Antenna(_Part, frozen=True):
    """Regexes on TXT and proprietary lines that tell the state of the antenna."""

    ok: str | None = None
    open: str | None = None
    short: str | None = None


class Jamming(_Part, frozen=True):
    """A regex with a group `level`, and the level from which on it is jamming."""

    line: str
    at_least: int


class SpokenAntenna(_Part, frozen=True):
    """The templates that the simulator sends for a state of the antenna."""

    ok: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    short: tuple[str, ...] = ()


class Speaks(_Part, frozen=True):
    """What the simulator sends by itself."""

    antenna: SpokenAntenna = SpokenAntenna()
    banner: tuple[str, ...] = ()


class Quirk(_Part, frozen=True):
    """A deviation of the firmwares that the regex fits (`""`: all): whole weeks to add to its dates."""

    why: str
    firmware: str = ""
    weeks: Annotated[int, Meta(ge=-4096, le=4096)] = 0


class Code(_Part, frozen=True):
    """A derived value: a table over the values (as text) of another one."""

    of: Variable
    table: dict[str, int | str]


class ExchangeText(_Part, frozen=True):
    """What is sent and what is answered, as templates; times in seconds.

    `each` makes one exchange of every entry: `<each>` is its name, `<key>` its value under that key.
    Any of several `refuse` is a refusal; several `answer` must all come, in order. `timeout_s` is the time
    for the whole answer, `pause_s` what the module needs afterwards.
    """

    name: Annotated[str, Meta(min_length=1)]
    send: Templates
    answer: Templates | None = None
    refuse: Templates | None = None
    sets: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    each: dict[Variable, dict[Variable, str]] | None = None
    layer: Literal["ram", "flash"] = "ram"
    timeout_s: Annotated[float, Meta(gt=0, le=30)] = 1.0
    pause_s: Annotated[float, Meta(ge=0, le=30)] = 0.0


class GnssProfile(_Part, frozen=True):
    """A receiver. `baud` is the factory's, `rate_hz` the epochs per second that the agent expects."""

    description: str
    vendor: str = ""
    hardware_verified: bool = False
    baud: Baud = 9600
    bauds: tuple[Baud, ...] = ()
    rate_hz: Rate = 1.0
    max_rate_hz: Rate | None = None
    binary: tuple[Protocol, ...] = ()
    identify: Identify = Identify()
    output: Output = Output()
    start: Start | None = None
    antenna: Antenna = Antenna()
    jamming: Jamming | None = None
    speaks: Speaks = Speaks()
    quirks: tuple[Quirk, ...] = ()
    state: dict[Variable, int | str] = {}
    codes: dict[Variable, Code] = {}
    masks: dict[Variable, dict[Variable, Annotated[int, Meta(ge=1)]]] = {}
    exchanges: tuple[ExchangeText, ...] = ()
