"""A simulated network camera: MJPEG over HTTP, with the ways in which real ones fail."""

import random
import socket
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, Self

Fault = Literal["stall", "refuse", "garbage", "drop", "once", "freeze"]
FAULTS: tuple[Fault, ...] = ("stall", "refuse", "garbage", "drop", "once", "freeze")
Picture = Callable[[], bytes]
_BOUNDARY = b"haulwatchframe"


class Server:
    """A TCP server on the loopback interface: one thread per connection, closed to the last on `stop`.

    `serve` is what a camera does with one connection; it returns or raises OSError to end it.
    """

    def __init__(self, port: int = 0) -> None:
        self._stop = threading.Event()
        self._fault: Fault | None = None
        self._guard = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._door = threading.Thread(target=self._accept, name=f"{type(self).__name__} door", daemon=True)
        self._listener: socket.socket | None = self._listen(port)
        self.port: int = self._listener.getsockname()[1]

    def start(self) -> Self:
        """Begin to answer."""
        self._door.start()
        return self

    def stop(self) -> None:
        """Close everything; safe to call twice."""
        self._stop.set()
        if self._door.is_alive():
            self._door.join()
        self._hang_up()
        for thread in self._threads:
            thread.join()
        self._set_listening(on=False)

    def fault(self, name: Fault | None) -> None:
        """Fail in this way from now on, or (None) work again.

        stall: accept and send nothing more; refuse: refuse connections and cut the open ones; garbage: send
        noise; drop: cut the connection in the middle of a frame; once: close after one frame; freeze:
        send the same picture for ever.
        """
        self._fault = name
        self._set_listening(on=name != "refuse")
        if name == "refuse":
            self._hang_up()

    @property
    def url(self) -> str:
        """Where the camera is."""
        raise NotImplementedError

    def serve(self, connection: socket.socket) -> None:
        """Answer one connection."""
        raise NotImplementedError

    def pause(self, seconds: float) -> bool:
        """Let time pass; True when the server stops."""
        return self._stop.wait(seconds)

    def hold_while_stalled(self) -> None:
        """Return when the fault `stall` is over or the server stops."""
        while self._fault == "stall" and not self._stop.wait(0.05):
            pass

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        listener.settimeout(0)
        return listener

    def _set_listening(self, *, on: bool) -> None:
        with self._guard:
            if on and self._listener is None:
                self._listener = self._listen(self.port)
            elif not on and self._listener is not None:
                self._listener.close()
                self._listener = None

    def _hang_up(self) -> None:
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the other side was faster

    def _accept(self) -> None:
        """Poll, rather than block: a socket in use by accept would stay open after `close`."""
        while not self._stop.wait(0.02):
            with self._guard:
                try:
                    connection = self._listener.accept()[0] if self._listener else None
                except BlockingIOError:  # nobody knocks
                    continue
            if connection:
                self._spawn(partial(self._answer, connection))

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5.0)
            with self._guard:
                self._open.add(connection)
            try:
                self.serve(connection)
            except OSError:
                return  # the client went away
            finally:
                with self._guard:
                    self._open.discard(connection)

    def _spawn(self, work: Callable[[], None]) -> None:
        self._threads = [t for t in self._threads if t.is_alive()]
        thread = threading.Thread(target=work, name=type(self).__name__, daemon=True)
        self._threads.append(thread)
        thread.start()


class SimCamera(Server):
    """Serves multipart/x-mixed-replace: asks `picture()` for the JPEG of the moment, `fps` times a second."""

    def __init__(self, picture: Picture, fps: float, port: int = 0) -> None:
        super().__init__(port)
        self._picture, self._period = picture, 1 / fps
        self.frames = 0

    @property
    def url(self) -> str:
        """Where the camera is."""
        return f"http://127.0.0.1:{self.port}/stream.mjpg"

    def serve(self, connection: socket.socket) -> None:
        """Answer any GET with the stream."""
        if not read_head(connection):
            return
        self.hold_while_stalled()
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
        head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (_BOUNDARY, len(jpeg))
        if self._fault == "drop":
            connection.sendall(head + jpeg[: len(jpeg) // 2])
            return False
        connection.sendall(head + jpeg + b"\r\n")
        self.frames += 1
        return self._fault != "once"


def read_head(connection: socket.socket) -> bytes:
    """The bytes of a request up to its empty line; empty when the client closed before."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = connection.recv(1)
        if not part or len(head) > 16_384:
            return b""
        head += part
    return head


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


def _jpeg(image: object) -> bytes:
    import cv2

    done, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        raise ValueError("a picture cannot be coded as JPEG")
    return bytes(coded.tobytes())
