"""Small texts under keys that others keep beside their records, in memory and in the table `meta`.

They are written with the next commit, so that one that changes with each message costs no sync of its own.
"""

import sqlite3
import threading
from collections.abc import Iterable, Mapping

from buffer.books import write

PREFIX = "note/"
"""Of their keys in `meta`, which has other rows, too."""
Changes = dict[str, str | None]


class Notes:
    """The notes of a journal; any thread may use them. `rows` are those of `meta`."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self._lock = threading.Lock()
        self._now = {key.removeprefix(PREFIX): text for key, text in rows if key.startswith(PREFIX)}
        self._changed: set[str] = set()

    def put(self, key: str, text: str | None) -> None:
        """Keep a text under its key, on disk with the journal's next commit; None: keep it no more."""
        with self._lock:
            if text is None:
                self._now.pop(key, None)
            else:
                self._now[key] = text
            self._changed.add(key)

    def under(self, prefix: str) -> dict[str, str]:
        """The notes whose keys begin with `prefix`, by the rest of the key."""
        with self._lock:
            known = self._now.items()
            return {key.removeprefix(prefix): text for key, text in known if key.startswith(prefix)}

    def take(self) -> Changes:
        """What is to be persisted; on a failure `put_back` follows."""
        with self._lock:
            taken: Changes = {key: self._now.get(key) for key in self._changed}
            self._changed = set()
            return taken

    def put_back(self, taken: Iterable[str]) -> None:
        """The commit failed: it is still to be persisted."""
        with self._lock:
            self._changed.update(taken)


def persist(db: sqlite3.Connection, changes: Mapping[str, str | None]) -> None:
    """Write changes inside the caller's transaction."""
    gone = [(PREFIX + key,) for key, text in changes.items() if text is None]
    kept = [(PREFIX + key, text) for key, text in changes.items() if text is not None]
    db.executemany("DELETE FROM meta WHERE key = ?", gone)
    write(db, "meta", kept)
