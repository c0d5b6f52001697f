"""What flows through the agent: observations into the rules, effects out of them.

Everything is immutable and stamped with CLOCK_BOOTTIME nanoseconds (`mono_ns`); the core adds UTC.
"""

from typing import Any, Literal

import msgspec

from drivers.readings import CameraHealth, Fix, ReceiverHealth

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
    """Whether a sink's broker is connected; sent at each change."""

    mono_ns: int
    sink: str
    connected: bool
    reason: str | None = None


class WorkerState(msgspec.Struct, frozen=True):
    """A worker of the supervisor changed: `running`, `restarting`, `gave_up`, `stuck`."""

    mono_ns: int
    worker: str
    state: str
    reason: str | None = None


class JournalState(msgspec.Struct, frozen=True):
    """The journal stopped or began again to take records.

    `dropped` fixes were lost while it could not; None: nobody knows, the agent was restarted meanwhile.
    """

    mono_ns: int
    writable: bool
    reason: str | None = None
    dropped: int | None = 0


class Skipped(msgspec.Struct, frozen=True):
    """A sink will not get these records, both ends included; `why` as in DESIGN: filtered, dropped, dead…"""

    mono_ns: int
    sink: str
    stream: str
    first: int
    last: int
    why: str


class Zone(msgspec.Struct, frozen=True):
    """A polygon with a role; `ring` is (lon, lat) degrees WGS-84, open or closed."""

    id: str
    role: Literal["loading", "disposal", "forbidden", "slow", "risk"]
    ring: tuple[tuple[float, float], ...]
    name: str = ""


class Shift(msgspec.Struct, frozen=True):
    """Hours of duty each week: minutes of local time from Monday 0:00; `end` may lie in the next week."""

    start: int
    end: int


