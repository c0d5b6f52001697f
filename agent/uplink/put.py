"""A file to an address that the platform handed out: HTTPS PUT that goes on where it was cut.

The whole file goes in one PUT. After a cut the server is asked how much it has, by a PUT without content and
`Content-Range: bytes */SIZE`: 308 with `Range: bytes=0-LAST` says so, and the rest follows under its own
Content-Range (RFC 9110, 14.4 and 14.5); 2xx says that it has all; anything else that it can't go on, as a
plain object store, and the file goes from its start. This is how Google Cloud Storage resumes uploads.
`Repr-Digest` (RFC 9530) names the SHA-256 of the whole. Redirects are not followed.
"""

import base64
import http.client
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from agent.uplink.on_air import on_air
from agent.uplink.reasons import LinkFault, phrase

_TRIES, _LONGEST_S = 6, 30.0
_SOCKET_S = 20.0
_BLOCK = 65_536
_LATER = (408, 425, 429)  # and all from 500
_INCOMPLETE = 308
_STOPPED = "its time was over"
What = tuple[Path, str, str]
"""A file, its SHA-256 (hex) and its media type."""
Rest = Callable[[float], bool]
"""Waits for so many seconds, 0 between two blocks; False: it is time to stop."""
Spend = Callable[[int], None]
"""Is told the bytes that a connection had on the air."""


def put(address: str, what: What, tls: ssl.SSLContext, rest: Rest, spend: Spend) -> int:
    """Send a file; returns the bytes of it that went over the link.

    Tries six times, each time after a longer rest. Raises LinkFault, which says why not, and OSError when the
    file cannot be read. Blocks for as long as the link takes.
    """
    to = urlsplit(address)
    if to.scheme != "https" or not to.hostname:
        raise LinkFault("the address is not https://")
    upload = _Upload(to, what, tls, lambda: rest(0))
    for number in range(_TRIES):
        if number and not rest(min(2.0**number, _LONGEST_S)):
            break
        if upload.go_on(spend):
            return upload.sent
    raise LinkFault(upload.reason)


class _Upload:
    """One file on its way; `sent` counts bytes, `reason` is why the last try failed."""

    def __init__(self, to: SplitResult, what: What, tls: ssl.SSLContext, going: Callable[[], bool]) -> None:
        self.sent, self.reason = 0, _STOPPED
        self._to, self._tls, self._going = to, tls, going
        self._file, sha256, kind = what
        self._size = self._file.stat().st_size
        self._target = f"{to.path or '/'}{'?' + to.query if to.query else ''}"
        digest = base64.b64encode(bytes.fromhex(sha256)).decode()
        self._head = {"Content-Type": kind, "Repr-Digest": f"sha-256=:{digest}:"}
        self._begun = False

    def go_on(self, spend: Spend) -> bool:
        """Try once; whether the server has all of it. Raises LinkFault when another try would be in vain."""
        host = self._to.hostname or ""
        link = http.client.HTTPSConnection(host, self._to.port, timeout=_SOCKET_S, context=self._tls)
        with closing(link), ExitStack() as metered:
            try:
                link.connect()
                metered.enter_context(_metered(link.sock, spend))
                status, held = self._ask(link) if self._begun else (_INCOMPLETE, 0)
                if status == _INCOMPLETE:
                    status = self._send(link, held)
            except http.client.RemoteDisconnected:
                self.reason = "connection lost"
                return False
            except OSError as e:
                self.reason = phrase(e)
                return False
            except http.client.HTTPException as e:
                self.reason = f"no answer that makes sense ({type(e).__name__})"
                return False
        return self._means(status)

    def _means(self, status: int) -> bool:
        if 200 <= status < 300:
            return True
        self.reason = f"the server answered {status}"
        if status == _INCOMPLETE or status in _LATER or status >= 500:
            return False
        raise LinkFault(self.reason)

    def _ask(self, link: http.client.HTTPSConnection) -> tuple[int, int]:
        """2xx when all is there, else 308 and how many bytes are; the same connection then serves."""
        asked = self._head | {"Content-Length": "0", "Content-Range": f"bytes */{self._size}"}
        link.request("PUT", self._target, headers=asked)
        status, held = _answer(link)
        return (status, held) if 200 <= status < 300 or status == _INCOMPLETE else (_INCOMPLETE, 0)

    def _send(self, link: http.client.HTTPSConnection, held: int) -> int:
        part = {"Content-Length": str(self._size - held)}
        if held:
            part["Content-Range"] = f"bytes {held}-{self._size - 1}/{self._size}"
        self._begun = True
        try:
            link.request("PUT", self._target, self._blocks(held), self._head | part)
        except (BrokenPipeError, ConnectionResetError):  # it may have said no before it had read all
            return _answer(link)[0]
        return _answer(link)[0]

    def _blocks(self, held: int) -> Iterator[bytes]:
        with self._file.open("rb") as file:
            file.seek(held)
            while block := file.read(_BLOCK):
                if not self._going():
                    raise LinkFault(self.reason)
                yield block
                self.sent += len(block)


@contextmanager
def _metered(sock: socket.socket, spend: Spend) -> Iterator[None]:
    """Tells at the end what the connection cost, also when it was closed meanwhile."""
    with socket.socket(fileno=os.dup(sock.fileno())) as meter:
        try:
            yield
        finally:
            spend(on_air(meter) or 0)


def _answer(link: http.client.HTTPSConnection) -> tuple[int, int]:
    """The status, and how many bytes from the file's start the server says it has."""
    answer = link.getresponse()
    answer.read(_BLOCK)
    last = re.fullmatch(r"bytes=0-(\d{1,15})", answer.getheader("Range", ""))
    return answer.status, int(last[1]) + 1 if last else 0
