"""What several messages share: words, numbers with their units, places."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from agent.model import LoadState, Severity
from drivers.readings import AntennaState, CameraFaultKind, CameraRole, Mode, SuspicionKind

__all__ = [
    "AntennaState", "CameraFaultKind", "CameraRole", "LoadState", "Mode", "Severity", "SuspicionKind",
]  # fmt: skip

Clock = Literal["gnss", "ntp", "rtc", "unsynced"]
Count = Annotated[int, Meta(ge=0)]
Seq = Annotated[int, Meta(ge=1, description="Position in the stream, from 1 without a gap.")]
Us = Annotated[int, Meta(description="Microseconds of CLOCK_BOOTTIME in the boot that the envelope names.")]
Seconds = Annotated[float, Meta(ge=0, description="Seconds.")]
Chance = Annotated[float, Meta(ge=0, description="A probability, to 4 decimals.")]
Lat = Annotated[float, Meta(ge=-90, le=90, description="Degrees north, WGS-84.")]
Lon = Annotated[float, Meta(ge=-180, le=180, description="Degrees east, WGS-84.")]
Speed = Annotated[float, Meta(ge=0, description="m/s over ground.")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Word = Annotated[str, Meta(min_length=1)]
BootHead = Annotated[str, Meta(min_length=1, description="Head of the boot id that since_us counts from.")]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all: every member has a name, none is unknown."""


class Data(Part, frozen=True, kw_only=True):
    """Base of every record's `data`."""

    severity: Severity


class Event(Data, frozen=True, kw_only=True):
    """Base of every event's and trip's `data`: the version of the rules that wrote it, and of their code."""

    rules: Annotated[str, Meta(description="Version of the rules, +, head of the SHA-256 of their code.")]


class Place(Part, frozen=True, kw_only=True):
    """Where a fit fix was; `hdop` to 2 decimals."""

    lat: Lat
    lon: Lon
    speed: Speed | None
    hdop: float | None
    crs: Literal["WGS-84"]


class Zone(Part, frozen=True, kw_only=True):
    """The registered zone of a place; `id` and `role` are null unless it is inside one."""

    state: Literal["inside", "outside", "unknown"]
    id: str | None
    role: Literal["loading", "disposal", "forbidden", "slow", "risk"] | None


class Strength(Part, frozen=True, kw_only=True):
    """C/N0 of a constellation's tracked satellites: how many, mean and best in dB-Hz."""

    count: Count
    mean: float
    best: float


class Chances(Part, frozen=True, kw_only=True):
    """How likely each state of the load is."""

    empty: Chance
    covered: Chance
    partly: Chance
    uncovered: Chance
