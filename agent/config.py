"""`/etc/haulwatch/agent.toml`: the one place of the unit's settings.

Unknown keys, wrong types and impossible values are errors with the path and the nearest valid name. Units are
in the names: `_s` seconds, `_m` metres, `_mps` metres per second, `_bytes` bytes.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from agent.config_evidence import EvidenceConfig
from agent.config_haulage import Haulage, PermitsConfig, Zones
from agent.config_pictures import PicturesConfig, Privacy
from agent.config_recording import RecordingConfig
from agent.config_remote import CommandsConfig, Remote
from agent.config_sink import Name, Sink, Topics
from agent.config_switches import PowerConfig, Switch, WarningConfig
from agent.config_vision import Positive, Vision
from agent.rule_trips import TripLimits
from agent.rule_unit import Conflict, Tamper
from drivers.camera.spec import Decode
from drivers.camera_profile import StreamName
from drivers.gnss.testimony.limits import Thresholds as GnssHealth

__all__ = [
    "CommandsConfig",
    "Name",
    "PicturesConfig",
    "Privacy",
    "Remote",
    "Sink",
    "Topics",
]  # defined beside this file

Share = Annotated[float, Meta(ge=0, le=1)]
_BUILD = datetime(2026, 11, 1, tzinfo=UTC)  # the release's date: an earlier clock is an unset clock


class Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who this truck is, in topics and records; `plate` as people read it, for pictures.

    `profile` names the box: what stands in its profile holds where the file says nothing, and its terminals
    are known by their names.
    """

    fleet: Name
    vehicle: Name
    plate: Annotated[str, Meta(max_length=32)] | None = None
    profile: Name | None = None


class ClockConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A system date before `not_before` is an unset clock."""

    not_before: datetime = _BUILD


class Gnss(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The receiver: `source` is a tty, gpsd:// or file:; `control` the AT port of a modem that is one.

    `silent_s` without a valid sentence is a lost receiver. `health`: when its word is doubted.
    """

    source: str
    control: str | None = None
    profile: Name = "generic-nmea"
    baud: Annotated[int, Meta(ge=1200, le=3_000_000)] | None = None
    silent_s: Positive = 5.0
    health: GnssHealth = GnssHealth()


