"""The recorder: what reached the rules goes into the ring, from a thread of its own.

The core only hands references over; what cannot be kept is counted, and the recording begins anew behind the
hole. Off duty nothing is kept: the fix with which a shift ends is kept without its place.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from agent.flight.ring import Ring
from agent.flight.setup import Setup, Taken
from agent.flight.tape import Began
from agent.model import Observation
from agent.rules.state import State
from drivers.clock import Clock
from drivers.readings import Fix

if TYPE_CHECKING:
    from agent.flight.writer import RingWriter

log = logging.getLogger(__name__)
_WAITING = 8192  # observations; more than ten minutes
_AGAIN = 1.2  # of what must be free, until it is recorded again


class Recorder:
    """A worker; `take` is the core's side. Where `setup` is None nothing is recorded."""

    def __init__(self, setup: Setup | None, clock: Clock) -> None:
        self.setup, self._clock = setup, clock
        self._lock, self._waiting = threading.Lock(), deque[Taken]()
        self._missing = self._unwritten = 0
        self._began: Began = "start"
        self.lost = 0
        self.fault: str | None = None

    def take(self, before: State, seen: Observation, after: State) -> None:
        """Keep an observation that led from one state to another; never blocks on a disk and never fails."""
        if self.setup is None or not (before.duty.on or after.duty.on):
            return
        if isinstance(seen, Fix) and not after.duty.on:
            seen = nowhere(seen)
        with self._lock:
            if len(self._waiting) >= _WAITING:
                self._missing += 1
                self.lost += 1
                return
            self._waiting.append(Taken(before, seen, after.duty.on, self._missing))
            self._missing = 0

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Write each second what was taken; raises OSError."""
        from agent.flight.writer import RingWriter

        if self.setup is None:
            raise ValueError("nothing is to be recorded")
        writer = RingWriter(self.setup, self._clock, self._began, self._unwritten)
        self._began, self._unwritten = "lost", 0
        try:
            writer.clear_up()
            while not stop.wait(1.0):
                beat()
                self._turn(writer, self.setup)
            self._turn(writer, self.setup)
            writer.end("stopped")
        finally:
            writer.abandon()

    def report(self) -> dict[str, Any] | None:
        """What is kept, for the status; None when nothing is to be."""
        if self.setup is None:
            return None
        return summary(Ring(self.setup.folder)) | {"lost": self.lost, "fault": self.fault}

    def _turn(self, writer: "RingWriter", setup: Setup) -> None:
        with self._lock:
            batch, self._waiting = self._waiting, deque()
        if batch and not self._room(writer, setup.limits.min_free_bytes):
            self.lost += len(batch)
            writer.leave_out(len(batch), "no space")
            return
        while batch:
            try:
                writer.write(batch[0])
            except OSError:
                self.lost += len(batch)
                self._unwritten += len(batch)
                raise
            batch.popleft()
        writer.flush()

    def _room(self, writer: "RingWriter", least: int) -> bool:
        """Whether the disk has room, if need be without the oldest segments."""
        wanted = least if self.fault is None else round(least * _AGAIN)
        if writer.ring.free() < wanted:
            writer.tidy()
        enough = writer.ring.free() >= wanted
        if enough != (self.fault is None):
            self.fault = None if enough else "recording: too little room on the disk, so nothing is recorded"
            log.warning("%s", self.fault or "recording: goes on")
        return enough


def nowhere(fix: Fix) -> Fix:
    """A fix that sets the clock and says no place: whole degrees, no motion, no height."""
    lat, lon = (None if value is None else float(round(value)) for value in (fix.lat, fix.lon))
    return msgspec.structs.replace(fix, lat=lat, lon=lon, alt=None, geoid=None, speed=None, course=None)


def summary(ring: Ring) -> dict[str, Any]:
    """What a ring holds: segments, how many of them are still written, hours, bytes."""
    stored = ring.segments()
    return {
        "folder": str(ring.folder),
        "segments": len(stored),
        "open": sum(one.seconds is None for one in stored),
        "hours": round(sum(one.seconds or 0 for one in stored) / 3600, 2),
        "bytes": ring.bytes(),
    }
