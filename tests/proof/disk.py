"""A disk that forgets: what a power cut may leave of the calls in a trace.

A file's bytes are safe when the file was synced, a name when its folder was. What wasn't may be there or not:
each sector shows some earlier or the newest state of itself, since the kernel writes back what is in its
cache at any moment; names and lengths change in their order. A sync that failed is taken at its worst: the
kernel has forgotten what it should have written; no later sync makes good for it, only writing again does.
"""

import random
from collections.abc import Iterable
from pathlib import Path

from tests.proof.trace import Call

_UNSYNCED = ("-shm",)  # SQLite's index of the WAL: mapped, never synced, made anew


class File:
    """The bytes that are safe, and what was done since."""

    def __init__(self) -> None:
        self.safe = bytearray()
        self.since: list[tuple[int, bytes | None]] = []  # offset and content, or a length and None

    def sync(self) -> None:
        """All of it is safe."""
        for offset, content in self.since:
            _apply(self.safe, offset, content)
        self.since = []

    def cut(self, rng: random.Random | None) -> bytes:
        """The bytes after a power cut; without `rng` all that was not synced is lost."""
        left = bytearray(self.safe)
        if rng is None or not self.since:
            return bytes(left)
        sector = rng.choice((512, 4096))
        written: dict[int, int] = {}
        for place in (p for offset, content in self.since for p in _sectors(offset, content, sector)):
            written[place] = written.get(place, 0) + 1
        kept = {place: rng.choice((0, rng.randint(0, count), count)) for place, count in written.items()}
        lengths = rng.randint(0, sum(content is None for _, content in self.since))
        for offset, content in self.since:
            if content is None:
                if lengths:
                    _apply(left, offset, None)
                lengths -= 1 if lengths else 0
                continue
            for place in _sectors(offset, content, sector):
                if kept[place]:
                    kept[place] -= 1
                    start, end = max(offset, place), min(offset + len(content), place + sector)
                    _apply(left, start, content[start - offset : end - offset])
        return bytes(left)


class Disk:
    """The files and names of one folder; syncs of `deaf` files are not heard, so that a proof fails."""

    def __init__(self, deaf: Iterable[str] = ()) -> None:
        self._now: dict[str, File | None] = {}  # None: a folder
        self._safe: dict[str, File | None] = {}
        self._names: list[tuple[str, dict[str, File | None], list[str]]] = []  # folder, names set, names gone
        self._deaf = tuple(deaf)

    def take(self, call: Call) -> None:
        """The call happened."""
        if call.path.endswith(_UNSYNCED):
            return
        if call.name in ("fsync", "fdatasync"):
            self._sync(call)
        elif call.ok:
            self._change(call)

    def _sync(self, call: Call) -> None:
        if call.path == "." or self._now.get(call.path, 0) is None:
            if call.ok:
                self._sync_names(call.path)
            return
        file = self._now.get(call.path)
        if file is None:
            return
        if not call.ok:
            file.since = []
        elif not call.path.endswith(self._deaf or ("\0",)):
            file.sync()

    def _sync_names(self, folder: str) -> None:
        later = []
        for change in self._names:
            if change[0] == folder:
                self._safe.update(change[1])
                for name in change[2]:
                    self._safe.pop(name, None)
            else:
                later.append(change)
        self._names = later

    def _change(self, call: Call) -> None:
        file = self._now.get(call.path)
        if call.name == "openat":
            if call.path not in self._now and "O_CREAT" in call.flags:
                self._name(call.path, {call.path: File()})
            elif file is not None and "O_TRUNC" in call.flags:
                file.since.append((0, None))
        elif call.name == "mkdir":
            self._name(call.path, {call.path: None})
        elif call.name in ("unlink", "rmdir"):
            self._name(call.path, {}, [call.path])
        elif call.name == "rename":
            self._name(call.path, {call.target: file}, [call.path])
        elif file is not None and call.offset is not None:
            if call.name == "fallocate":
                file.since.append((call.offset - 1, b"\0")) if call.offset > _length(file) else None
            else:
                file.since.append((call.offset, None if call.name == "ftruncate" else call.content))

    def _name(self, path: str, there: dict[str, File | None], gone: list[str] | None = None) -> None:
        self._names.append((str(Path(path).parent), there, gone or []))
        for name in gone or []:
            self._now.pop(name, None)
        self._now.update(there)

    def cut(self, target: Path, rng: random.Random | None) -> None:
        """Put what a power cut leaves now into a folder; without `rng` nothing that wasn't synced."""
        names = dict(self._safe)
        for _, there, gone in self._names[: rng.randint(0, len(self._names)) if rng else 0]:
            for name in gone:
                names.pop(name, None)
            names.update(there)
        for name, file in sorted(names.items()):
            place = target / name
            if not place.parent.is_dir():
                continue
            if file is None:
                place.mkdir()
            else:
                place.write_bytes(file.cut(rng))


def _apply(content: bytearray, offset: int, new: bytes | None) -> None:
    if new is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(new)] = new


def _sectors(offset: int, content: bytes | None, size: int) -> range:
    return range(0) if content is None else range(offset // size * size, offset + len(content), size)


def _length(file: File) -> int:
    content = bytearray(file.safe)
    for offset, new in file.since:
        _apply(content, offset, new)
    return len(content)
