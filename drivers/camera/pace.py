"""The pace of sources that would else be read as fast as they can be."""

import time
from collections.abc import Callable


class Pace:
    """Lets time pass with `wait` (seconds)."""

    def __init__(self, wait: Callable[[float], object]) -> None:
        self._wait = wait
        self._begun = self._due = time.monotonic()

    def every(self, period_s: float) -> None:
        """Return once in `period_s`; time lost is not made up."""
        self._until(self._due)
        self._due = max(self._due, time.monotonic() - period_s) + period_s

    def at(self, film_s: float) -> None:
        """Return `film_s` after the pace began."""
        self._until(self._begun + film_s)

    def _until(self, due: float) -> None:
        while (rest := due - time.monotonic()) > 0 and not self._wait(min(rest, 0.5)):
            pass
