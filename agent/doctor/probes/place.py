"""A folder on disk: is it there, may we write, how much room is there?"""

import os
import tempfile
from pathlib import Path

import msgspec


class Place(msgspec.Struct, frozen=True):
    """`error`: why nothing can be written, an errno; `at`: what exists of the folder; sizes in bytes."""

    at: Path
    error: int | None
    read_only: bool
    free: int
    inodes_free: int | None

    @property
    def room(self) -> str:
        """The free space for people."""
        return size(self.free)


def look(folder: Path, *, may_be_made: bool = False) -> Place:
    """Look at a folder by writing to it; one that `may_be_made` counts by what is above it."""
    above = (folder, *folder.parents) if may_be_made else (folder,)
    at = next((p for p in above if p.exists()), folder)
    try:
        disk = os.statvfs(at)
    except OSError as e:
        return Place(at, e.errno, read_only=False, free=0, inodes_free=None)
    return Place(
        at=at,
        error=_refusal(at),
        read_only=bool(disk.f_flag & os.ST_RDONLY),
        free=disk.f_bavail * disk.f_frsize,
        inodes_free=disk.f_favail if disk.f_files else None,
    )


def _refusal(folder: Path) -> int | None:
    """Why no file can be made there: tried for real, as modes and owners do not tell all."""
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".doctor-"):
            return None
    except OSError as e:
        return e.errno


def size(count: float) -> str:
    """Bytes as people read them."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
