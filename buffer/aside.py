"""Moving a journal's file out of the way, so that a power cut at any moment leaves its rows in some file.

While its rows are carried over, the old file bears the name NAME.damaged-N.carrying. As long as a file of
such a name is there, what lies at NAME is not complete: the next start removes it and begins again. It takes
its last name, NAME.damaged-N, when all it held is in the new file.
"""

import glob
from pathlib import Path

from buffer.store import sync_directory

_CARRYING = ".carrying"


def beside(path: Path, suffix: str) -> Path:
    """A companion file: `journal.db` + `-wal`, `.reserve` …"""
    return path.with_name(path.name + suffix)


def last_name(path: Path) -> Path:
    """What a file that was moved aside is called in the end."""
    return path.with_name(path.name.removesuffix(_CARRYING))


def move_aside(path: Path, why: str = "damaged", *, carrying: bool) -> Path:
    """Rename a journal, with its WAL, to the first free `NAME.WHY-N`; returns that path.

    `carrying`: its rows are to be carried over, and `finish` follows.
    """
    n = 1
    while beside(path, f".{why}-{n}").exists() or beside(path, f".{why}-{n}{_CARRYING}").exists():
        n += 1
    target = beside(path, f".{why}-{n}{_CARRYING if carrying else ''}")
    beside(path, "-shm").unlink(missing_ok=True)  # an index of the WAL; SQLite rebuilds it
    _rename(path, target)
    return target


def unfinished(path: Path) -> Path | None:
    """A file whose rows were not all carried over when the last start was cut short; None: there is none.

    What was made of it until then is removed.
    """
    left = sorted(path.parent.glob(f"{glob.escape(path.name)}.*-*{_CARRYING}"))
    if not left:
        return None
    wal = beside(path, "-wal")
    beside(path, "-shm").unlink(missing_ok=True)
    if not path.exists() and wal.exists():  # cut short between the two names
        wal.rename(beside(left[0], "-wal"))
    wal.unlink(missing_ok=True)  # before its file, or it would be taken for the old one's
    path.unlink(missing_ok=True)
    sync_directory(path.parent)
    return left[0]


def finish(moved: Path) -> None:
    """All that a file held is in the new one: it gets its last name."""
    if moved != last_name(moved):
        beside(moved, "-shm").unlink(missing_ok=True)
        _rename(moved, last_name(moved))


def _rename(path: Path, target: Path) -> None:
    """File first, then its WAL, each name on disk: without its WAL a file passes for a whole, older one."""
    path.rename(target)
    sync_directory(path.parent)
    wal = beside(path, "-wal")
    if wal.exists():
        wal.rename(beside(target, "-wal"))
        sync_directory(path.parent)
