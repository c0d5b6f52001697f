"""A file that appears whole, under a name that nobody has taken."""

import contextlib
import os
from pathlib import Path
from typing import BinaryIO


class FreshFile:
    """A context manager for writing it: on success it appears, on failure nothing does.

    Raises FileExistsError when the name is taken, before anything is written or at the end, and OSError when
    it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}")

    def __enter__(self) -> BinaryIO:
        if self._path.exists() or self._path.is_symlink():
            raise FileExistsError(17, "is there already", str(self._path))
        self._file = self._part.open("xb")
        return self._file

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._path.hardlink_to(self._part)  # fails where a rename would overwrite
        finally:
            self._file.close()
            with contextlib.suppress(FileNotFoundError):
                self._part.unlink()
