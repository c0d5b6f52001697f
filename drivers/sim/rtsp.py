"""A simulated RTSP camera: RTSP 1.0 (RFC 2326), one stream, interleaved in TCP.

Enough for a real RTSP client to open a real address: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN. It sends what
its media gives: JPEG pictures, which must be baseline, 4:2:0 or 4:2:2, with the standard Huffman tables, up
to 2040 x 2040, as OpenCV writes them (`drivers.sim.camera.load_pictures`), or an H.264 stream.
"""

import random
import socket
import struct
import time
from urllib.parse import urlsplit

from drivers.sim.camera import halved
from drivers.sim.rtp import JpegMedia, Media, packets
from drivers.sim.server import Gate, Picture, Server, header, read_head

_CLOCK_HZ = 90_000
_STATUS = {200: "OK", 401: "Unauthorized", 404: "Not Found", 453: "Not Enough Bandwidth"}
_STATUS |= {461: "Unsupported Transport", 501: "Not Implemented"}


class SimRtsp(Server):
    """Like SimCamera, over RTSP; `media` may be exchanged while it serves, for a change of resolution.

    `picture` of JPEGs is short for their media. Without `paths` any will do.
    """

    def __init__(
        self,
        picture: Picture | Media,
        fps: float,
        port: int = 0,
        *,
        gate: Gate | None = None,
        paths: tuple[str, ...] = (),
    ) -> None:
        super().__init__(port)
        self.media: Media = self._jpegs(picture) if callable(picture) else picture
        self._fps, self._gate, self._paths = fps, gate, paths
        self.frames = 0

    def _jpegs(self, picture: Picture) -> Media:
        return JpegMedia(lambda: halved(picture()) if self._fault == "resolution" else picture())

    @property
    def url(self) -> str:
        """Where the camera is."""
        return f"rtsp://127.0.0.1:{self.port}{self._paths[0] if self._paths else '/stream'}"

    def serve(self, connection: socket.socket) -> None:
        """Answer requests until PLAY, then send frames until the client goes."""
        while head := read_head(connection):
            self.hold_while_stalled()
            method = head.split(b" ", 1)[0].decode("latin-1")
            status = self._status(method, head)
            connection.sendall(self._reply(status, method, head))
            if method == "TEARDOWN":
                return
            if method == "PLAY" and status == 200:
                self._play(connection)
                return

    def _status(self, method: str, head: bytes) -> int:
        if method not in ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"):
            return 501
        if self._gate and method != "OPTIONS":
            known = self._gate.admits(method, header(head, "Authorization"))
            if not known or self._fault == "login":
                return 401
        if self._fault == "busy" and method == "SETUP":
            return 453
        if self._paths and method == "DESCRIBE" and self._target(head) not in self._paths:
            return 404
        return 461 if method == "SETUP" and "TCP" not in header(head, "Transport") else 200

    def _target(self, head: bytes) -> str:
        """The path and query asked for."""
        address = urlsplit(head.split(b" ", 2)[1].decode("latin-1"))
        return address.path + (f"?{address.query}" if address.query else "")

    def _reply(self, status: int, method: str, head: bytes) -> bytes:
        lines = [f"RTSP/1.0 {status} {_STATUS[status]}", f"CSeq: {header(head, 'CSeq')}"]
        body = ""
        if status == 401 and self._gate:
            lines += [f"WWW-Authenticate: {c}" for c in self._gate.challenges]
        elif method == "OPTIONS":
            lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        elif method == "DESCRIBE" and status == 200:
            body = self._sdp()
            lines += [f"Content-Base: {self.url}/", "Content-Type: application/sdp"]
        elif method == "SETUP" and status == 200:
            lines.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        lines += ["Session: 1;timeout=60", f"Content-Length: {len(body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def _sdp(self) -> str:
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=haulwatch\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
            f"{self.media.describe()}a=framerate:{self._fps:g}\r\na=control:track1\r\n"
        )

    def _play(self, connection: socket.socket) -> None:
        sequence, ssrc = random.randrange(1 << 16), random.randrange(1 << 32)
        begin = due = time.monotonic()
        media, frames = self.media, self.media.frames()
        shown: list[bytes] = []
        while not self.pause(max(0.0, due - time.monotonic())):
            self.hold_while_stalled()
            if media is not self.media:
                media, frames = self.media, self.media.frames()
            shown = shown if shown and self._fault == "freeze" else next(frames)
            timestamp = int((time.monotonic() - begin) * _CLOCK_HZ) & 0xFFFFFFFF
            sent = packets(shown, media.payload_type, sequence, timestamp, ssrc)
            sequence += len(sent)
            if not self._send(connection, sent):
                return
            due = max(due, time.monotonic() - 1 / self._fps) + 1 / self._fps

    def _send(self, connection: socket.socket, sent: list[bytes]) -> bool:
        """Send one frame; False when the connection ends with it."""
        if self._fault == "garbage":
            connection.sendall(random.randbytes(sum(map(len, sent))))
            return True
        whole = b"".join(b"$\0" + struct.pack(">H", len(p)) + p for p in sent)
        if self._fault == "drop":
            connection.sendall(whole[: len(whole) // 2])
            return False
        connection.sendall(whole)
        self.frames += 1
        return self._fault != "once"
