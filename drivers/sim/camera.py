"""A simulated network camera: MJPEG over HTTP, with the ways in which real ones fail."""

import random
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from drivers.sim.server import Gate, Picture, Server, header, read_head

_BOUNDARY = b"haulwatchframe"


class SimCamera(Server):
    """Serves multipart/x-mixed-replace: asks `picture()` for the JPEG of the moment, `fps` times a second.

    `gate` asks for a login; with `paths` nothing is at any other. One that ends in /still gives one JPEG.
    """

    def __init__(
        self,
        picture: Picture,
        fps: float,
        port: int = 0,
        *,
        gate: Gate | None = None,
        paths: tuple[str, ...] = (),
    ) -> None:
        super().__init__(port)
        self._picture, self._period = picture, 1 / fps
        self._gate, self._paths = gate, paths or ("/stream.mjpg",)
        self._strict = bool(paths)
        self.frames = 0

    @property
    def url(self) -> str:
        """Where the camera is."""
        return f"http://127.0.0.1:{self.port}{self._paths[0]}"

    def serve(self, connection: socket.socket) -> None:
        """Answer a GET with the stream."""
        head = read_head(connection)
        if not head:
            return
        self.hold_while_stalled()
        if refusal := self._refusal(head):
            connection.sendall(refusal)
        elif _target(head).endswith("/still"):
            self._send_still(connection)
        else:
            self._stream(connection)

    def _refusal(self, head: bytes) -> bytes | None:
        if self._fault == "busy":
            return b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n"
        method = head.split(b" ", 1)[0].decode("latin-1")
        known = self._gate is None or self._gate.admits(method, header(head, "Authorization"))
        if self._gate and (self._fault == "login" or not known):
            asked = "".join(f"WWW-Authenticate: {c}\r\n" for c in self._gate.challenges)
            return f"HTTP/1.1 401 Unauthorized\r\n{asked}Connection: close\r\n\r\n".encode()
        if self._strict and _target(head) not in self._paths:
            return b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n"
        return None

    def _send_still(self, connection: socket.socket) -> None:
        jpeg = self._picture()
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg) + jpeg
        )
        self.frames += 1

    def _stream(self, connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.0 200 OK\r\nCache-Control: no-store\r\nConnection: close\r\n"
            b"Content-Type: multipart/x-mixed-replace; boundary=" + _BOUNDARY + b"\r\n\r\n"
        )
        due = time.monotonic()
        shown = self._picture()
        while not self.pause(max(0.0, due - time.monotonic())):
            self.hold_while_stalled()
            shown = shown if self._fault == "freeze" else self._picture()
            if not self._send(connection, shown):
                return
            due = max(due, time.monotonic() - self._period) + self._period

    def _send(self, connection: socket.socket, jpeg: bytes) -> bool:
        """Send one part; False when the connection ends with it."""
        if self._fault == "garbage":
            connection.sendall(random.randbytes(len(jpeg)))
            return True
        if self._fault == "resolution":
            jpeg = halved(jpeg)
        part = self._head(jpeg) + jpeg + b"\r\n"
        if self._fault == "dribble":
            return self._dribble(connection, part)
        if self._fault == "drop":
            connection.sendall(part[: len(part) // 2])
            return False
        connection.sendall(part)
        self.frames += 1
        return self._fault != "once"

    def _head(self, jpeg: bytes) -> bytes:
        boundary = b"anotherframe" if self._fault == "boundary" else _BOUNDARY
        length = 4_000_000_000 if self._fault == "huge" else len(jpeg)
        stated = b"" if self._fault == "no_length" else b"Content-Length: %d\r\n" % length
        return b"--%s\r\nContent-Type: image/jpeg\r\n%s\r\n" % (boundary, stated)

    def _dribble(self, connection: socket.socket, part: bytes) -> bool:
        """Byte by byte, so that no read ever waits long and no picture ever ends."""
        for byte in part:
            if self._fault != "dribble" or self.pause(0.05):
                return False
            connection.sendall(bytes((byte,)))
        return True


def _target(head: bytes) -> str:
    return head.split(b" ", 2)[1].decode("latin-1") if head.count(b" ") > 1 else ""


def slides(pictures: Sequence[bytes], hold_s: float) -> Picture:
    """Show each picture for `hold_s` seconds, over and over, beginning now."""
    begin = time.monotonic()
    return lambda: pictures[int((time.monotonic() - begin) / hold_s) % len(pictures)]


def load_pictures(folder: Path, size: tuple[int, int] | None = None) -> list[bytes]:
    """The pictures of a folder in name order as baseline JPEG, brought to (width, height) if given."""
    import cv2

    images = [cv2.imread(str(file)) for file in sorted(folder.iterdir())]
    return [_jpeg(cv2.resize(i, size) if size else i) for i in images if i is not None]


def cards(size: tuple[int, int]) -> list[bytes]:
    """Two plain pictures of (width, height), for when there are no others."""
    import cv2
    import numpy as np

    width, height = size
    card = np.zeros((height, width, 3), np.uint8)
    card[:, :, 1] = np.linspace(40, 220, width, dtype=np.uint8)
    cv2.rectangle(card, (width // 4, height // 4), (3 * width // 4, 3 * height // 4), (40, 90, 160), -1)
    return [_jpeg(card), _jpeg(cv2.flip(card, 1))]


def halved(jpeg: bytes) -> bytes:
    """The picture at half its width and height."""
    import cv2
    import numpy as np

    coded: Any = np.frombuffer(jpeg, np.uint8)
    return _jpeg(cv2.imdecode(coded, cv2.IMREAD_REDUCED_COLOR_2))


def _jpeg(image: object) -> bytes:
    import cv2

    done, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        raise ValueError("a picture cannot be coded as JPEG")
    return bytes(coded.tobytes())
