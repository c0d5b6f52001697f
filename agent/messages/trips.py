"""Stream `trip`: trips in versions."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from agent.messages.parts import BootHead, Count, Data, Lat, Lon, Part, Seconds, Speed, Us, Word
from agent.rules.trip.verdict import Reason, Unchecked

Signal = Literal["vision", "load", "lift", "zone", "stop"]
Signals = tuple[Signal, ...]
Sure = Annotated[float, Meta(ge=0, le=1, description="How sure, by the weights of the signals; 2 decimals.")]
Cell = Annotated[str, Meta(pattern="^[0-9b-hjkmnp-z]{7}$", description="Geohash of 7 characters.")]
Hour = Annotated[int, Meta(ge=0, le=23, description="Hour of the unit's own time zone.")]
Metres = Annotated[int, Meta(ge=0, description="Metres.")]
Version = Annotated[int, Meta(ge=1, description="From 1, up by one with each record of the trip.")]
Hash = str | None
How = Literal["lift", "stop", "slowly", "gap", "moving", "unobserved"]
Gap = Literal["fix", "stopped", "cut", "off_duty"]


class Moment(Part, frozen=True, kw_only=True):
    """A moment of a boot; `utc` to the second, null while nobody knows."""

    boot: BootHead
    at_us: Us
    utc: str | None


class Spot(Part, frozen=True, kw_only=True):
    """A position."""

    lat: Lat
    lon: Lon
    crs: Literal["WGS-84"]


class Site(Part, frozen=True, kw_only=True):
    """A registered site."""

    id: Word
    role: Literal["loading", "disposal"]


class Turn(Part, frozen=True, kw_only=True):
    """The truck became loaded or empty.

    `how`: with the lift up, at a stop, slowly in a site, in a gap in which nobody saw it (`gap`), while it
    moved, or before anybody looked; `between` two moments; `outside`: surely outside every site meant for it.
    """

    at: Moment | None
    between: tuple[Moment | None, Moment | None]
    how: How
    site: Site | None
    outside: bool
    gap: Gap | None
    dwell_s: Seconds | None
    by: Signals
    against: Signals
    confidence: Sure
    place: Spot | None
    cell: Cell | None
    hour: Hour | None


class Moving(Part, frozen=True, kw_only=True):
    """Seconds of moving, by what was seen of the load."""

    covered: Seconds
    partly: Seconds
    uncovered: Seconds
    unseen: Seconds


class Gaps(Part, frozen=True, kw_only=True):
    """Spans without a fit fix."""

    count: Count
    seconds: Seconds


class Hauled(Part, frozen=True, kw_only=True):
    """The way by fit fixes, `bridged_m` of it straight over gaps; `covered_share` of the time it was seen."""

    distance_m: Metres
    bridged_m: Metres
    moving_s: Moving
    covered_share: Annotated[float, Meta(ge=0, le=1)] | None
    fastest_mps: Speed | None
    fastest_at: Moment | None
    gaps: Gaps


class Interruption(Part, frozen=True, kw_only=True):
    """Nobody watched: the agent was stopped in order, was cut off, or the truck was off duty."""

    why: Literal["stopped", "cut", "off_duty"]
    since: Moment | None
    until: Moment | None


class Interruptions(Part, frozen=True, kw_only=True):
    """How many, and the newest of them."""

    count: Count
    kept: tuple[Interruption, ...]


class Violation(Part, frozen=True, kw_only=True):
    """An event of severity violation or more: its kind and its subject."""

    kind: Word
    id: Word


class Violations(Part, frozen=True, kw_only=True):
    """How many, and the first of them."""

    count: Count
    kept: tuple[Violation, ...]


class PermitOf(Part, frozen=True, kw_only=True):
    """Which permit the trip counts against; what the permits said when it began; the valid ones."""

    id: str | None
    state: Literal["unwanted", "unknown", "none", "expired", "not_yet", "used_up", "valid"]
    valid: tuple[str, ...]


class Weights(Part, frozen=True, kw_only=True):
    """How far each signal goes alone."""

    vision: Sure
    load: Sure
    lift: Sure
    zone: Sure
    stop: Sure


class Limits(Part, frozen=True, kw_only=True):
    """What had to be reached."""

    weights: Weights
    decide: Sure
    accuse: Sure
    hold_s: Seconds


class Trip(Data, frozen=True, kw_only=True):
    """A trip so far; each record holds all of it, the one with the highest version counts.

    `loaded`: the first loading, then others; `partly_unloaded`: the lift was up, the load was still there;
    `corrected`: why there is a version after its end; `verdict`: null while it goes on or when something in
    `unchecked` keeps it from being regular; `reasons` are there if and only if it is suspicious.
    """

    version: Version
    corrected: Literal["still_loaded", "confirmed", "clock"] | None
    loaded: Annotated[tuple[Turn, ...], Meta(min_length=1)]
    partly_unloaded: tuple[Turn, ...]
    emptied: Turn | None
    confidence: Sure
    hauled: Hauled
    interruptions: Interruptions
    violations: Violations
    permit: PermitOf
    verdict: Literal["regular", "suspicious"] | None
    reasons: tuple[Reason, ...]
    unchecked: tuple[Unchecked, ...]
    thresholds: Limits
    rules: str
    settings: str
    layers: dict[str, Hash]


def trips() -> dict[str, type[msgspec.Struct]]:
    """All kinds of the stream `trip`."""
    return {f"trip.{what}": Trip for what in ("started", "updated", "ended")}
