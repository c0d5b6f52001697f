"""The one inbox: bounded, load readings newest-wins, everything else in order."""

import threading
from collections import deque

from agent.model import LoadReading, Observation


class InboxFull(Exception):  # noqa: N818 - reads as what happened
    """The core is so far behind that the inbox's bound is reached; the sender waits and tries again."""


class Inbox:
    """Many senders, one receiver (the core).

    A load reading replaces the waiting one of its camera and model. Health and ticks are refused when the box
    is full (and counted in `refused`); a fix must never be lost silently, so who offers it keeps it and
    tries again.
    """

    def __init__(self, bound: int = 4096) -> None:
        self._bound = bound
        self._queue: deque[Observation] = deque()
        self._newest: dict[tuple[str, bool], LoadReading] = {}  # by camera and whether it is a shadow
        self._changed = threading.Condition()
        self.replaced = 0
        self.refused = 0

    def put(self, observation: Observation, timeout_s: float = 1.0) -> None:
        """Add one observation; raises InboxFull when there is no room within `timeout_s`."""
        with self._changed:
            if isinstance(observation, LoadReading):
                key = observation.camera, observation.shadow
                self.replaced += key in self._newest
                self._newest[key] = observation
            else:
                if not self._changed.wait_for(lambda: len(self._queue) < self._bound, timeout_s):
                    self.refused += 1
                    raise InboxFull(f"inbox: {self._bound} observations wait; the core is behind")
                self._queue.append(observation)
            self._changed.notify_all()

    def offer(self, observation: Observation) -> None:
        """Add it if there is room now; raises InboxFull to a sender that keeps it and must not wait."""
        with self._changed:
            if len(self._queue) >= self._bound:
                raise InboxFull(f"inbox: {self._bound} observations wait; the core is behind")
            self._queue.append(observation)
            self._changed.notify_all()

    def get(self, timeout_s: float) -> Observation | None:
        """The next observation, or None after `timeout_s`; the queue goes before load readings."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._queue or self._newest), timeout_s)
            if self._queue:
                observation: Observation = self._queue.popleft()
                self._changed.notify_all()
                return observation
            if self._newest:
                return self._newest.pop(next(iter(self._newest)))
            return None

    def __len__(self) -> int:
        with self._changed:
            return len(self._queue) + len(self._newest)
