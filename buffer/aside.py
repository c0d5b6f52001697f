"""Moving a journal's file out of the way, so that a power cut at any moment leaves its rows in some file.

While its rows are carried over, the old file bears the name NAME.damaged-N.carrying. As long as a file of
such a name is there, what lies at NAME is not complete: the next start removes it and begins again. It takes
its last name, NAME.damaged-N, when all it held is in the new file.
"""

import glob
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buffer.directory import sync_directory
from buffer.errors import JournalDamaged

log = logging.getLogger(__name__)
_CARRYING, _SUSPECT = ".carrying", "-suspect"


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
    mark = beside(path, "-mark")
    if not path.exists() and mark.exists() and not beside(left[0], "-mark").exists():
        mark.rename(beside(left[0], "-mark"))
    mark.unlink(missing_ok=True)
    beside(path, _SUSPECT).unlink(missing_ok=True)
    wal.unlink(missing_ok=True)  # before its file, or it would be taken for the old one's
    path.unlink(missing_ok=True)
    sync_directory(path.parent)
    return left[0]


def finish(moved: Path) -> None:
    """All that a file held is in the new one: it gets its last name."""
    if moved != last_name(moved):
        beside(moved, "-shm").unlink(missing_ok=True)
        _rename(moved, last_name(moved))


class Suspicion:
    """Why an open journal's file is not trusted any more, in `why` and beside the file for the next start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.why: str | None = None

    def note(self, error: JournalDamaged) -> None:
        """The file broke in use: the next start takes it for damaged, whatever it looks like then."""
        if self.why is not None:
            return
        self.why = str(error)
        try:
            beside(self._path, _SUSPECT).write_text(error.what)
            sync_directory(self._path.parent)
        except OSError as e:
            log.error("%s: that it is damaged could not be noted: %s", self._path, e)  # noqa: TRY400

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note the damage that passes through."""
        try:
            yield
        except JournalDamaged as e:
            self.note(e)
            raise


def suspicion(path: Path) -> str | None:
    """Why the file is not trusted, if an earlier run said so."""
    try:
        return beside(path, _SUSPECT).read_text(errors="replace") or "it was found damaged in use"
    except FileNotFoundError:
        return None


def _rename(path: Path, target: Path) -> None:
    """File first, then its WAL, each name on disk: without its WAL a file passes for a whole, older one."""
    path.rename(target)
    sync_directory(path.parent)
    for suffix in ("-wal", "-mark", _SUSPECT):
        if beside(path, suffix).exists():
            beside(path, suffix).rename(beside(target, suffix))
            sync_directory(path.parent)
