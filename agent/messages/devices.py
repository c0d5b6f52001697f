"""Stream `event`: faults of cameras, doubts about the receiver, and what a link gives away."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from agent.messages.parts import (
    AntennaState,
    BootHead,
    CameraFaultKind,
    Count,
    Event,
    Seconds,
    Strength,
    Us,
    Word,
)

Over = Literal["over", "interrupted"]


class Charged(Event, frozen=True, kw_only=True):
    """Base: whose business it is, by the unit's table of violations."""

    authority: tuple[str, ...]


class CameraFault(Charged, frozen=True, kw_only=True):
    """A camera's pictures cannot be judged, or there are none (`lost`); `why` gives the figures."""

    camera: Word
    kind: CameraFaultKind | Literal["lost"]
    why: str
    since_us: Us


class CameraFaultStarted(CameraFault, frozen=True, kw_only=True):
    """The fault begins; `thresholds` are those of the camera's watch."""

    thresholds: dict[str, float]
    settings: str


class CameraFaultEnded(CameraFault, frozen=True, kw_only=True):
    """The fault is over, or nobody watches any more (`interrupted`)."""

    until_us: Us
    seconds: Seconds
    reason: Over
    boot: BootHead | UnsetType = UNSET


class Antenna(Charged, frozen=True, kw_only=True):
    """The receiver's antenna is open or short; `inferred`: from its signals; `fixes`: fit ones come."""

    state: AntennaState
    inferred: bool
    fixes: bool
    since_us: Us


class AntennaStarted(Antenna, frozen=True, kw_only=True):
    """It begins."""

    settings: str


class AntennaEnded(Antenna, frozen=True, kw_only=True):
    """It is over."""

    until_us: Us
    reason: Over
    boot: BootHead | UnsetType = UNSET


class Suspicion(Charged, frozen=True, kw_only=True):
    """The receiver's word is doubted; `why` gives the figures, `strength` C/N0 by constellation."""

    why: str
    strength: dict[str, Strength]
    since_us: Us


class SuspicionStarted(Suspicion, frozen=True, kw_only=True):
    """It begins."""

    settings: str


class SuspicionEnded(Suspicion, frozen=True, kw_only=True):
    """It is over."""

    until_us: Us
    reason: Over
    boot: BootHead | UnsetType = UNSET


class Certificate(Event, frozen=True, kw_only=True):
    """A certificate of a link ends soon, or has ended, at `ends_us` (UTC, microseconds since 1970)."""

    sink: Word
    whose: Literal["unit", "broker"]
    ends_us: int
    days_left: float


class Budget(Event, frozen=True, kw_only=True):
    """A sink's month (YYYY-MM, of the unit's zone) has reached `percent` of its bytes over metered links."""

    sink: Word
    month: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}$")]
    percent: Count
    bytes: Count
    limit: Count


class CommandRefused(Event, frozen=True, kw_only=True):
    """Commands or configurations of a sink were not taken, `times` for this reason; the newest of them."""

    sink: Word
    reason: Word
    times: Count
    name: str
    command: str
    mono_us: Us


class Cloned(Event, frozen=True, kw_only=True):
    """Another client used this vehicle's name at a sink's broker, so many times since it was told last."""

    sink: Word
    times: Count
    mono_us: Us
