"""Beginning a new journal in the place of a whole one, on request."""

import os
from pathlib import Path

from buffer.aside import finish, last_name, move_aside
from buffer.command import put
from buffer.errors import JournalMissing
from buffer.recovery import lock, usable
from buffer.salvage import Salvage, carry_notes, commands_of, salvage
from buffer.store import Space, ensure_schema, known_errors
from buffer.writing import Writing


def begin_anew(path: Path, space: Space, *, keep: bool) -> tuple[Path, Salvage | None]:
    """Move the journal aside and begin a new generation; where it is now, and what was carried over.

    With `keep`, what not every sink has goes on under its seqs; notes and commands do in any case. Raises
    JournalMissing, JournalError when the daemon runs, JournalFull when the disk refuses; the daemon's next
    start then carries the rest.
    """
    if not path.exists():
        raise JournalMissing("there is no journal", where=str(path), remedy="start the daemon once")
    with usable(path):
        held = lock(path)
    try:
        with known_errors(path):
            moved = move_aside(path, "old", carrying=True)
            ensure_schema(path)
            found = _carried(moved, path, space, keep=keep)
        return last_name(moved), found
    finally:
        os.close(held)


def _carried(moved: Path, path: Path, space: Space, *, keep: bool) -> Salvage | None:
    """What fails before `finish`, or is cut short, the daemon's next start does, and keeps all then."""
    writing = Writing(path, "", space)
    found = None
    try:
        if keep:
            found = salvage(moved, writing)
        else:
            writing.change(lambda db: put(db, commands_of(moved)))
            carry_notes(moved, writing)
    finally:
        writing.close()
    finish(moved)
    return found
