"""Beginning a new journal in the place of a whole one, on request."""

import os
from pathlib import Path

from buffer.aside import finish, last_name, move_aside
from buffer.errors import JournalError, JournalMissing
from buffer.recovery import lock, usable
from buffer.salvage import Salvage, salvage
from buffer.store import Space, ensure_schema
from buffer.writing import Writing


def begin_anew(path: Path, space: Space, *, keep: bool) -> tuple[Path, Salvage | None]:
    """Move the journal aside and begin a new generation; where it is now, and what was carried over.

    With `keep`, what not every sink has goes on under its seqs. Raises JournalMissing, JournalError when the
    daemon runs, JournalFull when the new one has no room for all; the old file then stays where it was moved.
    """
    if not path.exists():
        raise JournalMissing("there is no journal", where=str(path), remedy="start the daemon once")
    with usable(path):
        held = lock(path)
    try:
        moved = move_aside(path, "old", carrying=keep)
        ensure_schema(path)
        found = _carried(moved, path, space) if keep else None
        return last_name(moved), found
    finally:
        os.close(held)


def _carried(moved: Path, path: Path, space: Space) -> Salvage:
    """A cut before `finish` leaves the rest to the daemon's next start."""
    writing = Writing(path, "", space)
    try:
        found = salvage(moved, writing)
    except JournalError:
        finish(moved)
        raise
    finally:
        writing.close()
    finish(moved)
    return found
