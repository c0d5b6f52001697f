"""Beginning a new journal in the place of a whole one, on request."""

import os
from pathlib import Path

from buffer.command import put
from buffer.errors import JournalMissing
from buffer.recovery import lock, move_aside, usable
from buffer.salvage import Salvage, carry_notes, commands_of, salvage
from buffer.store import Space, ensure_schema
from buffer.writing import Writing


def begin_anew(path: Path, space: Space, *, keep: bool) -> tuple[Path, Salvage | None]:
    """Move the journal aside and begin a new generation; where it is now, and what was carried over.

    With `keep`, what not every sink has goes on under its seqs; notes and commands do in any case. Raises
    JournalMissing, JournalError when the daemon runs, JournalFull when the new one has no room for all; the
    old file then stays where it was moved.
    """
    if not path.exists():
        raise JournalMissing("there is no journal", where=str(path), remedy="start the daemon once")
    with usable(path):
        held = lock(path)
    try:
        moved = move_aside(path, "old")
        ensure_schema(path)
        writing = Writing(path, "", space)
        try:
            if keep:
                return moved, salvage(moved, writing)
            writing.change(lambda db: put(db, commands_of(moved)))
            carry_notes(moved, writing)
            return moved, None
        finally:
            writing.close()
    finally:
        os.close(held)
