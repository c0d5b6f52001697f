"""What is kept for evidence beside the pictures: SUBJECT/SHA256.observed.jsonl and SHA256.picture.

A `.picture` file is empty: it notes that the picture with this hash belongs to evidence, so that retention
lets it go last. All of it goes when the longest of the pictures' days is over.
"""

import hashlib
import os
import re
from pathlib import Path

from agent.durable_file import write_durable
from agent.pictures.files import folder_name
from buffer.directory import sync_directory

_NAME = re.compile(r"([0-9a-f]{64})\.(observed\.jsonl|picture)")


class Shelf:
    """The folder at `root`; each call looks at the disk."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, subject: str, observed: bytes, pictures: list[str]) -> str:
        """Put it there, durable on return; gives the SHA-256 of `observed`. Raises OSError."""
        folder = self._root / folder_name(subject)
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_directory(self._root)
        for sha256 in pictures:
            (folder / f"{sha256}.picture").touch(exist_ok=True)
        sha256 = hashlib.sha256(observed).hexdigest()
        write_durable(folder / f"{sha256}.observed.jsonl", observed)
        return sha256

    def observed(self, subject: str, sha256: str) -> bytes | None:
        """A kept file; None when it is no longer there."""
        try:
            return (self._root / folder_name(subject) / f"{sha256}.observed.jsonl").read_bytes()
        except FileNotFoundError:
            return None

    def holds(self, subject: str) -> bool:
        """Whether something is kept about a subject."""
        folder = self._root / folder_name(subject)
        return folder.is_dir() and any(folder.iterdir())

    def pictures(self) -> set[str]:
        """The hashes of all pictures that belong to evidence."""
        return {
            found[1]
            for file in self._files()
            if (found := _NAME.fullmatch(file.name)) and found[2] == "picture"
        }

    def clear(self, older_than_ns: int) -> int:
        """Let go of what was put here before that moment (ns since 1970); how many files went."""
        gone = 0
        for file in self._files():
            if file.stat().st_mtime_ns < older_than_ns:
                file.unlink(missing_ok=True)
                gone += 1
        for folder in self._folders():
            if not any(folder.iterdir()):
                folder.rmdir()
        return gone

    def date(self, utc_ns: int, not_before_ns: int) -> None:
        """Let the days of what was put here under an unset clock begin now."""
        for file in self._files():
            if file.stat().st_mtime_ns < not_before_ns:
                os.utime(file, ns=(utc_ns, utc_ns))

    def _folders(self) -> list[Path]:
        return [f for f in self._root.iterdir() if f.is_dir()] if self._root.is_dir() else []

    def _files(self) -> list[Path]:
        return [file for folder in self._folders() for file in folder.iterdir() if _NAME.fullmatch(file.name)]
