"""The SQLite file under the journal: connections, transactions, what its errors mean, its space."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from buffer.books import holds
from buffer.directory import sync_directory
from buffer.errors import JournalDamaged, JournalError, JournalFull, JournalNewer
from buffer.schema import VERSION

PAGE = 2048  # bytes; set by buffer.schema
_WAL_PAGES = 2000  # a checkpoint moves at most about 4 MB; so does the reserve hold, see Space
_SHARE = 16  # of a small budget, WAL and reserve take a sixteenth each
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNWRITABLE = {
    sqlite3.SQLITE_FULL: (
        "the disk or the journal's budget is full",
        "free space, or raise journal.max_bytes",
    ),
    sqlite3.SQLITE_IOERR: ("the disk refuses to read or write", "check the disk and the kernel's log"),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", "check the directory's owner and free space"),
    sqlite3.SQLITE_READONLY: ("the file or its disk is read-only", "check owner and mount options"),
    sqlite3.SQLITE_BUSY: ("another process holds the write lock", "end the other writer"),
}


class Space(msgspec.Struct, frozen=True):
    """How a budget of `max_bytes` is divided; `min_free_bytes` of the file system are left to others.

    The reserve is a file that is deleted to make room: it is as large as the WAL, so that a full disk can
    take one whole checkpoint, after which pruning writes into WAL space that is there already.
    """

    max_bytes: int
    min_free_bytes: int

    @property
    def wal_pages(self) -> int:
        """Pages after which a commit checkpoints."""
        return max(16, min(_WAL_PAGES, self.max_bytes // _SHARE // PAGE))

    @property
    def reserve_bytes(self) -> int:
        """The size of the reserve file."""
        return self.wal_pages * PAGE

    @property
    def wal_bytes(self) -> int:
        """The size to which the WAL file is cut; frames and a large last commit need more than its pages."""
        return self.reserve_bytes * 5 // 4

    @property
    def page_limit(self) -> int:
        """Pages the database file may have: the budget without WAL and reserve."""
        return (self.max_bytes - self.reserve_bytes - self.wal_bytes) // PAGE

    @property
    def low_bytes(self) -> int:
        """With less room than this, track is not taken any more; with twice as little, pruning starts."""
        return self.reserve_bytes // 4


def room(db: sqlite3.Connection, path: Path, space: Space) -> int:
    """Bytes of records that can still be taken: free pages inside the file, and what it may grow by."""
    pages = int(db.execute("PRAGMA page_count").fetchone()[0])
    free_pages = int(db.execute("PRAGMA freelist_count").fetchone()[0])
    disk = os.statvfs(path.parent)
    growth = min(space.page_limit - pages, (disk.f_bavail * disk.f_frsize - space.min_free_bytes) // PAGE)
    return (max(0, growth) + free_pages) * PAGE


def spent(db: sqlite3.Connection, space: Space) -> bool:
    """Whether the budget, not the disk, is what is full."""
    pages = int(db.execute("PRAGMA page_count").fetchone()[0])
    return pages > space.page_limit - space.wal_pages


def meaning(error: sqlite3.Error, path: Path) -> JournalError:
    """The journal's error for SQLite's."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return from_code(code, str(error), path)


def from_code(code: int, message: str, path: Path) -> JournalError:
    """The journal's error for a primary result code of SQLite."""
    if code in _UNWRITABLE:
        what, remedy = _UNWRITABLE[code]
        return JournalFull(f"{what} ({message})", where=str(path), remedy=remedy)
    if code in _DAMAGED:
        return JournalDamaged(message, where=str(path), remedy="restart: the file is then moved aside")
    return JournalError(message, where=str(path), remedy="look at the file with `haulwatch journal stats`")


@contextmanager
def known_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors into the journal's."""
    try:
        yield
    except sqlite3.Error as e:
        raise meaning(e, path) from e
    except OSError as e:
        what = f"the disk refuses to read or write ({e.strerror})"
        raise JournalFull(what, where=str(path), remedy="check the disk and the kernel's log") from e


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All or nothing, on disk when it returns; raises the journal's errors after rolling back."""
    with known_errors(path):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # SQLite rolls back by itself on some errors
                db.execute("ROLLBACK")
            raise


def writer(path: Path, space: Space) -> sqlite3.Connection:
    """The one connection that writes: a commit is one sync of the WAL."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    _prepared(db, "journal_mode = WAL")  # a refused change is silent, and another mode is not as durable
    if db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        db.close()
        raise JournalFull("it takes no WAL", where=str(path), remedy="check the disk and the kernel's log")
    return _prepared(
        db,
        "synchronous = FULL",
        f"wal_autocheckpoint = {space.wal_pages}",
        f"journal_size_limit = {space.wal_bytes}",
        f"max_page_count = {space.page_limit}",
        "cache_size = -2000",
    )


def reader(path: Path, *, shared: bool = True) -> sqlite3.Connection:
    """A connection that cannot write, for use beside the writer's; `shared` among threads, under a lock."""
    db = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=not shared,
        timeout=5,
    )
    return _prepared(db, "query_only = ON", "cache_size = -1000")


def lenient(text: bytes) -> str:
    """For a connection's text_factory: what is no UTF-8 becomes other text instead of an error."""
    return text.decode(errors="replace")


def _prepared(db: sqlite3.Connection, *pragmas: str) -> sqlite3.Connection:
    """The connection with its settings; closed again when the file does not take them."""
    try:
        for pragma in pragmas:
            db.execute(f"PRAGMA {pragma}")
    except BaseException:
        db.close()
        raise
    return db


def ensure_schema(path: Path) -> None:
    """Bring the file to VERSION in a child process when it is new or older.

    Raises JournalNewer for a file of a newer version, JournalDamaged for one that SQLite cannot read.
    """
    found = version_of(path)
    if found > VERSION and _written_here(path):
        raise JournalDamaged(
            f"its header says format {found}, its tables don't", where=str(path), remedy="restart"
        )
    if found > VERSION:
        raise JournalNewer(
            f"it has format {found}, this version knows {VERSION}",
            where=str(path),
            remedy="install the newer version again, or move the file away",
        )
    if found == VERSION:
        return
    command = [sys.executable, "-I", "-m", "buffer.schema", str(path)]
    child = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if child.returncode:
        message = (child.stderr.strip().splitlines() or ["the migration failed"])[-1]
        raise from_code(child.returncode, message, path)
    sync_directory(path.parent)


def version_of(path: Path) -> int:
    """The file's format; 0 when there is none. Raises JournalDamaged when SQLite cannot read it."""
    if not path.exists():
        return 0
    with known_errors(path):
        db = sqlite3.connect(path, isolation_level=None)
        try:
            return int(db.execute("PRAGMA user_version").fetchone()[0])
        finally:
            db.close()


def _written_here(path: Path) -> bool:
    """Whether the file's own tables name a format that this version knows: then its header is damaged."""
    try:
        with closing(reader(path)) as db:
            row = db.execute("SELECT key, value, crc FROM meta WHERE key = 'format'").fetchone()
    except sqlite3.Error:
        return False
    return bool(row) and holds("meta", row) and int(row[1]) <= VERSION
