"""Programs that give a warning: started, watched, and ended when they take too long."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from agent.cab.texts import Language

NO_PLAYER = "nothing here can play a sound: install alsa-utils, and espeak-ng for a voice"
# Of espeak-ng's voices for Mandarin, `cmn` reads characters as if their pinyin were English (1.51).
_VOICES: dict[Language, str] = {"zh": "cmn-latn-pinyin", "en": "en"}
_PLAYERS = (("aplay", "-q"), ("pw-play",), ("paplay",))
Command = Sequence[str]
Way = Sequence[Command]


def speakers(text: str, language: Language, tone: Path) -> list[Way]:
    """The ways that this machine has, the best first: a voice, or else the tone, each by each player.

    espeak-ng could play by itself, but ends well without any sound device, so nobody would know.
    """
    players = [player for player in _PLAYERS if shutil.which(player[0])]
    speech = tone.with_name("speech.wav")
    speak = ["espeak-ng", "-v", _VOICES[language], "-s", "150", "-a", "200", "-w", str(speech), text]
    spoken: list[Way] = [[speak, [*player, str(speech)]] for player in players if shutil.which(speak[0])]
    return [*spoken, *([[*player, str(tone)]] for player in players)]


class Program:
    """The first of some ways whose commands all succeed, one after the other; `given` goes to their input."""

    def __init__(self, ways: Sequence[Way], given: bytes = b"") -> None:
        self._ways, self._given = list(ways), given
        self._left: list[Command] = []
        self._running: subprocess.Popen[bytes] | None = None
        self._name = ""
        self._failed: list[str] = []

    def poll(self) -> str | None:
        """None while it runs, "" when it is done, else why no way worked."""
        if self._running is None:
            return self._another_way()
        status = self._running.poll()
        if status is None:
            return None
        if status != 0:
            self._failed.append(f"{self._name}: exit status {status}")
            return self._another_way()
        return self._start() if self._left else ""

    def end(self) -> None:
        """Kill what still runs, and what it started."""
        if self._running is not None and self._running.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()

    def _another_way(self) -> str | None:
        if not self._ways:
            return "; ".join(dict.fromkeys(self._failed)) or NO_PLAYER
        self._left = list(self._ways.pop(0))
        return self._start()

    def _start(self) -> str | None:
        command = self._left.pop(0)
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
            return self._another_way()
        _feed(self._running, self._given)
        return None


def _feed(process: subprocess.Popen[bytes], given: bytes) -> None:
    """Less than a pipe holds (pipe(7)), so it never blocks; a program need not read it."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.write(given[:4096])
            process.stdin.flush()
        with suppress(OSError):
            process.stdin.close()
