"""A value that cannot have changed so fast: the last one that was trusted, and a rival that insists."""

from collections.abc import Callable
from typing import Generic, TypeVar

from drivers.gnss.testimony.limits import Thresholds, seconds

T = TypeVar("T")
_STEADY_S = 2.0  # a reader that was held up stamps many epochs with one moment: that is no jump
Possible = Callable[[T, T, float], bool]


class Jump(Generic[T]):
    """Tells whether a value can follow from the trusted one.

    `possible(a, b, s)` says whether a may become b within s seconds. A rival that follows from itself
    `agree_fixes` times and for two seconds is a jump. It is trusted after `believe_s`, or as soon as time has
    made it possible.
    """

    def __init__(self, limits: Thresholds, possible: Possible[T]) -> None:
        self._limits, self._possible = limits, possible
        self._trusted: tuple[int, T] | None = None
        self._rival: tuple[int, T] | None = None
        self._rival_since = 0
        self._agreed = 0

    def take(self, now: int, value: T) -> tuple[T, float] | None:
        """The value of `now` (ns); returns what was trusted and its age in s while a rival insists."""
        if self._trusted is None or self._follows(self._trusted, now, value):
            self._trusted, self._rival, self._agreed = (now, value), None, 0
            return None
        if self._rival is None or not self._follows(self._rival, now, value):
            self._rival_since, self._agreed = now, 0
        self._rival = (now, value)
        self._agreed += 1
        if now - self._rival_since >= seconds(self._limits.believe_s):
            self._trusted, self._rival, self._agreed = (now, value), None, 0
            return None
        lasts = now - self._rival_since >= seconds(_STEADY_S)
        insists = lasts and self._agreed >= self._limits.agree_fixes
        return (self._trusted[1], (now - self._trusted[0]) / 1e9) if insists else None

    def _follows(self, known: tuple[int, T], now: int, value: T) -> bool:
        return self._possible(known[1], value, (now - known[0]) / 1e9)
