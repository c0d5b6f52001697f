"""Recording a receiver: its raw bytes into a file, and what they are."""

import threading
from typing import BinaryIO

import msgspec

from drivers.clock import Clock
from drivers.gnss.detect.hearing import Hearing
from drivers.gnss.source.connection import Connection

_NS = 1_000_000_000


class Limit(msgspec.Struct, frozen=True):
    """When a recording is long enough, in seconds and bytes; None: no such limit."""

    seconds: float | None = None
    size: int | None = None


class Capture:
    """Writes what comes of a connection to a file; what it has counted stands when the device is lost."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begin_ns = clock.mono_ns()
        self.seconds = 0.0
        self.heard = Hearing()

    def run(self, line: Connection, to: BinaryIO, limit: Limit, stop: threading.Event) -> None:
        """Until the limit or `stop`; raises DeviceLost, SourceEnded, or OSError of the file."""
        self._begin_ns = self._clock.mono_ns()
        try:
            while not stop.is_set() and not self._enough(limit):
                left = None if limit.size is None else limit.size - self.heard.size
                chunk = line.read()[:left]
                to.write(chunk)
                self.heard.take(chunk, self._clock.mono_ns())
        finally:
            self.seconds = round((self._clock.mono_ns() - self._begin_ns) / _NS, 1)

    def _enough(self, limit: Limit) -> bool:
        seconds = (self._clock.mono_ns() - self._begin_ns) / _NS
        long = limit.seconds is not None and seconds >= limit.seconds
        return long or (limit.size is not None and self.heard.size >= limit.size)
