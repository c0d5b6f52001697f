"""An empty journal of the present format, made once by each worker and copied, instead of once a test."""

import tempfile
from functools import cache
from pathlib import Path

from buffer.store import ensure_schema


@cache
def empty() -> bytes:
    """The file as the journal's own child process makes it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal.db"
        ensure_schema(file)
        return file.read_bytes()


def fresh(file: Path) -> Path:
    """Lay an empty journal at `file`, unless one is there; gives `file`."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(empty())
    return file
