"""What devices say: immutable, SI units, stamped with CLOCK_BOOTTIME nanoseconds when received."""

from datetime import datetime
from typing import Literal

import msgspec

Mode = Literal["none", "2d", "3d"]
Constellation = Literal["gps", "glonass", "galileo", "beidou", "qzss", "navic", "sbas"]
DateOrigin = Literal["read", "carried", "midnight", "rollover"]


class Fix(msgspec.Struct, frozen=True):
    """The position solution of one epoch; what the receiver did not say is None.

    `lat`, `lon` degrees WGS-84; `alt` m above mean sea level; `geoid` m; `speed` m/s; `course` degrees true,
    direction of motion over ground; `quality` as in NMEA 0183 GGA field 6; `accuracy` m (1 sigma, from GST);
    `satellites` used; `in_view` seen, both also by constellation. `date_origin` says where the date of `utc`
    is from: read in this epoch, carried on from an earlier one, moved over midnight, or moved by whole
    periods of 1024 weeks. `inferred` names fields that were concluded rather than read.
    """

    mono_ns: int
    mode: Mode
    utc: datetime | None = None
    date_origin: DateOrigin | None = None
    lat: float | None = None
    lon: float | None = None
    alt: float | None = None
    geoid: float | None = None
    speed: float | None = None
    course: float | None = None
    quality: int | None = None
    satellites: int | None = None
    in_view: int | None = None
    used_by: dict[Constellation, int] = {}
    in_view_by: dict[Constellation, int] = {}
    hdop: float | None = None
    pdop: float | None = None
    vdop: float | None = None
    accuracy: float | None = None
    inferred: tuple[str, ...] = ()


class Signal(msgspec.Struct, frozen=True):
    """One satellite as GSV shows it; degrees, C/N0 in dB-Hz; None where the receiver says nothing.

    `number` is the satellite's number as sent; `band` the signal id of NMEA 0183 4.11, "" before.
    """

    constellation: Constellation
    number: int
    elevation: int | None = None
    azimuth: int | None = None
    cn0: int | None = None
    band: str = ""


AntennaState = Literal["ok", "open", "short", "unknown"]
SuspicionKind = Literal[
    "jamming", "spoofing", "speed_zero", "frozen", "hidden_switch", "slow", "damaged_line"
]


class Strength(msgspec.Struct, frozen=True):
    """C/N0 of a constellation's tracked satellites: how many, mean and best in dB-Hz."""

    count: int
    mean: float
    best: float


class Suspicion(msgspec.Struct, frozen=True):
    """A doubt about the receiver's word, since `since_ns`; `why` gives the figures in one phrase."""

    kind: SuspicionKind
    since_ns: int
    why: str


class ReceiverHealth(msgspec.Struct, frozen=True):
    """The state of one receiver and of the line to it, sent each second and at each change.

    `reason` says in one phrase why it is not connected; counters run from the start of the worker: `lost`
    counts fixes that nobody took in time. `antenna_inferred`: concluded from the signals, not said by the
    receiver. `rate_hz` epochs per second and `checksum_error_rate` 0..1 are of the last ten seconds, None
    while there was nothing to count.
    """

    mono_ns: int
    source: str
    connected: bool
    reason: str | None = None
    sentences: int = 0
    checksum_errors: int = 0
    rejected: int = 0
    epochs: int = 0
    opened: int = 0
    lost: int = 0
    antenna: AntennaState = "unknown"
    antenna_inferred: bool = False
    strength: dict[Constellation, Strength] = {}
    rate_hz: float | None = None
    checksum_error_rate: float | None = None
    suspicions: tuple[Suspicion, ...] = ()


CameraRole = Literal["body", "cab"]
CameraFaultKind = Literal["dark", "glare", "blocked", "defocused", "dirty", "frozen", "moved"]


class CameraFault(msgspec.Struct, frozen=True):
    """What keeps a camera's pictures from being judged, since `since_ns`; `why` gives the figures."""

    kind: CameraFaultKind
    since_ns: int
    why: str


class CameraHealth(msgspec.Struct, frozen=True):
    """The state of one camera, sent each second: `fps` captured, `age_s` of the newest frame (None: none).

    Where only keyframes are decoded, they are the frames that `fps` counts.
    `connected` is False from the moment the stream ends or is silent too long until a new frame arrives;
    `reason` then says why, as a phrase without secrets. `faults` are those of the pictures that arrive;
    for `unchanged_s` they have been one and the same (None: there is nothing to compare yet).
    """

    mono_ns: int
    camera: str
    role: CameraRole
    connected: bool
    reason: str | None = None
    fps: float = 0.0
    age_s: float | None = None
    width: int | None = None
    height: int | None = None
    opened: int = 0
    faults: tuple[CameraFault, ...] = ()
    unchanged_s: float | None = None


SwitchRole = Literal["lift", "cover", "ignition", "case", "load"]
SwitchFault = Literal["open", "short", "conflict", "stuck", "lost"]


class SwitchState(msgspec.Struct, frozen=True):
    """What a switch says, after debouncing, sent at each change and again each second.

    `on` means: lift raised, cover closed, ignition on, case open, load on the axles; None: not known.
    `fault`: the wire is open or short, two contacts contradict each other, it never changes where it should,
    or the line cannot be read (`lost`); `why` gives the figures. A faulty switch has no `on`.
    """

    mono_ns: int
    switch: SwitchRole
    on: bool | None
    fault: SwitchFault | None = None
    why: str | None = None


class SupplyState(msgspec.Struct, frozen=True):
    """The unit's supply, sent each ten seconds and when it falls below its floor; None: not readable."""

    mono_ns: int
    volts: float | None
    low: bool = False
