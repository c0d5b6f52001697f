"""What simulated network cameras have in common: connections, faults, and who may look."""

import base64
import math
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Self

import msgspec

from drivers.camera.login import Account, Challenge, Login, Request, digest_response, fields
from drivers.camera_profile import Fault, FaultStep

HTTP_FAULTS: tuple[Fault, ...] = ("dribble", "no_length", "boundary", "huge")
Picture = Callable[[], bytes]


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
        send the same picture for ever; resolution: half the width and height from now on; login: know the
        account no more; busy: too many clients already. Only over HTTP: dribble: byte by byte, never a whole
        picture; no_length: no Content-Length; boundary: another boundary than announced; huge: a wrong
        Content-Length of 4 GB.
        """
        self._fault = name
        self._set_listening(on=name != "refuse")
        if name == "refuse":
            self._hang_up()

    def play(self, steps: Sequence[FaultStep], ended: threading.Event) -> None:
        """Fail at the times of `steps`, counted from now; return when `ended` is set."""
        begin = time.monotonic()
        for i, step in enumerate(steps):
            _wait(begin + step.at, ended)
            if ended.is_set():
                return
            self.fault(step.kind)
            over = math.inf if step.duration is None else step.at + step.duration
            following = steps[i + 1].at if i + 1 < len(steps) else math.inf
            if over < following:
                _wait(begin + over, ended)
                self.fault(None)
        _wait(math.inf, ended)

    @property
    def url(self) -> str:
        """Where the camera is."""
        raise NotImplementedError

    def serve(self, connection: socket.socket) -> None:
        """Answer one connection."""
        raise NotImplementedError

    @property
    def clients(self) -> int:
        """How many connections are open."""
        with self._guard:
            return len(self._open)

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


def _wait(until: float, ended: threading.Event) -> None:
    while (rest := until - time.monotonic()) > 0 and not ended.wait(min(rest, 1.0)):
        pass


class Gate:
    """Lets in who knows `account`, by Digest (RFC 2617) or Basic; `realm` is the camera's name for itself."""

    def __init__(self, account: Account, login: Login = "digest", realm: str = "camera") -> None:
        self._account, self._login, self._realm = account, login, realm
        self._challenge = Challenge("digest", realm, secrets.token_hex(16), qop="auth")

    @property
    def challenges(self) -> list[str]:
        """The values of WWW-Authenticate for who is not let in."""
        asked = self._challenge
        digest = f'Digest realm="{self._realm}", nonce="{asked.nonce}", qop="auth", algorithm=MD5'
        basic = f'Basic realm="{self._realm}"'
        return {"digest": [digest], "basic": [basic], "any": [basic, digest]}[self._login]

    def admits(self, method: str, authorization: str) -> bool:
        """Whether the value of Authorization is right for a request of that method."""
        scheme, _, rest = authorization.partition(" ")
        account = self._account
        if scheme.lower() == "basic" and self._login != "digest":
            pair = f"{account.user}:{account.password}".encode()
            return rest.strip() == base64.b64encode(pair).decode()
        given = fields(rest)
        if scheme.lower() != "digest" or self._login == "basic":
            return False
        if given.get("nonce") != self._challenge.nonce or given.get("username") != account.user:
            return False
        asked = msgspec.structs.replace(self._challenge, qop=given.get("qop", ""))
        request, cnonce = Request(method, given.get("uri", "")), given.get("cnonce", "")
        right = digest_response(asked, account, request, cnonce, given.get("nc", ""))
        return secrets.compare_digest(right, given.get("response", ""))


def read_head(connection: socket.socket) -> bytes:
    """The bytes of a request up to its empty line; empty when the client closed before."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = connection.recv(1)
        if not part or len(head) > 16_384:
            return b""
        head += part
    return head


def header(head: bytes, name: str) -> str:
    """The value of a header of a request; empty when it has none."""
    for line in head.decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.strip().lower() == name.lower():
            return value.strip()
    return ""
