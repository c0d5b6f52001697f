"""What is done when the file is not as it should be: one writer only, a reserve, a look at open."""

import errno
import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buffer.aside import beside
from buffer.directory import sync_directory
from buffer.errors import JournalDamaged, JournalError, JournalMissing
from buffer.store import PAGE

log = logging.getLogger(__name__)
_TABLES = {"record", "settled", "pruned", "snapshot", "session", "meta", "thinned", "command"}


def size_of(path: Path) -> int:
    """Bytes of a journal with its companions."""
    files = (path, beside(path, "-wal"), beside(path, ".reserve"))
    return sum(file.stat().st_size for file in files if file.exists())


def lock(path: Path) -> int:
    """Become the journal's only writer; the returned file descriptor holds the lock until it is closed.

    Raises JournalError when another process (or another Journal of this one) has it.
    """
    fd = os.open(beside(path, ".lock"), os.O_RDWR | os.O_CREAT, 0o640)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        os.close(fd)
        if e.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        raise JournalError(
            "another process writes this journal",
            where=str(path),
            remedy="stop it, or use another journal.path",
        ) from e
    return fd


def check(db: sqlite3.Connection, path: Path) -> None:
    """Raise JournalDamaged (or sqlite3.Error) unless the tables are there and the file has all its pages.

    The WAL is written back first, so that the file alone is the journal; on a full disk that has to wait,
    and so has the comparison.
    """
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not names >= _TABLES:
        raise JournalDamaged(
            f"tables are missing: {', '.join(sorted(_TABLES - names))}", where=str(path), remedy="restart"
        )
    sync_directory(path.parent)  # SQLite syncs the WAL's name, but passes over an error of that
    try:
        busy, left, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return
    expected = int(db.execute("PRAGMA page_count").fetchone()[0]) * PAGE
    if not busy and not left and path.stat().st_size < expected:
        raise JournalDamaged("the file is cut short", where=str(path), remedy="restart")


def hold_reserve(path: Path, size: int) -> bool:
    """Have `size` bytes of disk in the reserve file; False when there is no room for it now."""
    reserve = beside(path, ".reserve")
    try:
        fd = os.open(reserve, os.O_RDWR | os.O_CREAT, 0o640)
        try:
            os.posix_fallocate(fd, 0, size)
        finally:
            os.close(fd)
    except OSError:
        release_reserve(path)
        return False
    return True


def release_reserve(path: Path) -> None:
    """Give the reserve's space back to the disk; one that refuses even that is in the log."""
    reserve = beside(path, ".reserve")
    try:
        reserve.unlink(missing_ok=True)
    except OSError as e:
        log.warning("%s: cannot be removed: %s", reserve, e.strerror)


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Turn the system's refusal of a place into JournalMissing."""
    try:
        yield
    except OSError as e:
        raise JournalMissing(
            f"it cannot be created ({e.strerror})",
            where=str(path),
            remedy="check the directory and its owner",
        ) from e


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn into JournalDamaged what only a damaged file says: a value or a column that can't be."""
    try:
        yield
    except (TypeError, ValueError, KeyError, OverflowError) as e:
        raise JournalDamaged(f"a row is no row ({e})", where=str(path), remedy="restart") from e
    except JournalError as e:
        if type(e) is not JournalError:  # full, damaged, ...: known for what it is
            raise
        raise JournalDamaged(e.what, where=str(path), remedy="restart") from e
