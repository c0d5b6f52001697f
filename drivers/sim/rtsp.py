"""A simulated RTSP camera: RTSP 1.0 (RFC 2326) with JPEG pictures over RTP (RFC 2435), interleaved in TCP.

Enough for a real RTSP client to open a real address: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, one stream.
Pictures must be baseline JPEG, 4:2:0 or 4:2:2, with the standard Huffman tables, up to 2040 x 2040, as
OpenCV writes them; `drivers.sim.camera.load_pictures` makes them so.
"""

import random
import socket
import struct
import time
from collections.abc import Iterator

import msgspec

from drivers.sim.camera import Picture, Server, read_head

_PAYLOAD = 1400
_CLOCK_HZ = 90_000
_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=haulwatch\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\na=framerate:{fps:g}\r\na=control:track1\r\n"
)


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


def rtp_packets(parts: JpegParts, sequence: int, timestamp: int, ssrc: int) -> Iterator[bytes]:
    """One frame as RTP packets, the first with the quantisation tables, the last with the marker."""
    offset = 0
    while offset < len(parts.scan):
        head = struct.pack(">I", offset) + bytes((parts.kind, 255, parts.width // 8, parts.height // 8))
        if offset == 0:
            head += struct.pack(">BBH", 0, 0, len(parts.tables)) + parts.tables
        piece = parts.scan[offset : offset + _PAYLOAD - len(head)]
        offset += len(piece)
        marker = 0x80 if offset == len(parts.scan) else 0
        yield struct.pack(">BBHII", 0x80, 26 | marker, sequence & 0xFFFF, timestamp, ssrc) + head + piece
        sequence += 1


class SimRtsp(Server):
    """Like SimCamera, over RTSP; the path is free, so that `url` may stand for any camera's."""

    def __init__(self, picture: Picture, fps: float, port: int = 0) -> None:
        super().__init__(port)
        self._picture, self._fps = picture, fps
        self.frames = 0

    @property
    def url(self) -> str:
        """Where the camera is."""
        return f"rtsp://127.0.0.1:{self.port}/stream"

    def serve(self, connection: socket.socket) -> None:
        """Answer requests until PLAY, then send frames until the client goes."""
        while head := read_head(connection).decode("latin-1"):
            self.hold_while_stalled()
            method = head.split(" ", 1)[0]
            connection.sendall(self._reply(method, head))
            if method == "TEARDOWN":
                return
            if method == "PLAY":
                self._play(connection)
                return

    def _reply(self, method: str, head: str) -> bytes:
        lines = ["RTSP/1.0 200 OK", f"CSeq: {_header(head, 'CSeq')}", "Session: 1;timeout=60"]
        body = ""
        if method == "OPTIONS":
            lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        elif method == "DESCRIBE":
            body = _SDP.format(fps=self._fps)
            lines += [f"Content-Base: {self.url}/", "Content-Type: application/sdp"]
        elif method == "SETUP":
            if "TCP" not in _header(head, "Transport"):
                lines[0] = "RTSP/1.0 461 Unsupported Transport"
            lines.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        elif method not in ("PLAY", "TEARDOWN"):
            lines[0] = "RTSP/1.0 501 Not Implemented"
        lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def _play(self, connection: socket.socket) -> None:
        sequence, ssrc = random.randrange(1 << 16), random.randrange(1 << 32)
        begin = due = time.monotonic()
        parts = jpeg_parts(self._picture())
        while not self.pause(max(0.0, due - time.monotonic())):
            self.hold_while_stalled()
            parts = parts if self._fault == "freeze" else jpeg_parts(self._picture())
            timestamp = int((time.monotonic() - begin) * _CLOCK_HZ) & 0xFFFFFFFF
            packets = list(rtp_packets(parts, sequence, timestamp, ssrc))
            sequence += len(packets)
            if not self._send(connection, packets):
                return
            due = max(due, time.monotonic() - 1 / self._fps) + 1 / self._fps

    def _send(self, connection: socket.socket, packets: list[bytes]) -> bool:
        """Send one frame; False when the connection ends with it."""
        if self._fault == "garbage":
            connection.sendall(random.randbytes(sum(map(len, packets))))
            return True
        sent = packets[: len(packets) // 2] if self._fault == "drop" else packets
        connection.sendall(b"".join(b"$\0" + struct.pack(">H", len(p)) + p for p in sent))
        self.frames += self._fault != "drop"
        return self._fault not in ("drop", "once")


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


def _header(head: str, name: str) -> str:
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name.lower():
            return value.strip()
    return ""
