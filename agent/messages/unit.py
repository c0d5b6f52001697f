"""Switches, tampering with the unit, contradictions between sensors, the supply, and warnings in the cab."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from agent.messages.load import Smoothing, Trail, View
from agent.messages.parts import (
    BootHead,
    Chance,
    Data,
    Event,
    LoadState,
    Part,
    Place,
    Seconds,
    Us,
    Word,
    Zone,
)
from agent.model_unit import Hook
from drivers.readings import SwitchFault, SwitchRole

Hash = str | None


class SwitchChanged(Event, frozen=True, kw_only=True):
    """A switch says something else since `since_us`; `was` is null where nothing was known before.

    `on` means: lift raised, cover closed, ignition on, case open, load on the axles.
    """

    switch: SwitchRole
    on: bool
    was: bool | None
    since_us: Us


class SwitchFaulty(Data, frozen=True, kw_only=True):
    """A switch has a fault, or (null) has none any more; `why` gives the figures."""

    switch: SwitchRole
    fault: SwitchFault | None
    why: str | None


class SupplyLow(Data, frozen=True, kw_only=True):
    """The supply was below its floor for so long; the agent stops."""

    volts: float
    since_us: Us
    after_s: Seconds


class Judged(Data, frozen=True, kw_only=True):
    """Whose business it is, and the versions of rules, settings, zones and permits that judged it."""

    authority: tuple[str, ...]
    rules: str
    settings: str
    layers: dict[str, Hash]


class TamperStarted(Judged, frozen=True, kw_only=True):
    """Somebody tampers with the unit: its case is open, or its power was cut while the truck moved.

    After a cut, `since_us` and `place` are those of the last position, in the boot that `boot` names.
    `thresholds`: how long the case must be open and closed again (s); how fast the truck was (m/s) and how
    shortly before the cut (s).
    """

    cause: Literal["case", "power_cut"]
    since_us: Us
    place: Place | None
    thresholds: dict[str, float]
    boot: BootHead | UnsetType = UNSET


class TamperEnded(Judged, frozen=True, kw_only=True):
    """It is over. After a cut `until_us` is the start of the agent, in the boot of the envelope."""

    cause: Literal["case", "power_cut"]
    since_us: Us
    until_us: Us
    reason: Literal["closed", "power_back", "interrupted"]
    boot: BootHead | UnsetType = UNSET


class SwitchWord(Part, frozen=True, kw_only=True):
    """What a switch says, and since when."""

    switch: SwitchRole
    on: bool | None
    since_us: Us | None


class LoadWord(Part, frozen=True, kw_only=True):
    """What the cameras say of the load, with every reason to believe it."""

    state: LoadState
    confidence: Chance
    views: dict[str, View]
    readings: dict[str, Trail]
    smoothing: Smoothing
    settings: str


class ConflictThresholds(Part, frozen=True, kw_only=True):
    """For how long (s) they must contradict each other, and agree again."""

    after_s: Seconds
    over_s: Seconds


class ConflictStarted(Judged, frozen=True, kw_only=True):
    """A switch contradicts the cameras (`what` cover or load), or motion (ignition); nobody is accused."""

    what: Literal["cover", "load", "ignition"]
    since_us: Us
    switch: SwitchWord
    load: LoadWord | None
    moving: bool
    place: Place | None
    zone: Zone
    thresholds: ConflictThresholds


class ConflictEnded(Judged, frozen=True, kw_only=True):
    """They agree again, or nothing is known of one of them for too long."""

    what: Literal["cover", "load", "ignition"]
    since_us: Us
    until_us: Us
    reason: Literal["over", "unobserved", "interrupted"]
    boot: BootHead | UnsetType = UNSET


class WarningGiven(Data, frozen=True, kw_only=True):
    """The driver is warned; if it goes on for `grace_s`, it is reported as `kind` under this subject."""

    kind: Word
    since_us: Us
    grace_s: Seconds
    place: Place | None
    rules: str
    settings: str
    layers: dict[str, Hash]


class WarningDelivered(Data, frozen=True, kw_only=True):
    """Whether a warning was given at one hook, how long (s) it took, and why it failed."""

    kind: Word
    hook: Hook
    ok: bool
    seconds: Seconds
    reason: str | None


def events() -> dict[str, type[msgspec.Struct]]:
    """All kinds of the stream `event`."""
    return {
        "switch.changed": SwitchChanged,
        "unit_tamper.started": TamperStarted,
        "unit_tamper.ended": TamperEnded,
        "sensor_conflict.started": ConflictStarted,
        "sensor_conflict.ended": ConflictEnded,
        "warning.given": WarningGiven,
    }


def health() -> dict[str, type[msgspec.Struct]]:
    """All kinds of the stream `health`."""
    return {
        "switch.fault": SwitchFaulty,
        "supply.low": SupplyLow,
        "warning.delivered": WarningDelivered,
    }
