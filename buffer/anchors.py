"""The clock anchors of all boots, read once and kept up to date. Safe across threads."""

import threading
from collections.abc import Sequence

from buffer.reading import Reading, decoded_anchors
from buffer.records import Record

Moment = tuple[int, int]
"""UTC ns and CLOCK_BOOTTIME ns."""


class Anchors:
    """What the newest `clock.anchor` record of each boot says."""

    def __init__(self, reading: Reading) -> None:
        self._reading, self._lock = reading, threading.Lock()
        self._known: dict[str, Moment] | None = None

    def learn(self, records: Sequence[Record]) -> None:
        """Records were committed; some may be anchors."""
        with self._lock:
            if self._known is not None:
                self._known |= decoded_anchors([r for r in records if r.type == "clock.anchor"])

    def all(self) -> dict[str, Moment]:
        """The anchor of each boot that has one; a copy."""
        with self._lock:
            if self._known is None:
                self._known = decoded_anchors(self._reading.anchors())
            return dict(self._known)
