"""What a recording is made of, before it is compressed. Pure.

A segment is `HWFLIGHT`, then pieces. A piece is u32 length and u32 CRC-32 (zlib's) of its body, both
little-endian, and the body: MessagePack of [name, value]. A segment begins with `opening`, or is nothing but
`settings`; then come observations under the names of their types, as maps by field name; it ends with
`closing`, or is cut.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from agent.errors import FlightError
from agent.flight.kinds import name_of, observation
from agent.model import Observation, Settings

MAGIC = b"HWFLIGHT"
FORMAT = 1
_HEAD = struct.Struct("<II")
_MOST = 256 * 1024 * 1024  # bytes of a piece; a file that says more is no recording
_REMEDY = "give a file that `haulwatch record --save` wrote"
Began = Literal["start", "continued", "on duty", "lost"]
Ended = Literal["stopped", "continued", "off duty", "lost", "no space"]


class Opening(msgspec.Struct, frozen=True):
    """What a segment begins with: by what it was recorded, where in time, and all that the rules remembered.

    `run` names a life of the agent, `number` the segment; `began` says why it begins here, `lost` how many
    observations are missing before it. `utc_ns` is UTC at `mono_ns`, None while unknown. `settings` is the
    digest of the settings in force (None: none yet), which a piece of their own holds, `settings_at` their
    moment and boot; `state` the rule state without them.
    """

    format: int
    version: str
    rules: str
    machine: str
    unit: str
    boot: str
    run: str
    number: int
    began: Began
    lost: int
    mono_ns: int
    utc_ns: int | None
    settings: str | None
    settings_at: tuple[int, str] | None
    state_version: int
    state: msgspec.Raw


class Closing(msgspec.Struct, frozen=True):
    """What a segment ends with: why, when, and how many observations it holds."""

    ended: Ended
    mono_ns: int
    utc_ns: int | None
    count: int


class Held(msgspec.Struct, frozen=True):
    """Settings by the digest under which openings name them; without their moment and boot."""

    digest: str
    settings: Settings


class Same(msgspec.Struct, frozen=True):
    """The settings of the segment's opening came in again, at this moment of this boot (head of its id)."""

    mono_ns: int
    boot: str


class Cut(msgspec.Struct, frozen=True):
    """The recording stops without a closing at `place`, for `why`; what came before is whole."""

    place: str
    why: str


class Seen(msgspec.Struct, frozen=True):
    """An observation as it reached the rules."""

    observation: Observation


Piece = Opening | Closing | Held | Same | Seen | Cut
_NAMED: dict[str, type[msgspec.Struct]] = {
    "opening": Opening,
    "closing": Closing,
    "settings": Held,
    "same settings": Same,
}
_NAMES = {kind: name for name, kind in _NAMED.items()}


def held(settings: Settings) -> Held:
    """Settings without their moment, under the digest of their content."""
    bare = msgspec.structs.replace(settings, mono_ns=0, boot="")
    return Held(hashlib.sha256(msgspec.msgpack.encode(bare)).hexdigest()[:16], bare)


def packed(value: Opening | Closing | Held | Same | Seen) -> bytes:
    """A piece as it lies in a segment."""
    if isinstance(value, Seen):
        body = msgspec.msgpack.encode((name_of(value.observation), value.observation))
    else:
        body = msgspec.msgpack.encode((_NAMES[type(value)], value))
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


class Unpacker:
    """From the bytes of a segment, chunk by chunk, to its pieces."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._begun = False

    @property
    def rest(self) -> int:
        """Bytes that make no whole piece yet."""
        return len(self._waiting)

    def feed(self, chunk: bytes) -> Iterator[Opening | Closing | Held | Same | Seen]:
        """The pieces that are complete now; raises FlightError at one that is damaged."""
        self._waiting += chunk
        at = 0
        if not self._begun and len(self._waiting) >= len(MAGIC):
            if not self._waiting.startswith(MAGIC):
                raise FlightError("is no flight recording", where="segment", remedy=_REMEDY)
            self._begun, at = True, len(MAGIC)
        while self._begun and (body := self._body(at)) is not None:
            at += _HEAD.size + len(body)
            yield _piece(body)
        del self._waiting[:at]

    def _body(self, at: int) -> bytes | None:
        if len(self._waiting) < at + _HEAD.size:
            return None
        size, checksum = _HEAD.unpack_from(self._waiting, at)
        if size > _MOST:
            raise FlightError("says an impossible length", where="piece", remedy=_REMEDY)
        body = bytes(self._waiting[at + _HEAD.size : at + _HEAD.size + size])
        if len(body) < size:
            return None
        if zlib.crc32(body) != checksum:
            raise FlightError("fails its checksum", where="piece", remedy=_REMEDY)
        return body


_Pair = tuple[str, msgspec.Raw]


def _piece(body: bytes) -> Any:
    try:
        name, value = msgspec.msgpack.decode(body, type=_Pair)
        kind = _NAMED.get(name)
        return Seen(observation(name, value)) if kind is None else msgspec.msgpack.decode(value, type=kind)
    except (msgspec.MsgspecError, RecursionError) as e:
        raise FlightError(f"is not understood ({e})", where="piece", remedy=_REMEDY) from e