class Camera(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One camera: a device path, an RTSP or HTTP URL, a file or a folder; a secret in `password_file`.

    Instead of `source`: the `host` of a network camera whose profile knows the rest; `port` and `channel`
    where they are not the profile's; `stream` sub for the smaller of its streams. `decode`: see CameraSource.
    `roi` is the bed opening as relative (x, y) corners, empty for the whole picture. A cab camera is
    off unless `enabled` is set; `driver` are the corners of the driver's place, empty for the whole picture.
    """

    name: Name
    role: Literal["body", "cab"]
    source: str | None = None
    host: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")] | None = None
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    channel: Annotated[int, Meta(ge=0, le=512)] | None = None
    stream: StreamName = "main"
    decode: Decode = "auto"
    profile: Name = "generic"
    roi: tuple[tuple[Share, Share], ...] = ()
    driver: tuple[tuple[Share, Share], ...] = ()
    enabled: bool | None = None
    username: str | None = None
    password_file: Path | None = None
    silent_s: Positive = 20.0

    @property
    def on(self) -> bool:
        """Whether the camera is used: body cameras by default, a cab camera only when asked."""
        return self.role == "body" if self.enabled is None else self.enabled


class Dwell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long (s) a state must be seen before it is taken for real.

    A bed is loaded in minutes and tipped in one to three; a cover closes in 20 to 60 s.
    """

    empty: Positive = 30.0
    covered: Positive = 20.0
    partly: Positive = 20.0
    uncovered: Positive = 20.0


class Prior(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The chances of a truck that nobody has seen before, as weights; what is rarer needs better pictures."""

    empty: Positive = 0.3
    covered: Positive = 0.3
    partly: Positive = 0.15
    uncovered: Positive = 0.25


class Load(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a smoothed state counts, and when `uncovered_load` starts and ends; docs/load-over-time.md.

    `smoothing_s` and `looks`: the frames of a window are worth so many independent pictures: a truck's error
    lasts, so that two thirds of the variance are common to all of its frames. `look_s`: one frame after a
    pause is never enough for a word. `doubt`: share of frames that mislead, however sure they are.
    """

    smoothing_s: Positive = 10.0
    looks: Annotated[float, Meta(ge=0.5, le=5)] = 1.5
    look_s: Positive = 3.0
    confidence: Annotated[float, Meta(ge=0.5, le=1)] = 0.8
    doubt: Annotated[float, Meta(ge=0.001, le=0.5)] = 0.05
    forget_s: Positive = 60.0
    keep: Share = 0.5
    mistaken: Annotated[float, Meta(ge=0.01, le=1)] = 0.7
    uncovered_after_s: Positive = 30.0
    covered_after_s: Positive = 30.0
    change_after_s: Positive = 20.0
    stale_reading_s: Positive = 30.0
    dwell_s: Dwell = Dwell()
    prior: Prior = Prior()


class Motion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Moving and parked, with hysteresis, and what a fix must be like to decide anything.

    `max_hdop`: over 5 a position is called moderate at best and may be off by 50 m. `max_accuracy_m` is the
    1-sigma error that the receiver itself reports (GST): half the default margin around a site.
    `min_satellites`: three give a position if the height is known, fewer none.
    """

    moving_mps: Positive = 2.0
    parked_mps: Positive = 0.8
    parked_after_s: Positive = 60.0
    max_hdop: Positive = 5.0
    max_accuracy_m: Positive = 50.0
    min_satellites: Annotated[int, Meta(ge=0, le=64)] = 3


class Coverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long nothing may come before the ledger opens a gap."""

    fix_gap_s: Positive = 5.0
    camera_gap_s: Positive = 20.0
    link_gap_s: Positive = 10.0
    health_every_s: Positive = 60.0


class JournalConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the journal lies and what it may take."""

    path: Path = Path("/var/lib/haulwatch/journal.db")
    track_commit_s: Annotated[float, Meta(ge=0.1, le=10)] = 1.0
    max_bytes: Annotated[int, Meta(ge=1_000_000)] = 2 * 1024**3
    min_free_bytes: Annotated[int, Meta(ge=0)] = 50_000_000
    keep_days: Positive = 7.0
    keep_chain_days: Annotated[float, Meta(ge=0)] = 0.0
    release_days: Positive = 7.0


class DutyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hours of each week in which the truck is watched, in local time of `zone`; none: always."""

    zone: str = "Asia/Shanghai"
    hours: tuple[str, ...] = ()


class Status(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The unix socket on which the daemon answers."""

    socket: Path = Path("/run/haulwatch/agent.sock")


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The log level; SIGHUP reads it again."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    unit: Unit
    gnss: Gnss
    cameras: tuple[Camera, ...] = ()
    sinks: tuple[Sink, ...] = ()
    clock: ClockConfig = ClockConfig()
    vision: Vision = Vision()
    load: Load = Load()
    motion: Motion = Motion()
    zones: Zones = Zones()
    permits: PermitsConfig = PermitsConfig()
    haulage: Haulage = Haulage()
    trips: TripLimits = TripLimits()
    coverage: Coverage = Coverage()
    journal: JournalConfig = JournalConfig()
    recording: RecordingConfig = RecordingConfig()
    pictures: PicturesConfig = PicturesConfig()
    privacy: Privacy = Privacy()
    evidence: EvidenceConfig = EvidenceConfig()
    duty: DutyConfig = DutyConfig()
    switches: tuple[Switch, ...] = ()
    tamper: Tamper = Tamper()
    conflict: Conflict = Conflict()
    power: PowerConfig = PowerConfig()
    warning: WarningConfig = WarningConfig()
    commands: CommandsConfig = CommandsConfig()
    remote: Remote = Remote()
    status: Status = Status()
    log: Log = Log()