class Dwell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long (s) each state must be seen before it is taken for real, and lasts at least from then on."""

    empty: float = 30.0
    covered: float = 20.0
    partly: float = 20.0
    uncovered: float = 20.0


class Smoothing(msgspec.Struct, frozen=True):
    """How readings become a smoothed state; times in s, the rest shares 0..1 unless said otherwise.

    `smoothing_s`: the window of evidence; `looks`: how many independent pictures a whole window is worth;
    `look_s`: a frame speaks for at most so long before it; `confidence`: a state less sure is unknown;
    `doubt`: frames that mislead whatever their probabilities; `forget_s`: evidence fades so fast while there
    is none; `keep`: what evidence of another model or teaching is still worth; `mistaken`: states taken for
    real that were wrong; `prior`: the chances of a truck nobody has seen before.
    """

    smoothing_s: float = 10.0
    looks: float = 1.5
    look_s: float = 5.0
    confidence: float = 0.8
    doubt: float = 0.05
    forget_s: float = 60.0
    keep: float = 0.5
    mistaken: float = 0.4
    dwell_s: Dwell = Dwell()
    prior: Probabilities = Probabilities(0.3, 0.3, 0.15, 0.25)


class Settings(msgspec.Struct, frozen=True):
    """What the rules need of the configuration; it enters as an observation, so that a replay has it too.

    Times in s, speeds in m/s, distances in m; probabilities in 0..1. `hash` identifies the whole content;
    a fix is fit by `max_hdop`, `max_accuracy_m` (1 sigma) and `min_satellites`; it jumps when `max_speed_mps`
    and `jump_m` don't explain its place, until `agree_fixes` agree on it; an antenna's fault is over after
    `over_s`;
    a date before `not_before_ns` (UTC) is impossible; `boot` is the head of the boot id, which makes subjects
    unique. Without `shifts` the truck is always on duty; `offsets` are (UTC s, offset of local time in s from
    then on). Events of a type in `cab_events` are photographed by the cab cameras too.
    """

    mono_ns: int
    boot: str
    hash: str
    body_cameras: tuple[str, ...]
    cab_cameras: tuple[str, ...]
    sinks: tuple[str, ...]
    zones: tuple[Zone, ...]
    smoothing: Smoothing
    uncovered_after_s: float
    covered_after_s: float
    change_after_s: float
    moving_mps: float
    parked_mps: float
    parked_after_s: float
    grace_m: float
    max_hdop: float
    stale_reading_s: float
    fix_gap_s: float
    camera_gap_s: float
    link_gap_s: float
    fps_moving: float
    fps_parked: float
    health_every_s: float
    not_before_ns: int
    max_accuracy_m: float = 50.0
    min_satellites: int = 3
    max_speed_mps: float = 60.0
    jump_m: float = 500.0
    agree_fixes: int = 3
    over_s: float = 60.0
    shifts: tuple[Shift, ...] = ()
    offsets: tuple[tuple[int, int], ...] = ()
    cab_events: tuple[str, ...] = ()


class Restarted(msgspec.Struct, frozen=True):
    """The agent started; `last_mono_ns` is the newest journalled moment of this boot.

    `first`: there was no run before; `clean`: the last run ended in order; `readable`: its rule state could
    be read; `replaced`: where a damaged journal was moved to.
    """

    mono_ns: int
    version: str
    first: bool
    new_boot: bool
    clean: bool
    readable: bool = True
    replaced: str | None = None
    last_mono_ns: int | None = None


class Stopping(msgspec.Struct, frozen=True):
    """The agent was asked to stop."""

    mono_ns: int
    reason: str


class Tick(msgspec.Struct, frozen=True):
    """A second passed; `utc_ns` is UTC by a disciplined clock, None where there is none."""

    mono_ns: int
    utc_ns: int | None = None


PictureGroup = Literal["event", "cab", "snapshot"]


class PictureFile(msgspec.Struct, frozen=True):
    """A JPEG file by its content: SHA-256 (hex), size in bytes, width and height in px."""

    sha256: str
    bytes: int
    width: int
    height: int


class PictureAsked(msgspec.Struct, frozen=True):
    """Somebody wants a picture of `camera` without an event; `by` says who, as a word."""

    mono_ns: int
    camera: str
    by: str


class PictureTaken(msgspec.Struct, frozen=True):
    """A picture is on disk: frame `frame` of `camera`, taken from the stream at `at_ns`.

    `decided`: it is the very frame that decided the event, not the next one. `overlay` is the copy that may
    leave the vehicle, None when none may; `concealed` says how people were made unrecognisable in it, or why
    there is none: nothing, faces, area, whole, withheld.
    """

    mono_ns: int
    camera: str
    subject: str
    why: str
    group: PictureGroup
    original: PictureFile
    overlay: PictureFile | None
    concealed: Literal["nothing", "faces", "area", "whole", "withheld"]
    frame: int
    at_ns: int
    decided: bool = False


class PictureFailed(msgspec.Struct, frozen=True):
    """A wanted picture did not come about; `reason` is one phrase."""

    mono_ns: int
    camera: str
    subject: str
    why: str
    reason: str
    decided: bool = False


class PicturesDeleted(msgspec.Struct, frozen=True):
    """Files of one subject are gone for good: (SHA-256, `original` or `overlay`) each.

    `why`: `aged` (their days are over) or `room` (the budget).
    """

    mono_ns: int
    subject: str
    group: PictureGroup
    why: Literal["aged", "room"]
    files: tuple[tuple[str, str], ...]


Observation = (
    Fix
    | ReceiverHealth
    | LoadReading
    | CameraHealth
    | LinkState
    | WorkerState
    | JournalState
    | Skipped
    | Settings
    | Restarted
    | Stopping
    | Tick
    | PictureAsked
    | PictureTaken
    | PictureFailed
    | PicturesDeleted
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

    `frame`: that one, if it is still held, instead of the newest at or after this moment.
    """

    camera: str
    subject: str
    why: str
    frame: int | None = None


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


Effect = Emit | Track | Anchor | Sampling | Snapshot
