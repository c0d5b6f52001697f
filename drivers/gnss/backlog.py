"""What the receiver worker hands over, in order: fixes wait while there is no room, to a limit."""

import logging
from collections import deque
from collections.abc import Callable

from drivers.readings import Fix, ReceiverHealth

log = logging.getLogger(__name__)
Put = Callable[[Fix | ReceiverHealth], None]
LIMIT = 10_000  # fixes kept while nobody takes them: 3 MB


class Backlog:
    """Sends fixes through `put`, which may raise when there is no room; `lost` counts those above `limit`."""

    def __init__(self, put: Put, limit: int = LIMIT) -> None:
        self._put, self._limit = put, limit
        self._waiting: deque[Fix] = deque()
        self._blocked = False
        self.lost = 0

    def send(self, fixes: list[Fix]) -> None:
        """Send what waits and what is new; what isn't taken waits on, the oldest is lost first."""
        self._waiting.extend(fixes)
        while self._waiting and self.offer(self._waiting[0]):
            self._waiting.popleft()
        excess = len(self._waiting) - self._limit
        if excess > 0:
            if not self.lost:
                log.error("fixes are lost from now on: nobody takes them; the receiver's health counts them")
            self.lost += excess
            for _ in range(excess):
                self._waiting.popleft()

    def offer(self, observation: Fix | ReceiverHealth) -> bool:
        """Send one thing now; whether it was taken."""
        try:
            self._put(observation)
        except Exception as e:  # noqa: BLE001 - whatever keeps the taker from taking, a fix is kept
            if not self._blocked:
                log.warning("observations not taken, kept: %s", e)
            self._blocked = True
            return False
        self._blocked = False
        return True
