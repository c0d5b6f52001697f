"""A program that gives a warning: started, watched, and ended when it takes too long."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from agent.cab.texts import Language

NO_PLAYER = "nothing here can speak or play: install espeak-ng, or alsa-utils for a tone"
_VOICES: dict[Language, str] = {"zh": "cmn", "en": "en"}
_PLAYERS = (("aplay", "-q"), ("pw-play",), ("paplay",))


def speakers(text: str, language: Language, tone: Path) -> list[list[str]]:
    """The commands that this machine has for it, the best first: a voice, then players of the tone."""
    found = []
    if shutil.which("espeak-ng"):
        found.append(["espeak-ng", "-v", _VOICES[language], "-s", "150", "-a", "200", text])
    return found + [[*player, str(tone)] for player in _PLAYERS if shutil.which(player[0])]


class Program:
    """The first of some commands that succeeds; `given` goes to its input."""

    def __init__(self, commands: Sequence[Sequence[str]], given: bytes = b"") -> None:
        self._commands, self._given = list(commands), given
        self._running: subprocess.Popen[bytes] | None = None
        self._name = ""
        self._failed: list[str] = []

    def poll(self) -> str | None:
        """None while it runs, "" when it is done, else why nothing of it worked."""
        if self._running is None:
            return self._next()
        status = self._running.poll()
        if status is None:
            return None
        if status == 0:
            return ""
        self._failed.append(f"{self._name}: exit status {status}")
        self._running = None
        return self._next()

    def end(self) -> None:
        """Kill what still runs."""
        if self._running is not None and self._running.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()

    def _next(self) -> str | None:
        while self._commands:
            command = self._commands.pop(0)
            self._name = command[0]
            try:
                self._running = subprocess.Popen(
                    list(command),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as e:
                self._failed.append(f"{self._name}: {e.strerror}")
                continue
            _feed(self._running, self._given)
            return None
        return "; ".join(self._failed) or NO_PLAYER


def _feed(process: subprocess.Popen[bytes], given: bytes) -> None:
    """Less than a pipe holds (pipe(7)), so it never blocks; a program need not read it."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.write(given[:4096])
            process.stdin.flush()
        with suppress(OSError):
            process.stdin.close()
