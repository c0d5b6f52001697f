"""The worker that looks whether zones and permits changed on disk.

A file that is wrong is refused, with a line in the log and a record, and what was in force stays so: in
memory, and after a restart by a copy of the last good file beside the journal. A file counts once it was left
alone for one look, so that one that is being written is not read in the middle.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.durable_file import write_durable
from agent.errors import ConfigError
from agent.layers.gather import Gathered, Source, gathered

log = logging.getLogger(__name__)
_EVERY_S = 2.0
Mark = tuple[str, int, int, int] | None


class Watched:
    """One file: what of it is in force, and why its newest content is not, if so."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._read: Mark | bool = False
        self._seen: Mark = None
        self.good: Any = None
        self.refused: str | None = None

    def begin(self) -> None:
        """Take the file, or the last good copy of it; raises ConfigError when there is no good one."""
        self._read = self._seen = self._mark()
        try:
            self._take()
        except ConfigError as e:
            if not self._source.kept.exists():
                raise
            self.good = self._source.read(self._source.kept)
            self._refuse(e)

    def look(self, *, now: bool) -> bool:
        """Whether what is in force changed; `now`: without waiting until the file is left alone."""
        mark, before = self._mark(), self._seen
        self._seen = mark
        if mark == self._read or (mark != before and not now):
            return False
        self._read, known = mark, (self.good, self.refused)
        try:
            self._take()
        except ConfigError as e:
            self._refuse(e)
        return (self.good, self.refused) != known

    @property
    def there(self) -> bool:
        """Whether there is anything to say of it."""
        return self.good is not None or self.refused is not None

    def _take(self) -> None:
        path = self._source.present
        self.good, self.refused = None if path is None else self._source.read(path), None
        if path is None:
            return
        try:
            _copy(path, self._source.kept)
        except OSError as e:
            log.warning("%s: the last good copy cannot be kept (%s)", self._source.kept, e.strerror)

    def _refuse(self, error: ConfigError) -> None:
        self.refused = str(error)
        log.error("%s; the last good ones stay in force", error)

    def _mark(self) -> Mark:
        """What changes when the file does; None when there is none."""
        path = self._source.present
        try:
            found = None if path is None else path.stat()
        except OSError:
            found = None
        return None if found is None else (str(path), found.st_mtime_ns, found.st_size, found.st_ino)


class InForce:
    """Zones and permits in force, `now`; tells of each change."""

    def __init__(self, sources: dict[str, Source], changed: Callable[[Gathered], None]) -> None:
        """Read all files; raises ConfigError for zones when there is no good layer at all."""
        self._watched = {name: Watched(source) for name, source in sources.items()}
        self._changed = changed
        self._asked, self._lock = threading.Event(), threading.Lock()
        self._owed = False
        for name, watched in self._watched.items():
            try:
                watched.begin()
            except ConfigError as e:
                if name == "zones":  # without its sites a truck would be accused where it loads
                    raise
                watched.refused = str(e)
                log.error("%s; nothing that needs them is judged", e)  # noqa: TRY400 - a wrong file is no bug
        self.now = self._gathered()

    def reload(self) -> None:
        """Have the worker look at once, whether or not anybody is still writing."""
        self._asked.set()

    def refresh(self) -> Gathered:
        """Look here and now, tell a change, and return what is in force; any thread may."""
        self._look(now=True)
        return self.now

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Look every two seconds until `stop` is set."""
        while not stop.is_set():
            beat()
            asked = self._asked.is_set()
            self._asked.clear()
            self._look(now=asked)
            self._wait(stop, beat)

    def _look(self, *, now: bool) -> None:
        with self._lock:
            looks = [watched.look(now=now) for watched in self._watched.values()]
            self._owed = self._owed or any(looks)
            if self._owed:  # also after a failure to tell
                self.now = self._gathered()
                self._changed(self.now)
                self._owed = False

    def _gathered(self) -> Gathered:
        good = {name: watched.good for name, watched in self._watched.items() if watched.there}
        return gathered(good, {n: w.refused for n, w in self._watched.items() if w.refused})

    def _wait(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        for _ in range(round(_EVERY_S / 0.5)):
            if stop.wait(0.1) or self._asked.wait(0.4):
                return
            beat()


def _copy(file: Path, kept: Path) -> None:
    """Keep a copy, the whole of it or the one before."""
    content = file.read_bytes()
    if kept.exists() and kept.read_bytes() == content:
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_durable(kept, content)
