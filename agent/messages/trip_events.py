"""Stream `event`: loading and unloading where it should not be, and stops with a load."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from agent.messages.load import Trail, View
from agent.messages.parts import BootHead, Count, Data, Lat, Lon, Part, Seconds, Speed, Us
from agent.messages.trips import Cell, Gap, Hash, Hour, How, Signals, Spot, Sure


class Facts(Part, frozen=True, kw_only=True):
    """How it was loaded or unloaded, and for how long."""

    how: How
    dwell_s: Seconds | None
    gap: Gap | None


class Known(Part, frozen=True, kw_only=True):
    """A state of the load, by which signals, and how sure."""

    by: Signals
    confidence: Sure


class Fix(Part, frozen=True, kw_only=True):
    """A fix behind it."""

    at_us: Us
    lat: Lat
    lon: Lon
    speed: Speed | None


class Fixes(Part, frozen=True, kw_only=True):
    """How many of the fixes are here, and which."""

    count: Count
    kept: tuple[Fix, ...]


class Switch(Part, frozen=True, kw_only=True):
    """What a switch said; null: nothing."""

    switch: Literal["lift", "load"]
    on: bool | None
    since_us: Us | None


class SuspectLimits(Part, frozen=True, kw_only=True):
    """What had to be reached."""

    accuse: Sure
    hold_s: Seconds
    lift_s: Seconds


class SuspectStarted(Data, frozen=True, kw_only=True):
    """A load came, or went, surely outside every site meant for it; or the lift was raised with a load on."""

    since_us: Us
    trip: str | None
    facts: Facts
    place: Spot | None
    cell: Cell | None
    hour: Hour | None
    before: Known
    after: Known
    fixes: Fixes
    views: dict[str, View]
    readings: dict[str, Trail]
    switches: tuple[Switch, ...]
    thresholds: SuspectLimits
    authority: tuple[str, ...]
    rules: str
    settings: str
    layers: dict[str, Hash]


class SuspectUpdated(Data, frozen=True, kw_only=True):
    """The accusation is taken back: the load was there all the time."""

    withdrawn: Literal["still_loaded"]
    trip: str | None
    authority: tuple[str, ...]
    rules: str
    settings: str
    layers: dict[str, Hash]


class SuspectEnded(Data, frozen=True, kw_only=True):
    """It is over: the truck drove on, the lift was lowered, or nobody watched any more."""

    since_us: Us
    until_us: Us
    reason: Literal["drove_on", "lowered", "interrupted"]
    trip: str | None
    authority: tuple[str, ...]
    rules: str
    settings: str
    layers: dict[str, Hash]
    boot: BootHead | UnsetType = UNSET


class StopStarted(Data, frozen=True, kw_only=True):
    """The truck stands with a load outside the sites, or in the risk zones `risk`; `dwell_s` so far."""

    since_us: Us
    dwell_s: Seconds
    laden: bool | None
    trip: str | None
    risk: tuple[str, ...]
    lifted: bool
    place: Spot | None
    cell: Cell | None
    hour: Hour | None
    rules: str
    settings: str
    layers: dict[str, Hash]


class StopEnded(StopStarted, frozen=True, kw_only=True):
    """It drove on, or nobody watched any more."""

    until_us: Us
    reason: Literal["drove_on", "interrupted"]
    boot: BootHead | UnsetType = UNSET


def events() -> dict[str, type[msgspec.Struct]]:
    """Those of the stream `event`."""
    found: dict[str, type[msgspec.Struct]] = {
        "haul_stop.started": StopStarted,
        "haul_stop.ended": StopEnded,
    }
    for kind in ("suspicious_loading", "suspicious_unloading"):
        found[f"{kind}.started"] = SuspectStarted
        found[f"{kind}.ended"] = SuspectEnded
    found["suspicious_unloading.updated"] = SuspectUpdated
    return found
