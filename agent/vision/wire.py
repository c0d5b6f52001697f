"""What the main process and the vision process say to each other: length-prefixed msgpack over pipes.

A frame on the wire is a 4-byte big-endian length and that many bytes of msgpack, a tagged union by `type`.
"""

import struct
from typing import BinaryIO, Generic, Literal, TypeVar

import msgspec

from agent.model import LoadReading, PictureFailed, PictureOrder, PictureTaken
from agent.vision.condition.limits import Thresholds
from drivers.camera.spec import CameraSource
from drivers.readings import CameraHealth

_LENGTH = struct.Struct(">I")
_LIMIT = 1_000_000


class CameraSpec(CameraSource, frozen=True):
    """One camera to open, secrets already filled in; `roi` relative (x, y) corners or empty.

    `driver` likewise: the driver's place in a cab camera's picture, empty for the whole picture.
    """

    roi: tuple[tuple[float, float], ...] = ()
    driver: tuple[tuple[float, float], ...] = ()


class Album(msgspec.Struct, frozen=True):
    """How pictures are made: their folder, JPEG quality, what is left free, a face detector's file if any.

    `vehicle` is the truck's name in a picture's line; a camera may take `wait_s` to give a frame.
    Of a body camera the last `ring_s` are held, in at most `ring_bytes`.
    """

    folder: str
    vehicle: str
    quality: int = 90
    min_free_bytes: int = 0
    wait_s: float = 5.0
    face_model: str | None = None
    ring_s: float = 0.0
    ring_bytes: int = 0


class Setup(msgspec.Struct, frozen=True, tag=True):
    """The first order: what to open, which model (None: the shipped one), frames per second to judge.

    Without an album pictures are refused. `references` is the folder of pictures taken at commissioning,
    `teaching` that of confirmed pictures; `shadow` the manifest of a model on trial, which judges each
    `shadow_every`-th frame.
    """

    cameras: tuple[CameraSpec, ...]
    model: str | None
    fps: float
    album: Album | None = None
    health: Thresholds = Thresholds()
    references: str | None = None
    teaching: str | None = None
    runtime: Literal["opencv", "onnxruntime"] = "opencv"
    shadow: str | None = None
    shadow_every: int = 1


class TakePicture(msgspec.Struct, frozen=True, tag=True):
    """Take this picture; answered by Pictured."""

    order: PictureOrder


class Rate(msgspec.Struct, frozen=True, tag=True):
    """Judge `fps` frames per second of each body camera from now on; 0: none."""

    fps: float


class Shot(msgspec.Struct, frozen=True, tag=True):
    """Write the newest frame of `camera` to `path` as JPEG; answered by ShotDone."""

    camera: str
    path: str


class Begin(msgspec.Struct, frozen=True, tag=True):
    """Open the cameras: nobody else holds them now."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The vision process can begin: versions of models and OpenCV; `lost` says why there is no shadow."""

    model: str
    opencv: str
    shadow: str | None = None
    lost: str | None = None


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


class Pictured(msgspec.Struct, frozen=True, tag=True):
    """What came of a TakePicture."""

    taken: PictureTaken | None
    failed: PictureFailed | None


class Hung(msgspec.Struct, frozen=True, tag=True):
    """A thread of `camera` does not come back: the process should be replaced. Said while it is so."""

    camera: str


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The vision process cannot do its work (no model) and ends after this message."""

    reason: str


ToVision = Setup | Begin | Rate | Shot | TakePicture
FromVision = Ready | Seen | Watched | ShotDone | Pictured | Hung | Failed


def pack(message: ToVision | FromVision) -> bytes:
    """One message as it goes over the pipe."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


def send(pipe: BinaryIO, message: ToVision | FromVision) -> None:
    """Write one message and flush; raises OSError when the other side is gone."""
    pipe.write(pack(message))
    pipe.flush()


Message = TypeVar("Message")


class Unpacker(Generic[Message]):
    """Cuts messages out of the bytes of a pipe as they come, in pieces of any size."""

    def __init__(self, decoder: msgspec.msgpack.Decoder[Message]) -> None:
        self._decoder = decoder
        self._rest = bytearray()

    def feed(self, part: bytes) -> list[Message]:
        """The messages that are whole now; raises ValueError on bytes that are none."""
        self._rest += part
        messages = []
        while (body := self._cut()) is not None:
            messages.append(self._decoder.decode(body))
        return messages

    def _cut(self) -> bytes | None:
        if len(self._rest) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._rest)
        if length > _LIMIT:
            raise ValueError(f"vision pipe: a message of {length} bytes is no message")
        end = _LENGTH.size + length
        if len(self._rest) < end:
            return None
        body = bytes(self._rest[_LENGTH.size : end])
        del self._rest[:end]
        return body


def orders() -> Unpacker[ToVision]:
    """For the vision process: cuts what the main process sends."""
    return Unpacker(msgspec.msgpack.Decoder(ToVision))


def reports() -> Unpacker[FromVision]:
    """For the main process: cuts what the vision process sends."""
    return Unpacker(msgspec.msgpack.Decoder(FromVision))
