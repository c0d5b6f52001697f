"""Whole frames of the receivers' binary protocols in a stream of bytes, told by their checksums. Pure.

Frames: UBX, CASIC and SkyTraq as in `drivers.gnss.dialogue.frames`; SiRF (SiRF Binary Protocol Reference
Manual 1.7, 2); RTCM 3 (10403.3, 4).
"""

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Literal

from drivers.gnss.dialogue.frames import Framing, Message, frame, unframed

Protocol = str
NAMES = {"ubx": "u-blox UBX", "casic": "CASIC", "skytraq": "SkyTraq", "sirf": "SiRF", "rtcm": "RTCM 3"}
_SYNC = re.compile(rb"\xb5\x62|\xba\xce|\xa0\xa1|\xa0\xa2|\xd3[\x00-\x03]")
_LONGEST = 8192  # bytes of a payload that is believed
_CRC24Q = 0x1864CFB


def binary_frames(stream: bytes) -> dict[Protocol, int]:
    """How many whole frames of each protocol the stream holds; none is left out as zero."""
    found: Counter[Protocol] = Counter()
    at = 0
    while sync := _SYNC.search(stream, at):
        protocol, length_of = _FORMS[sync[0][:1] if sync[0][0] == 0xD3 else sync[0]]
        length = length_of(stream, sync.start())
        found[protocol] += bool(length)
        at = sync.start() + (length or 1)
    return dict(+found)


def _framed(framing: Framing, begin: int, behind: int) -> Callable[[bytes, int], int]:
    """How long the frame of a dialogue's protocol is; its length stands at `begin`."""
    order: Literal["big", "little"] = "big" if framing == "skytraq" else "little"

    def length(stream: bytes, at: int) -> int:
        size = int.from_bytes(stream[at + begin : at + begin + 2], order)
        whole = stream[at : at + 4 + size + behind]
        complete = size <= _LONGEST and len(whole) == 4 + size + behind
        fits = complete and frame(Message(framing, unframed(framing, whole))) == whole
        return len(whole) if fits else 0

    return length


def _sirf(stream: bytes, at: int) -> int:
    size = int.from_bytes(stream[at + 2 : at + 4], "big")
    body, end = stream[at + 4 : at + 4 + size], stream[at + 4 + size : at + 8 + size]
    if not 0 < size <= _LONGEST or len(end) < 4:
        return 0
    return size + 8 if end == (sum(body) & 0x7FFF).to_bytes(2, "big") + b"\xb0\xb3" else 0


def _rtcm(stream: bytes, at: int) -> int:
    size = int.from_bytes(stream[at + 1 : at + 3], "big") & 0x3FF
    body, check = stream[at : at + 3 + size], stream[at + 3 + size : at + 6 + size]
    if not size or len(check) < 3:
        return 0
    crc, table = 0, _crc_table()
    for byte in body:
        crc = (crc & 0xFFFF) << 8 ^ table[crc >> 16 ^ byte]
    return size + 6 if crc.to_bytes(3, "big") == check else 0


@cache
def _crc_table() -> tuple[int, ...]:
    """CRC-24Q of each first byte."""
    table = []
    for byte in range(256):
        crc = byte << 16
        for _ in range(8):
            crc = crc << 1 ^ (_CRC24Q if crc & 0x800000 else 0)
        table.append(crc & 0xFFFFFF)
    return tuple(table)


_FORMS: dict[bytes, tuple[Protocol, Callable[[bytes, int], int]]] = {
    b"\xb5\x62": ("ubx", _framed("ubx", 4, 4)),
    b"\xba\xce": ("casic", _framed("casic", 2, 6)),
    b"\xa0\xa1": ("skytraq", _framed("skytraq", 2, 3)),
    b"\xa0\xa2": ("sirf", _sirf),
    b"\xd3": ("rtcm", _rtcm),
}
