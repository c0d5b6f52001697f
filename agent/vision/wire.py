"""What the main process and the vision process say to each other: length-prefixed msgpack over pipes.

A frame on the wire is a 4-byte big-endian length and that many bytes of msgpack, a tagged union by `type`.
"""

import struct
from typing import BinaryIO, Literal

import msgspec

from agent.model import LoadReading
from drivers.readings import CameraHealth, CameraRole

_LENGTH = struct.Struct(">I")
_LIMIT = 1_000_000


class CameraSpec(msgspec.Struct, frozen=True):
    """One camera to open: `source` as cv2.VideoCapture takes it, secrets already filled in.

    `shown` is the source without secrets, for messages; times in s; `roi` relative (x, y) corners or empty.
    """

    name: str
    role: CameraRole
    source: str
    shown: str
    roi: tuple[tuple[float, float], ...] = ()
    silent_s: float = 20.0
    open_timeout_s: float = 10.0
    read_timeout_s: float = 5.0
    transport: Literal["tcp", "udp"] = "tcp"


class Setup(msgspec.Struct, frozen=True, tag=True):
    """The first order: what to open, which model (None: the shipped one), frames per second to judge."""

    cameras: tuple[CameraSpec, ...]
    model: str | None
    fps: float


class Rate(msgspec.Struct, frozen=True, tag=True):
    """Judge `fps` frames per second of each body camera from now on."""

    fps: float


class Shot(msgspec.Struct, frozen=True, tag=True):
    """Write the newest frame of `camera` to `path` as JPEG; answered by ShotDone."""

    camera: str
    path: str


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The vision process runs: versions of the model and of OpenCV."""

    model: str
    opencv: str


class Seen(msgspec.Struct, frozen=True, tag=True):
    """A reading of one frame."""

    reading: LoadReading


class Watched(msgspec.Struct, frozen=True, tag=True):
    """The health of one camera."""

    health: CameraHealth


class ShotDone(msgspec.Struct, frozen=True, tag=True):
    """The answer to Shot: `error` is None when the file is written and synced."""

    path: str
    error: str | None


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The vision process cannot do its work (model missing or altered) and ends after this message."""

    reason: str


ToVision = Setup | Rate | Shot
FromVision = Ready | Seen | Watched | ShotDone | Failed
_to_vision = msgspec.msgpack.Decoder(ToVision)
_from_vision = msgspec.msgpack.Decoder(FromVision)


def send(pipe: BinaryIO, message: ToVision | FromVision) -> None:
    """Write one message and flush; raises OSError when the other side is gone."""
    body = msgspec.msgpack.encode(message)
    pipe.write(_LENGTH.pack(len(body)) + body)
    pipe.flush()


def receive_order(pipe: BinaryIO) -> ToVision | None:
    """The next message to the vision process; None at the end of the pipe; blocks."""
    body = _body(pipe)
    return None if body is None else _to_vision.decode(body)


def receive_report(pipe: BinaryIO) -> FromVision | None:
    """The next message from the vision process; None at the end of the pipe; blocks."""
    body = _body(pipe)
    return None if body is None else _from_vision.decode(body)


def _body(pipe: BinaryIO) -> bytes | None:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _LIMIT:
        raise ValueError(f"vision pipe: a message of {length} bytes is no message")
    body = pipe.read(length)
    return body if len(body) == length else None
