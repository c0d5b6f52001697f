"""The ring: a folder of segments, from which the oldest go.

`00000042-DIGEST-1800.zst` is segment 42, recorded under the settings DIGEST (`none` before the first), over
1800 s; one that is being written, or was cut, has no duration in its name. `settings-DIGEST.zst` holds the
settings that segments name. Only the agent's account may read them.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from agent.config import Config
from agent.errors import FlightError

FOLDER = "recording"
_NAME = re.compile(r"(\d{8})-([0-9a-f]{16}|none)(?:-(\d+))?\.zst")
_SETTINGS = re.compile(r"settings-([0-9a-f]{16})\.zst")


class Limits(msgspec.Struct, frozen=True):
    """How much may stay: hours of recording, bytes, and what must be left free on the disk."""

    hours: float
    max_bytes: int
    min_free_bytes: int


class Stored(msgspec.Struct, frozen=True):
    """A segment in the ring; `seconds` None: it has no end, or not yet."""

    path: Path
    number: int
    settings: str | None
    seconds: int | None
    bytes: int
    changed_ns: int


def folder_of(config: Config) -> Path:
    """Where the ring lies."""
    return config.recording.folder or config.journal.path.parent / FOLDER


class Ring:
    """See above. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def segments(self) -> list[Stored]:
        """All of them, oldest first; one that goes meanwhile is left out."""
        return sorted(self._segments(), key=lambda stored: stored.number)

    def settings(self) -> dict[str, Path]:
        """The files of settings, by digest."""
        named = ((_SETTINGS.fullmatch(path.name), path) for path in self._files())
        return {match[1]: path for match, path in named if match}

    def settings_file(self, digest: str) -> Path:
        """Where the settings with this digest lie."""
        return self.folder / f"settings-{digest}.zst"

    def bytes(self) -> int:
        """What all of it takes."""
        return sum(path.stat().st_size for path in self._files() if path.exists())

    def create(self, digest: str | None) -> tuple[int, Path, BinaryIO]:
        """A new segment's number and file."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = max((stored.number for stored in self.segments()), default=0) + 1
        path = self.folder / f"{number:08d}-{digest or 'none'}.zst"
        return number, path, open(path, "xb", opener=_private)

    def create_settings(self, digest: str) -> tuple[Path, BinaryIO]:
        """The file for settings, under a name that `keep_settings` ends."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"settings-{digest}.part"
        return path, open(path, "wb", opener=_private)

    def ended(self, path: Path, seconds: float) -> None:
        """The segment is over; its name says how long it is."""
        path.rename(path.with_name(f"{path.name.removesuffix('.zst')}-{round(seconds)}.zst"))

    def prune(self, limits: Limits, older_than_ns: int | None, writing: Path | None) -> None:
        """Delete what is too much or too old (UTC ns of its last change); never what is being written."""
        kept = [stored for stored in self.segments() if stored.path != writing]
        while kept and self._too_much(kept, limits, older_than_ns):
            kept.pop(0).path.unlink(missing_ok=True)
        named = {stored.settings for stored in self.segments()}
        for digest, path in self.settings().items():
            if digest not in named:
                path.unlink(missing_ok=True)
        for part in self.folder.glob("settings-*.part"):
            part.unlink(missing_ok=True)

    def free(self) -> int:
        """Bytes that are free where the ring lies."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return shutil.disk_usage(self.folder).free

    def _too_much(self, kept: list[Stored], limits: Limits, older_than_ns: int | None) -> bool:
        """Whether the oldest must go: it is old, or there is no room, or the rest is long enough."""
        newer_s = sum(stored.seconds or 0 for stored in kept[1:])
        old = older_than_ns is not None and kept[0].changed_ns < older_than_ns
        full = self.bytes() > limits.max_bytes or self.free() < limits.min_free_bytes
        return old or full or newer_s >= limits.hours * 3600

    def _segments(self) -> Iterator[Stored]:
        for path in self._files():
            match = _NAME.fullmatch(path.name)
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            if match:
                digest = None if match[2] == "none" else match[2]
                seconds = None if match[3] is None else int(match[3])
                yield Stored(path, int(match[1]), digest, seconds, status.st_size, status.st_mtime_ns)

    def _files(self) -> list[Path]:
        try:
            return list(self.folder.iterdir())
        except FileNotFoundError:
            return []


def ring_at(folder: Path) -> Ring:
    """The ring in a folder that is there; raises FlightError."""
    if not folder.is_dir():
        raise FlightError(
            "there is no flight recording", where=str(folder), remedy="set hours in [recording]"
        )
    return Ring(folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
