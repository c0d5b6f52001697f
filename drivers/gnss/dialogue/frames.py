"""Whole messages in a stream of bytes, and the bytes of a message: NMEA, text lines, UBX, CASIC, SkyTraq.

Sources: NMEA 0183 checksum, exclusive or between `$` and `*`; Unicore answers commands in the same form but
counts the `$` too (logs of a UM982: `$command,GPGGA 1,response: OK*19`); u-blox M9 SPG 4.04 interface
description, UBX-21022436, 3.2 and 3.4 (8-bit Fletcher over class, identifier, length, payload); CASIC
multi-mode protocol specification, 2 (32-bit sum of little-endian words); SkyTraq AN0037, binary message
format (exclusive or of the payload). Pure.
"""

import re
from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import Literal, get_args

import msgspec

Framing = Literal["nmea", "unicore", "line", "ubx", "casic", "skytraq"]
FRAMINGS: tuple[Framing, ...] = get_args(Framing)
_RUN = re.compile(rb"[\x20-\x7e][\x20-\x23\x25-\x7e]*")
_SYNC: dict[int, tuple[Framing, int, int]] = {  # first byte: framing, second byte, bytes behind the payload
    0xB5: ("ubx", 0x62, 4),
    0xBA: ("casic", 0xCE, 6),
    0xA0: ("skytraq", 0xA1, 3),
}
_HEADER = 4  # bytes that hold the length, in each of the three; UBX has it behind class and identifier


class Message(msgspec.Struct, frozen=True):
    """One message without its frame.

    `body` is the text between `$` and `*`, the line without its end, or class, identifier and payload.
    """

    framing: Framing
    body: bytes


def frame(message: Message) -> bytes:
    """The bytes of a message on the line."""
    return _FRAME[message.framing](message.body)


class Framer:
    """Cuts messages out of a byte stream, however it is chunked, in bounded memory.

    What lies between messages is skipped; `damaged` counts messages whose checksum does not fit.
    """

    TEXT_LIMIT = 1024  # bytes of a line
    PAYLOAD_LIMIT = 2048  # bytes; longer frames of the protocols exist, but none that a dialogue needs

    def __init__(self) -> None:
        self._rest = b""
        self.damaged = 0

    def feed(self, chunk: bytes) -> list[Message]:
        """The messages that are complete with this chunk."""
        received = self._rest + chunk
        found: list[Message] = []
        at = 0
        while at < len(received):
            size = self._take(received, at, found)
            if not size:
                break
            at += size
        self._rest = received[at:]
        return found

    def _take(self, received: bytes, at: int, found: list[Message]) -> int:
        """How many bytes are done with; 0: more must come first."""
        first = received[at]
        if first in _SYNC:
            return self._take_binary(received, at, found)
        if 0x20 <= first <= 0x7E:
            return self._take_text(received, at, found)
        return 1

    def _take_text(self, received: bytes, at: int, found: list[Message]) -> int:
        run = _RUN.match(received, at)
        size = len(run[0]) if run else 1
        if size > self.TEXT_LIMIT:
            return self.TEXT_LIMIT
        if run is None or run.end() == len(received):
            return 0
        text, star, check = run[0].partition(b"*")
        if text.startswith(b"$") and star:
            framing: Framing = "unicore" if check[:2].upper() == _check(text) else "nmea"
            fits = framing == "unicore" or check[:2].upper() == _check(text[1:])
            self._keep(fits, Message(framing, text[1:]), found)
        elif received[run.end()] in b"\r\n":
            found.append(Message("line", run[0]))
        return size

    def _take_binary(self, received: bytes, at: int, found: list[Message]) -> int:
        framing, second, behind = _SYNC[received[at]]
        have = len(received) - at
        if have > 1 and received[at + 1] != second:
            return 1
        begin = 4 if framing == "ubx" else 2
        order: Literal["big", "little"] = "big" if framing == "skytraq" else "little"
        length = int.from_bytes(received[at + begin : at + begin + 2], order)
        if have < begin + 2:
            return 0
        if length > self.PAYLOAD_LIMIT:
            return 1
        size = _HEADER + behind + length
        if have < size:
            return 0
        message = Message(framing, unframed(framing, received[at : at + size]))
        return size if self._keep(frame(message) == received[at : at + size], message, found) else 1

    def _keep(self, fits: bool, message: Message, found: list[Message]) -> bool:  # noqa: FBT001
        if fits:
            found.append(message)
        else:
            self.damaged += 1
        return fits


def unframed(framing: Framing, whole: bytes) -> bytes:
    """Class, identifier and payload of a whole frame."""
    if framing == "ubx":
        return whole[2:4] + whole[6:-2]
    return whole[4:-4] if framing == "casic" else whole[4:-3]


def _nmea(body: bytes) -> bytes:
    return b"$" + body + b"*" + _check(body) + b"\r\n"


def _unicore(body: bytes) -> bytes:
    return b"$" + body + b"*" + _check(b"$" + body) + b"\r\n"


def _check(body: bytes) -> bytes:
    return b"%02X" % reduce(xor, body, 0)


def _line(body: bytes) -> bytes:
    return body + b"\r\n"


def _ubx(body: bytes) -> bytes:
    counted = body[:2] + (len(body) - 2).to_bytes(2, "little") + body[2:]
    a = b = 0
    for byte in counted:
        a = (a + byte) & 0xFF
        b = (b + a) & 0xFF
    return b"\xb5\x62" + counted + bytes([a, b])


def _casic(body: bytes) -> bytes:
    counted = (len(body) - 2).to_bytes(2, "little") + body
    total = sum(int.from_bytes(counted[i : i + 4], "little") for i in range(0, len(counted), 4))
    return b"\xba\xce" + counted + (total & 0xFFFFFFFF).to_bytes(4, "little")


def _skytraq(body: bytes) -> bytes:
    return b"\xa0\xa1" + len(body).to_bytes(2, "big") + body + bytes([reduce(xor, body, 0)]) + b"\r\n"


_FRAME: dict[Framing, Callable[[bytes], bytes]] = {
    "nmea": _nmea,
    "unicore": _unicore,
    "line": _line,
    "ubx": _ubx,
    "casic": _casic,
    "skytraq": _skytraq,
}
