"""The running daemon's word: its status, asked once over the local socket."""

import socket
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import PlatformMissing
from agent.local_socket import ask

_ANSWER_S = 4.0


class Word(msgspec.Struct, frozen=True):
    """`status` is None without a daemon; `mute`: one holds the socket and does not answer."""

    status: dict[str, Any] | None
    mute: bool = False

    def of(self, *path: str) -> Any:
        """What stands in the status at a path of keys; None when nothing does."""
        found: Any = self.status
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found


def hear(path: Path, pace: float) -> Word:
    """Ask the daemon behind this socket."""
    try:
        status = ask(path, {"ask": "status"}, _ANSWER_S * pace)
    except PlatformMissing:
        return Word(None, mute=_held(path))
    return Word(None, mute=True) if "error" in status else Word(status)


def _held(path: Path) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(0.5)
        try:
            client.connect(str(path))
        except TimeoutError:
            return True
        except OSError:
            return False
    return True
