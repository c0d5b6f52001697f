"""What devices say: immutable, SI units, stamped with CLOCK_BOOTTIME nanoseconds when received."""

from datetime import datetime
from typing import Literal

import msgspec

Mode = Literal["none", "2d", "3d"]


class Fix(msgspec.Struct, frozen=True):
    """The position solution of one epoch; what the receiver did not say is None.

    `lat`, `lon` degrees WGS-84; `alt` m above mean sea level; `geoid` m; `speed` m/s; `course` degrees true,
    direction of motion over ground; `quality` as in NMEA 0183 GGA field 6; `accuracy` m (1 sigma, from GST);
    `satellites` used; `in_view` seen; `inferred` names fields that were concluded rather than read.
    """

    mono_ns: int
    mode: Mode
    utc: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    alt: float | None = None
    geoid: float | None = None
    speed: float | None = None
    course: float | None = None
    quality: int | None = None
    satellites: int | None = None
    in_view: int | None = None
    hdop: float | None = None
    pdop: float | None = None
    vdop: float | None = None
    accuracy: float | None = None
    inferred: tuple[str, ...] = ()


class ReceiverHealth(msgspec.Struct, frozen=True):
    """The state of the line to one receiver, sent each second and at each change of `connected`.

    `reason` says in one phrase why it is not connected; counters run from the start of the worker.
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


CameraRole = Literal["body", "cab"]


class CameraHealth(msgspec.Struct, frozen=True):
    """The state of one camera, sent each second: `fps` captured, `age_s` of the newest frame (None: none).

    `connected` is False from the moment the stream ends or is silent too long until a new frame arrives;
    `reason` then says why, as a phrase without secrets.
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
