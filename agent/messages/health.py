"""Stream `health`: what the unit says of itself."""

from typing import Literal

import msgspec

from agent.messages.load import View
from agent.messages.parts import (
    AntennaState,
    CameraFaultKind,
    CameraRole,
    Chances,
    Count,
    Data,
    LoadState,
    Part,
    Place,
    Strength,
    SuspicionKind,
    Us,
    Word,
)


class DeviceChanged(Data, frozen=True, kw_only=True):
    """A device came or went; the subject names it: `receiver`, `camera:NAME`, `journal`."""

    connected: bool
    reason: str | None


class WorkerChanged(Data, frozen=True, kw_only=True):
    """A part of the agent changed its state; the subject names it."""

    state: Literal["failed", "restarted", "gave_up"]
    reason: str | None


class Versions(Part, frozen=True, kw_only=True):
    """A load model's version and that of what this vehicle taught it."""

    model: str
    teaching: str | None


class ModelChanged(Data, frozen=True, kw_only=True):
    """Another load model, or other teaching, speaks for a camera from now on."""

    from_: Versions = msgspec.field(name="from")
    to: Versions


class ShadowReading(Part, frozen=True, kw_only=True):
    """One model's word on one frame."""

    model: str
    teaching: str | None
    frame: Count
    at_us: Us
    state: LoadState
    p: Chances | None
    reason: str | None


class Shadow(Data, frozen=True, kw_only=True):
    """A model on trial: frames by "deciding/shadow" word, and one on which the two differ."""

    since_us: Us
    model: str | None
    shadow: str | None
    frames: Count
    agreed: Count
    words: dict[str, Count]
    example: tuple[ShadowReading, ShadowReading] | None


class SuspicionOpen(Part, frozen=True, kw_only=True):
    """A doubt about the receiver that is open now."""

    kind: SuspicionKind
    since_us: Us
    why: str


class ReceiverReport(Part, frozen=True, kw_only=True):
    """The receiver and its line; counters run from its worker's start, rates are of the last ten seconds."""

    connected: bool
    reason: str | None
    sentences: Count
    checksum_errors: Count
    epochs: Count
    opened: Count
    lost: Count
    antenna: AntennaState
    antenna_inferred: bool
    strength: dict[str, Strength]
    rate_hz: float | None
    checksum_error_rate: float | None
    suspicions: tuple[SuspicionOpen, ...]


class CameraFaultOpen(Part, frozen=True, kw_only=True):
    """A fault of a camera's pictures that is open now."""

    kind: CameraFaultKind
    since_us: Us
    why: str


class CameraReport(Part, frozen=True, kw_only=True):
    """One camera: frames per second, s since the newest one."""

    role: CameraRole
    connected: bool
    reason: str | None
    fps: float
    age_s: float | None
    opened: Count
    faults: tuple[CameraFaultOpen, ...]


class LoadReport(Part, frozen=True, kw_only=True):
    """The load as it is seen now, as it lasts, and the cameras' beliefs."""

    state: LoadState
    lasting: LoadState
    views: dict[str, View]


class Report(Data, frozen=True, kw_only=True):
    """The regular report."""

    receiver: ReceiverReport | None
    cameras: dict[str, CameraReport]
    load: LoadReport
    moving: bool
    parked: bool
    place: Place | None


__all__ = ["DeviceChanged", "ModelChanged", "Report", "Shadow", "Word", "WorkerChanged"]
