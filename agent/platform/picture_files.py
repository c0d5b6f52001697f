"""Pictures put together from their chunks, each file checked against its SHA-256."""

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec

_MANIFEST = "manifest.json"
_ENDS, _PAGE = (".jpg", ".html"), b"<!doctype html>"
_HEX = frozenset("0123456789abcdef")


class Pictures:
    """A folder of pictures, SHA256.jpg each, and of sheets, SHA256.html.

    What is not complete lies under `parts` and outlives a restart. A chunk is on disk when `chunk` returns.
    Chunks may come in any order, again, and before their manifest.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._parts = folder, folder / "parts"
        self._parts.mkdir(parents=True, exist_ok=True)

    def manifest(self, envelope: dict[str, Any]) -> None:
        """Take a manifest: which files to expect; one that cuts a file otherwise counts."""
        for file in envelope.get("files", ()):
            if _is_hash(file["sha256"]) and self._whole(file["sha256"]) is None:
                place = self._parts / file["sha256"]
                place.mkdir(exist_ok=True)
                cut = {"bytes": file["bytes"], "chunks": file["chunks"], "chunkbytes": envelope["chunkbytes"]}
                before = _read(place / _MANIFEST)
                if before is not None and before != cut:
                    _empty(place)
                _write(place / _MANIFEST, msgspec.json.encode(cut))

    def chunk(self, sha256: str, index: int, content: bytes) -> Path | None:
        """Take one chunk; returns the picture's path when it is complete and right.

        When all are there and the sum is wrong, all are thrown away.
        """
        if not _is_hash(sha256):
            return None
        if whole := self._whole(sha256):
            return whole
        place = self._parts / sha256
        place.mkdir(exist_ok=True)
        _write(place / str(index), content)
        return self._joined(sha256, place)

    def _whole(self, sha256: str) -> Path | None:
        """The file that is complete, if it is."""
        named = (self._folder / f"{sha256}{end}" for end in _ENDS)
        return next((file for file in named if file.exists()), None)

    def _joined(self, sha256: str, place: Path) -> Path | None:
        said = _read(place / _MANIFEST)
        if said is None:
            return None
        try:
            pieces = [(place / str(index)).read_bytes() for index in range(said["chunks"])]
        except FileNotFoundError:
            return None
        content = b"".join(pieces)
        right = len(content) == said["bytes"] and hashlib.sha256(content).hexdigest() == sha256
        if right:
            _write(self._folder / f"{sha256}{_ENDS[content.startswith(_PAGE)]}", content)
        _empty(place)
        if right:
            place.rmdir()
        else:
            _write(place / _MANIFEST, msgspec.json.encode(said))
        return self._whole(sha256)


def _read(file: Path) -> dict[str, int] | None:
    return msgspec.json.decode(file.read_bytes(), type=dict[str, int]) if file.exists() else None


def _empty(place: Path) -> None:
    for file in place.iterdir():
        file.unlink()


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= _HEX


def _write(file: Path, content: bytes) -> None:
    part = file.with_name(f".{file.name}")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
