"""What flows through the agent: observations into the rules, effects out of them.

Everything is immutable and stamped with CLOCK_BOOTTIME nanoseconds (`mono_ns`); the core adds UTC.
"""

from typing import Any, Literal

import msgspec

from agent.commands.refusal import CommandRefused
from agent.journal_news import JournalState, Released, Salvaged, Skipped
from agent.model_commission import Commissioned
from agent.model_evidence import Accessed, Attest, Attested, Disputed, Gathered, KeyTurned, Proven, Seal
from agent.model_pictures import (
    PictureAsked,
    PictureFailed,
    PictureFile,
    PictureGroup,
    PicturesDeleted,
    PictureTaken,
    PictureUnsent,
    When,
)
from agent.model_unit import Halt, LastFix, Rest, Warn, WarningDelivered
from agent.rule_settings import PerState, Settings, Shift, Smoothing, Zone
from drivers.readings import CameraHealth, Fix, ReceiverHealth, SupplyState, SwitchState

__all__ = [  # observations, defined beside this file
    "Accessed",
    "Attest",
    "Attested",
    "CommandRefused",
    "Commissioned",
    "Disputed",
    "Gathered",
    "Halt",
    "JournalState",
    "KeyTurned",
    "LastFix",
    "PerState",
    "PictureAsked",
    "PictureFailed",
    "PictureFile",
    "PictureGroup",
    "PictureTaken",
    "PictureUnsent",
    "PicturesDeleted",
    "Released",
    "Rest",
    "Salvaged",
    "Seal",
    "Settings",
    "Shift",
    "Skipped",
    "Smoothing",
    "Warn",
    "WarningDelivered",
    "Zone",
]

LoadState = Literal["empty", "covered", "partly", "uncovered", "unknown"]
Stream = Literal["life", "event", "trip", "coverage", "health", "track", "media"]
Severity = Literal["info", "notice", "violation", "critical"]


class Probabilities(msgspec.Struct, frozen=True):
    """The classifier's word on one frame; the four add up to 1."""

    empty: float
    covered: float
    partly: float
    uncovered: float


class LoadReading(msgspec.Struct, frozen=True):
    """A judgement about one frame of a body camera, unsmoothed.

    `state` is the likeliest class, or `unknown` when the frame is not usable; `reason` then says why (dark,
    blocked, blurred, glare). `model` is the model's version, `teaching` that of what this vehicle's pictures
    taught it (None: nothing); `frame` the frame's number since the vision process started. A `shadow` reading
    is that of a model on trial: it is journalled and decides nothing.
    """

    mono_ns: int
    camera: str
    state: LoadState
    p: Probabilities | None
    usable: bool
    reason: str | None
    model: str
    frame: int
    teaching: str | None = None
    shadow: bool = False


class LinkState(msgspec.Struct, frozen=True):
    """Whether a sink's broker is connected; sent at each change.

    `taken_over`: another client came with this id. `certificates`: end of `unit`'s and `broker`'s, UTC ns.
    """

    mono_ns: int
    sink: str
    connected: bool
    reason: str | None = None
    taken_over: bool = False
    certificates: dict[str, int] = {}


class BudgetState(msgspec.Struct, frozen=True):
    """A sink's month (`YYYY-MM`) has reached `level` percent of its bytes: `bytes` of `limit`."""

    mono_ns: int
    sink: str
    month: str
    level: int
    bytes: int
    limit: int


class WorkerState(msgspec.Struct, frozen=True):
    """A worker of the supervisor changed: `failed`, `restarted`, `gave_up`."""

    mono_ns: int
    worker: str
    state: str
    reason: str | None = None


class LastPlace(msgspec.Struct, frozen=True):
    """The newest journalled position: when (ns in the boot whose id begins with `boot`), degrees WGS-84."""

    boot: str
    mono_ns: int
    lat: float
    lon: float


class Restarted(msgspec.Struct, frozen=True):
    """The agent started; `last_mono_ns` is the newest journalled moment of this boot.

    `last_fix`: the newest one in the journal, of whatever boot.
    `first`: there was no run before; `clean`: the last run ended in order; `readable`: its rule state could
    be read; `replaced`: where a damaged journal was moved to. `before_ns`: the newest journalled moment of
    the last run's boot, whose id begins with `before`; `place`: where it was known to be last.
    """

    mono_ns: int
    version: str
    first: bool
    new_boot: bool
    clean: bool
    readable: bool = True
    replaced: str | None = None
    last_mono_ns: int | None = None
    last_fix: LastFix | None = None
    before: str = ""
    before_ns: int | None = None
    place: LastPlace | None = None


class Stopping(msgspec.Struct, frozen=True):
    """The agent was asked to stop."""

    mono_ns: int
    reason: str


class Tick(msgspec.Struct, frozen=True):
    """A second passed; `utc_ns` is UTC by a disciplined clock, None where there is none."""

    mono_ns: int
    utc_ns: int | None = None


Observation = (
    Fix
    | ReceiverHealth
    | LoadReading
    | CameraHealth
    | SwitchState
    | SupplyState
    | LinkState
    | BudgetState
    | WorkerState
    | JournalState
    | Skipped
    | Released
    | CommandRefused
    | Salvaged
    | Settings
    | Restarted
    | Stopping
    | Tick
    | PictureAsked
    | PictureTaken
    | PictureFailed
    | PicturesDeleted
    | PictureUnsent
    | Proven
    | Commissioned
    | WarningDelivered
)


class Emit(msgspec.Struct, frozen=True):
    """Journal a record: `data` is JSON-able, its numbers rounded to declared decimals."""

    stream: Stream
    type: str
    subject: str
    data: dict[str, Any]
    severity: Severity = "info"


class Track(msgspec.Struct, frozen=True):
    """Journal a fix in the track stream (group-committed); `unfit` says why it decides nothing, if so."""

    fix: Fix
    unfit: tuple[str, ...] = ()


class Anchor(msgspec.Struct, frozen=True):
    """UTC was `utc_ns` at `mono_ns`, by a receiver's word."""

    utc_ns: int
    mono_ns: int


class Sampling(msgspec.Struct, frozen=True):
    """Judge `fps` frames per second of each body camera from now on; 0: none."""

    fps: float


class Snapshot(msgspec.Struct, frozen=True):
    """Take a picture with `camera` for the record of `subject`; `why` is the record's type.

    `frame`: that one, if it is still held, instead of the newest at or after this moment. `when`: some
    seconds before or after it, as the settings say; what was before is taken from what is still held.
    """

    camera: str
    subject: str
    why: str
    frame: int | None = None
    when: When = "at"


class Caption(msgspec.Struct, frozen=True):
    """What was known when a picture was wanted: degrees WGS-84, m/s, the smoothed load state.

    `utc_offset_ns` is UTC minus CLOCK_BOOTTIME, None while unknown; `clock` is where it is from.
    """

    lat: float | None = None
    lon: float | None = None
    speed: float | None = None
    state: LoadState = "unknown"
    confidence: float | None = None
    utc_offset_ns: int | None = None
    clock: str = "unsynced"


class PictureOrder(msgspec.Struct, frozen=True):
    """A picture to take of a frame at or after `mono_ns` (or of the frame that `snapshot` names)."""

    mono_ns: int
    snapshot: Snapshot
    caption: Caption


Effect = Emit | Track | Anchor | Sampling | Snapshot | Attest | Seal | Warn | Rest | Halt
