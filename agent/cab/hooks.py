"""The ways to give a warning, each as something that is started, polled, and ended after a time-out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from agent.cab.programs import Program, speakers
from agent.cab.texts import Language, text_of
from agent.model import Warn
from agent.model_unit import Hook
from drivers.switches.outputs import Output, output

SECOND = 1_000_000_000


class CabSetup(msgspec.Struct, frozen=True):
    """Which hooks there are; `gpio` is switched on for `gpio_s`, none may take longer than `timeout_s`."""

    language: Language = "zh"
    sound: bool = True
    command: tuple[str, ...] = ()
    file: Path | None = None
    gpio: str | None = None
    gpio_s: float = 3.0
    timeout_s: float = 10.0


class Act(Protocol):
    """One hook giving one warning."""

    def poll(self) -> str | None:
        """None while it lasts, "" when it is done, else why it failed."""
        ...

    def end(self) -> None:
        """Stop it now."""
        ...


def acts(
    setup: CabSetup, warn: Warn, at: str | None, tone: Path, mono_ns: Callable[[], int]
) -> dict[Hook, Act]:
    """The hooks of a warning; `at` is the moment (RFC 3339, UTC), None when the clock is not set."""
    text = text_of(warn.kind, setup.language)
    facts = {
        "kind": warn.kind,
        "subject": warn.subject,
        "grace_s": warn.grace_s,
        "at": at,
        "text": text,
        "zh": text_of(warn.kind, "zh"),
        "en": text_of(warn.kind, "en"),
    }
    content = json.dumps(facts, ensure_ascii=False).encode() + b"\n"
    found: dict[Hook, Act] = {}
    if setup.file is not None:
        found["file"] = _Written(setup.file, content)
    if setup.gpio is not None:
        found["gpio"] = _Lit(setup.gpio, round(setup.gpio_s * SECOND), mono_ns)
    if setup.command:
        found["command"] = Program([[[*setup.command, text]]], content)
    if setup.sound:
        found["sound"] = Program(speakers(text, setup.language, tone))
    return found


class _Written:
    """A file that a display reads; it is there as a whole or not at all."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path, self._content = path, content

    def poll(self) -> str | None:
        part = self._path.with_name(f".{self._path.name}.part")
        try:
            part.write_bytes(self._content)
            part.replace(self._path)
        except OSError as e:
            return f"{self._path}: {e.strerror}"
        return ""

    def end(self) -> None:
        """Nothing goes on."""


class _Lit:
    """A line that is on for a while."""

    def __init__(self, address: str, lasts_ns: int, mono_ns: Callable[[], int]) -> None:
        self._address, self._lasts_ns, self._mono_ns = address, lasts_ns, mono_ns
        self._output: Output | None = None
        self._until = 0

    def poll(self) -> str | None:
        try:
            if self._output is None:
                self._output = output(self._address)
                self._output.set(on=True)
                self._until = self._mono_ns() + self._lasts_ns
            if self._mono_ns() < self._until:
                return None
            self._output.set(on=False)
            self._output.close()
        except (OSError, ValueError) as e:
            return f"{self._address}: {e}"
        return ""

    def end(self) -> None:
        """Off, also when it was to last longer."""
        self._until = 0
        self.poll()
