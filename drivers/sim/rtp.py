"""Pictures as RTP carries them: JPEG (RFC 2435) and H.264 (RFC 6184)."""

import base64
import itertools
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from drivers.sim.server import Picture

_PAYLOAD = 1400
_SPS, _PPS, _IDR, _CODED = 7, 8, 5, (1, 5)
_START = re.compile(rb"\x00\x00\x01")


class Media(Protocol):
    """A kind of picture stream: what its description says, and its frames for one client, without an end."""

    payload_type: int

    def describe(self) -> str:
        """The lines of SDP (RFC 8866) about it."""
        ...

    def frames(self) -> Iterator[list[bytes]]:
        """Each frame as the payloads of its packets."""
        ...


class JpegMedia:
    """Asks `picture()` for the JPEG of the moment."""

    payload_type = 26

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def describe(self) -> str:
        """RFC 2435 has a payload type of its own, and needs no more."""
        return "m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\n"

    def frames(self) -> Iterator[list[bytes]]:
        """The pictures of the moment."""
        while True:
            yield jpeg_payloads(jpeg_parts(self._picture()))


class H264Media:
    """The access units of an elementary stream (Annex B of ITU-T H.264), from its beginning, over and over.

    It must begin with its parameter sets and a keyframe; raises ValueError when it doesn't.
    """

    payload_type = 96

    def __init__(self, stream: bytes) -> None:
        self.units = access_units(stream)
        first = self.units[0] if self.units else []
        kinds = {unit[0] & 31: unit for unit in first}
        if not {_SPS, _PPS, _IDR} <= set(kinds):
            raise ValueError("does not begin with the parameter sets and a keyframe of H.264")
        self._sets = kinds[_SPS], kinds[_PPS]

    @classmethod
    def read(cls, file: Path) -> "H264Media":
        """Those of a file; raises OSError and ValueError."""
        return cls(file.read_bytes())

    def describe(self) -> str:
        """With the parameter sets, as RFC 6184, 8.1 has them."""
        sets = ",".join(base64.b64encode(s).decode() for s in self._sets)
        profile = self._sets[0][1:4].hex()
        return (
            "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
            f"a=fmtp:96 packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sets}\r\n"
        )

    def frames(self) -> Iterator[list[bytes]]:
        """The stream, over and over."""
        for unit in itertools.cycle(self.units):
            yield [payload for nal in unit for payload in h264_payloads(nal)]


class JpegParts(msgspec.Struct, frozen=True):
    """What RFC 2435 sends of a JPEG: size in pixels, type (0: 4:2:2, 1: 4:2:0), two tables, the scan."""

    width: int
    height: int
    kind: int
    tables: bytes
    scan: bytes


def jpeg_parts(jpeg: bytes) -> JpegParts:
    """Take a JPEG apart; raises ValueError when RFC 2435 types 0 and 1 cannot carry it."""
    tables: dict[int, bytes] = {}
    frame = b""
    for marker, segment, end in _segments(jpeg):
        if marker == 0xDB:
            tables |= {segment[i] & 15: segment[i + 1 : i + 65] for i in range(0, len(segment), 65)}
        elif marker == 0xC0:
            frame = segment
        elif marker == 0xDA:
            height, width = struct.unpack_from(">HH", frame, 1)
            return JpegParts(width, height, _kind(frame), tables[0] + tables[1], jpeg[end:-2])
    raise ValueError("no scan in this JPEG")


def jpeg_payloads(parts: JpegParts) -> list[bytes]:
    """One frame, its first payload with the quantisation tables."""
    payloads, offset = [], 0
    while offset < len(parts.scan):
        head = struct.pack(">I", offset) + bytes((parts.kind, 255, parts.width // 8, parts.height // 8))
        if offset == 0:
            head += struct.pack(">BBH", 0, 0, len(parts.tables)) + parts.tables
        piece = parts.scan[offset : offset + _PAYLOAD - len(head)]
        offset += len(piece)
        payloads.append(head + piece)
    return payloads


def access_units(stream: bytes) -> list[list[bytes]]:
    """The NAL units of each picture of an Annex B stream, without start codes (H.264, 7.4.1.2.3)."""
    edges = [m.start() for m in _START.finditer(stream)] + [len(stream)]
    nals = [stream[a + 3 : b].rstrip(b"\0") for a, b in itertools.pairwise(edges)]
    units: list[list[bytes]] = []
    coded = True  # whether the present unit has its picture
    for nal in (n for n in nals if len(n) > 1):
        kind = nal[0] & 31
        begins = kind in (6, 7, 8, 9) or (kind in _CODED and nal[1] & 0x80)  # first_mb_in_slice is 0
        if coded and begins:
            units.append([])
            coded = False
        if units:
            units[-1].append(nal)
        coded = coded or kind in _CODED
    return units


def h264_payloads(nal: bytes) -> list[bytes]:
    """A NAL unit as it is, or in fragments (FU-A, RFC 6184, 5.8)."""
    if len(nal) <= _PAYLOAD:
        return [nal]
    indicator, kind = (nal[0] & 0xE0) | 28, nal[0] & 31
    pieces = [nal[i : i + _PAYLOAD - 2] for i in range(1, len(nal), _PAYLOAD - 2)]
    flags = [0x80, *[0] * (len(pieces) - 2), 0x40]
    return [bytes((indicator, flag | kind)) + piece for flag, piece in zip(flags, pieces, strict=True)]


def packets(payloads: list[bytes], kind: int, sequence: int, timestamp: int, ssrc: int) -> list[bytes]:
    """The payloads of one frame with RTP's header (RFC 3550, 5.1); the last has the marker."""
    marks = [0] * (len(payloads) - 1) + [0x80]
    heads = [
        struct.pack(">BBHII", 0x80, kind | mark, (sequence + i) & 0xFFFF, timestamp, ssrc)
        for i, mark in enumerate(marks)
    ]
    return [head + payload for head, payload in zip(heads, payloads, strict=True)]


def _segments(jpeg: bytes) -> Iterator[tuple[int, bytes, int]]:
    """The marker segments of a JPEG up to the scan: marker, content, where the next begins."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        (length,) = struct.unpack_from(">H", jpeg, at + 2)
        yield jpeg[at + 1], jpeg[at + 4 : at + 2 + length], at + 2 + length
        at += 2 + length


def _kind(frame: bytes) -> int:
    sampling = frame[7] if len(frame) >= 15 and frame[5] == 3 else 0
    if sampling not in (0x21, 0x22):
        raise ValueError("only baseline JPEG in 4:2:0 or 4:2:2 goes over RTP")
    return 0 if sampling == 0x21 else 1
