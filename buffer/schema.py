"""Creates and upgrades a journal's tables; run as a child process: `python -I -m buffer.schema PATH`.

sqlite-utils loads numpy where it is installed (26 MB), so the daemon never imports it but starts this module
when `user_version` is older than VERSION. Exit code 0: done; otherwise SQLite's primary result code, and
its message on stderr.
"""

import sqlite3
import sys
from typing import TYPE_CHECKING

from buffer.books import BOOKS, write

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

VERSION = 4
_OTHER = 1  # SQLITE_ERROR

# A plain rowid table: its rowids are the order of commits, and with pages of 2048 bytes a commit of ten
# records writes a third less than WITHOUT ROWID does.
_TABLES = """
CREATE TABLE record(
  stream TEXT NOT NULL, seq INTEGER NOT NULL, boot TEXT NOT NULL, mono_ns INTEGER NOT NULL, utc_ns INTEGER,
  clock TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL, audience TEXT, payload BLOB NOT NULL,
  crc INTEGER NOT NULL, prev_hash BLOB, hash BLOB, PRIMARY KEY (stream, seq)
) STRICT;
CREATE TABLE settled(
  sink TEXT, stream TEXT, lo INTEGER, hi INTEGER NOT NULL, PRIMARY KEY (sink, stream, lo)
) STRICT, WITHOUT ROWID;
CREATE TABLE pruned(
  stream TEXT, lo INTEGER, hi INTEGER NOT NULL, PRIMARY KEY (stream, lo)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshot(id INTEGER PRIMARY KEY CHECK (id = 1), crc INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE session(sink TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
_THINNED = """
CREATE TABLE thinned(
  stream TEXT, lo INTEGER, hi INTEGER NOT NULL, bound_m INTEGER NOT NULL, kept INTEGER NOT NULL,
  PRIMARY KEY (stream, lo)
) STRICT, WITHOUT ROWID
"""

# Not an index on `token`: a damaged file's tables are told apart by the shape of their rows (buffer.salvage).
_COMMANDS = """
CREATE TABLE command(
  sink TEXT NOT NULL, id TEXT NOT NULL, token TEXT NOT NULL, expires_ns INTEGER NOT NULL,
  open INTEGER NOT NULL, body BLOB NOT NULL, crc INTEGER NOT NULL, PRIMARY KEY (sink, id)
) STRICT
"""


def migrations() -> "Migrations":
    """The steps from nothing to VERSION; one is never changed once released."""
    from sqlite_utils import Migrations

    steps = Migrations("haulwatch.journal")

    @steps(name="1")
    def first(db: "Database") -> None:
        for statement in _TABLES.split(";\n"):
            db.execute(statement)

    @steps(name="thinned")
    def thinned(db: "Database") -> None:
        db.execute(_THINNED)

    @steps(name="checksums")
    def checksums(db: "Database") -> None:
        for table, columns in BOOKS.items():
            db.execute(f"ALTER TABLE {table} ADD COLUMN crc INTEGER NOT NULL DEFAULT 0")
            rows = db.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()  # noqa: S608
            write(db.conn, table, rows)

    @steps(name="commands")
    def commands(db: "Database") -> None:
        db.execute(_COMMANDS)

    return steps


def migrate(path: str) -> None:
    """Bring the file at `path` to VERSION, creating it if need be; raises sqlite3.Error."""
    from sqlite_utils import Database

    db = Database(path)
    try:
        db.execute("PRAGMA page_size = 2048")
        if db.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
            refused = sqlite3.OperationalError("the disk takes no WAL")
            refused.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise refused
        db.execute("PRAGMA synchronous = FULL")
        migrations().apply(db)
        with db.atomic():
            write(db.conn, "meta", [("format", str(VERSION))])
        db.execute(f"PRAGMA user_version = {VERSION}")
    finally:
        db.close()


def main() -> int:
    """Migrate the file named by the first argument."""
    try:
        migrate(sys.argv[1])
    except sqlite3.Error as e:
        sys.stderr.write(f"{e}\n")
        return getattr(e, "sqlite_errorcode", _OTHER) & 0xFF
    return 0


if __name__ == "__main__":
    sys.exit(main())
