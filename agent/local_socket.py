"""The unix socket on which the daemon answers: one JSON line asked, one JSON line answered.

`{"ask": "status"}` gives the status; `{"ask": "snapshot", "camera": NAME}` a fresh picture as base64 JPEG.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import PlatformMissing

log = logging.getLogger(__name__)
_LINE = 64 * 1024
_ANSWER = 64 * 1024 * 1024
_PARTS, _PART_S = 4, 0.5  # so a question takes 2 s at most
Answer = Callable[[dict[str, Any]], object]


class ControlSocket:
    """A worker that answers questions; each kind of question has one function."""

    def __init__(self, path: Path, answers: Mapping[str, Answer]) -> None:
        self._path, self._answers = path, answers

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Answer until `stop` is set; raises OSError when the socket cannot be made."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        mine = -1
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.bind(str(self._path))
            os.chmod(self._path, 0o660)  # the group may ask, nobody else
            mine = self._path.stat().st_ino
            server.listen(4)
            server.settimeout(0.5)
            while not stop.is_set():
                beat()
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    self._answer(connection)
        if (
            self._path.exists() and self._path.stat().st_ino == mine
        ):  # not that of a run that replaced this one
            self._path.unlink()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(_PART_S)
        try:
            line = read_line(connection, _LINE, _PARTS)
            question = msgspec.json.decode(line, type=dict[str, Any])
            answer = self._reply(question)
            connection.sendall(msgspec.json.encode(answer) + b"\n")
        except (OSError, msgspec.MsgspecError) as e:
            log.info("control socket: a question was not answered (%s)", e)

    def _reply(self, question: dict[str, Any]) -> object:
        ask = str(question.get("ask"))
        if ask not in self._answers:
            return {"error": f"unknown question {ask!r}; known are {', '.join(self._answers)}"}
        try:
            return self._answers[ask](question)
        except Exception as e:  # noqa: BLE001 - a question must never end the control socket
            log.warning("control socket: %s failed: %s", ask, e)
            return {"error": getattr(e, "what", None) or str(e)}


def read_line(connection: socket.socket, limit: int, parts: int) -> bytes:
    """Bytes up to a newline or the end; raises OSError past `limit` bytes or `parts` pieces."""
    line = bytearray()
    for _ in range(parts):
        part = connection.recv(65536)
        line += part
        if not part or line.endswith(b"\n"):
            return bytes(line)
        if len(line) > limit:
            raise OSError(f"a line of over {limit} bytes")
    raise OSError(f"a line in over {parts} pieces")


def ask(path: Path, question: dict[str, Any], timeout_s: float = 5.0) -> dict[str, Any]:
    """Ask the running daemon; raises PlatformMissing when none answers at this socket."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(timeout_s)
            client.connect(str(path))
            client.sendall(msgspec.json.encode(question) + b"\n")
            return msgspec.json.decode(read_line(client, _ANSWER, 10_000), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError) as e:
        raise PlatformMissing(
            f"the daemon does not answer ({e})",
            where=str(path),
            remedy="start it with `haulwatch run`, or name its configuration with --config",
        ) from e
