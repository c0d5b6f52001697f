"""Violations of hauling, visits of zones, what could not be checked, which zones and permits are in force."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from agent.messages.parts import (
    BootHead,
    Count,
    Data,
    Event,
    Lat,
    Lon,
    Part,
    Place,
    Seconds,
    Speed,
    Us,
    Word,
    Zone,
)

Ending = Literal[
    "empty", "site", "permit", "no_permit", "hours", "route", "any_way", "unwanted", "left", "not_forbidden",
    "no_limit", "slower", "drove_on", "other", "unobserved", "interrupted",
]  # fmt: skip
Role = Literal["loading", "disposal", "forbidden", "risk"]
Hash = str | None


class Worst(Part, frozen=True, kw_only=True):
    """The worst value, its unit (m, m/s, s for how long, chance for how surely), and when."""

    value: float
    unit: Literal["m", "m/s", "s", "chance"]
    at_us: Us


class Behind(Part, frozen=True, kw_only=True):
    """A fix behind it, and the rule's value there."""

    at_us: Us
    lat: Lat
    lon: Lon
    speed: Speed | None
    value: float


class Fixes(Part, frozen=True, kw_only=True):
    """How many fixes there are behind it, and some of them: first, last, evenly between."""

    count: Count
    kept: tuple[Behind, ...]


class Thresholds(Part, frozen=True, kw_only=True):
    """For how long (s) and on how long a way (m) it had to hold; by how much a position may be off (m)."""

    after_s: Seconds
    after_m: float
    error_m: float


class Breach(Event, frozen=True, kw_only=True):
    """A rule of hauling is broken: since when, how badly, and whose business it is.

    `facts` say what makes it so: the permits, the zone, the limit. `rules` is the version of the rules and
    the hash of their code; `layers` are the hashes of zones and permits in force.
    """

    since_us: Us
    last_seen_us: Us
    worst: Worst
    way_m: float
    facts: dict[str, Any]
    fixes: Fixes
    authority: tuple[str, ...]
    settings: str
    layers: dict[str, Hash]


class BreachStarted(Breach, frozen=True, kw_only=True):
    """It held for long enough. `laden`: null when nobody knows."""

    place: Place
    zone: Zone
    laden: bool | None
    thresholds: Thresholds


class BreachEnded(Breach, frozen=True, kw_only=True):
    """It is over, for `reason`; `boot` only where it was interrupted."""

    until_us: Us
    reason: Ending
    boot: BootHead | UnsetType = UNSET


class Visited(Part, frozen=True, kw_only=True):
    """A registered zone."""

    id: Word
    role: Role
    name: str


class VisitStarted(Event, frozen=True, kw_only=True):
    """The truck is in a site, a forbidden or a risk zone."""

    zone: Visited
    since_us: Us
    place: Place
    settings: str
    layers: dict[str, Hash]


class VisitEnded(Event, frozen=True, kw_only=True):
    """It has left."""

    zone: Visited
    since_us: Us
    until_us: Us
    reason: Literal["left", "unobserved", "interrupted"]
    settings: str
    layers: dict[str, Hash]
    boot: BootHead | UnsetType = UNSET


class Unchecked(Data, frozen=True, kw_only=True):
    """Rules (`kinds`) lack what they need: a trusted clock, readable permits or zones, or a known load."""

    cause: Literal["clock", "permits", "load", "zones"]
    detail: dict[str, str]
    kinds: tuple[str, ...]
    since_us: Us
    rules: str
    settings: str
    layers: dict[str, Hash]


class UncheckedEnded(Unchecked, frozen=True, kw_only=True):
    """They judge again."""

    until_us: Us
    seconds: Seconds
    reason: Literal["over", "interrupted"]
    boot: BootHead | UnsetType = UNSET


class LayerChanged(Data, frozen=True, kw_only=True):
    """Which zones or permits are in force, at each start and change; `refused`: why newer ones are not."""

    layer: Literal["zones", "permits"]
    hash: Hash
    entries: Count
    refused: str | None


BREACHES = ("no_permit", "off_route", "outside_hours", "speeding", "forbidden_zone", "overlong_stop")


def events() -> dict[str, type[msgspec.Struct]]:
    """All kinds of the stream `event`."""
    found: dict[str, type[msgspec.Struct]] = {
        "zone_visit.started": VisitStarted,
        "zone_visit.ended": VisitEnded,
    }
    for kind in BREACHES:
        found[f"{kind}.started"] = BreachStarted
        found[f"{kind}.ended"] = BreachEnded
    return found
