"""HTTP-MJPEG and single JPEGs over HTTP, read from the socket here: every wait ends, nothing is decoded.

A camera's own JPEG is kept as it came. Not run on hardware yet.
"""

import secrets
import socket
import ssl
import time
from urllib.parse import SplitResult, unquote, urlsplit

from drivers.camera.http import Chunks, Head, split_head
from drivers.camera.keyframes import Keyframes
from drivers.camera.login import Account, Request, answer, challenges
from drivers.camera.multipart import Parts
from drivers.camera.pace import Pace
from drivers.camera.picture import Detail, Picture, Wait, missing, of_jpeg
from drivers.camera.spec import CameraSource
from drivers.dial import dial

MULTIPART = ("multipart/x-mixed-replace", "multipart/mixed")
STILL = "image/jpeg"
_PORTS = {"http": 80, "https": 443}
_CHUNK = 1 << 20  # as much as has come, in one call: a picture is some 100 kB
_STILL_S = 0.2, 2.0  # single pictures are asked for at least and at most so far apart


class NoPicturesError(Exception):
    """The address answers with something else, which FFmpeg may know."""


class HttpStream:
    """A stream of JPEGs, or an address that answers with one JPEG each time it is asked.

    Connecting and the answer's head may take `source.open_timeout_s` in all, each picture
    `source.read_timeout_s`, however the bytes trickle. Raises DeviceMissing, saying why; NoPicturesError
    when the answer is no picture.
    """

    keyframe: bool | None = None
    only_keyframes = False

    def __init__(self, source: CameraSource, wait: Wait, keyframes: Keyframes) -> None:
        self._source, self._wait = source, wait
        self._url = urlsplit(source.source)
        self._wanted = keyframes
        self._pace = Pace(wait)
        self._held = b""
        self._ready: list[bytes] = []
        self._wire: socket.socket | None = None
        self._still = False
        try:
            self._open(time.monotonic() + source.open_timeout_s)
        except BaseException:
            self.close()
            raise

    def grab(self) -> bool:
        """Hold the next JPEG, undecoded."""
        if self._still:
            return self._grab_still()
        return self._receive_one(time.monotonic() + self._source.read_timeout_s)

    def retrieve(self, detail: Detail) -> Picture | None:
        """The held JPEG, decoded as far as needed."""
        return of_jpeg(self._held, detail)

    def close(self) -> None:
        """Close the connection."""
        if self._wire:
            self._wire.close()
            self._wire = None

    def _grab_still(self) -> bool:
        if self._wire is None:  # the one that opening brought is used
            self._pace.every(min(max(_STILL_S[0], self._wanted.period_s or 1.0), _STILL_S[1]))
            self._open(time.monotonic() + self._source.open_timeout_s)
        try:
            return self._receive_one(time.monotonic() + self._source.read_timeout_s)
        finally:
            self.close()

    def _receive_one(self, end: float) -> bool:
        while not self._ready:
            data = self._receive(end)
            if not data:
                return False
            try:
                self._ready = self._parts.feed(self._chunks.feed(data) if self._chunks else data)
            except ValueError:
                return False  # damaged: nothing behind it can be found
        self._held = self._ready.pop(0)
        return True

    def _receive(self, end: float) -> bytes:
        """What comes next; empty at the end of the stream, at `end`, and when the capture is stopped."""
        wire = self._wire
        while wire and (rest := end - time.monotonic()) > 0 and not self._wait(0):
            wire.settimeout(min(rest, 0.5))
            try:
                return wire.recv(_CHUNK)
            except TimeoutError:
                continue
            except OSError:
                return b""
        return b""

    def _open(self, end: float) -> None:
        """Ask, answer a challenge once, and look at what comes."""
        head, rest = self._ask(end, None)
        if head.status == 401:
            head, rest = self._ask(end, self._login(head))
        if head.status == 401:
            raise missing(self._source, "refuses this user and password", "see username and password_file")
        if head.status != 200:
            raise missing(self._source, f"answers with HTTP status {head.status}", "check the address")
        if head.media not in (*MULTIPART, STILL):
            raise NoPicturesError(head.media)
        self._still = head.media == STILL
        self._chunks = Chunks() if "chunked" in head.get("transfer-encoding").lower() else None
        self._parts = Parts(head.boundary)
        try:
            self._ready = self._parts.feed(self._chunks.feed(rest) if self._chunks else rest)
        except ValueError:
            raise missing(self._source, "answers with something that is no HTTP") from None

    def _login(self, head: Head) -> str:
        url = self._url
        if url.username is None:
            raise missing(self._source, "asks for a user and password", "set username and password_file")
        account = Account(unquote(url.username), unquote(url.password or ""))
        request = Request("GET", _target(url))
        asked = challenges(head.all("www-authenticate"))
        found = answer(asked, account, request, secrets.token_hex(8), login=self._source.login)
        if found is None:
            raise missing(self._source, "asks for a login that is not allowed", "see the profile's login")
        return found

    def _ask(self, end: float, authorization: str | None) -> tuple[Head, bytes]:
        self.close()
        url = self._url
        host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname or ""
        lines = [f"GET {_target(url)} HTTP/1.1", f"Host: {host}:{_port(url)}", "User-Agent: haulwatch"]
        lines += ["Accept: */*", "Connection: close"]
        if authorization:
            lines.append(f"Authorization: {authorization}")
        try:
            self._wire = self._connect(max(0.1, end - time.monotonic()))
            self._wire.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        except TimeoutError:
            raise missing(self._source, "no answer from the address") from None
        except (OSError, UnicodeError) as e:
            why = getattr(e, "strerror", None) or type(e).__name__
            raise missing(self._source, f"cannot be reached ({why})") from None
        return self._head(end)

    def _connect(self, timeout_s: float) -> socket.socket:
        url = self._url
        wire = dial(url.hostname or "", _port(url), timeout_s)
        if url.scheme != "https":
            return wire
        context = ssl.create_default_context()
        if not self._source.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(wire, server_hostname=url.hostname)

    def _head(self, end: float) -> tuple[Head, bytes]:
        data = b""
        try:
            while (found := split_head(data)) is None:
                part = self._receive(end)
                if not part:
                    raise missing(self._source, "connects but does not answer")
                data += part
        except ValueError:
            raise missing(self._source, "answers with something that is no HTTP", "check the port") from None
        return found


def _target(url: SplitResult) -> str:
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


def _port(url: SplitResult) -> int:
    return url.port or _PORTS[url.scheme]
