"""Which fixes go to a sink with `track_policy = "adaptive"`. Pure.

Each fix that does not go lies at most `error_m` from the straight and even way between the two that went
around it, at its time (the distance of buffer.thinning); so turns and changes of speed go as far as they
matter. N. Meratnia and R. A. de By (EDBT 2004) call this an opening window, OPW-TR.
"""

import msgspec

from buffer.thinning import Point, apart, farthest, flat

_NS = 1_000_000_000


class Limits(msgspec.Struct, frozen=True):
    """What a left-out fix may be off (m), and how long (s) or how many fixes are left out at most.

    Slower than `parked_mps` is parked; a fix whose speed isn't known is not.
    """

    error_m: float = 10.0
    moving_s: float = 30.0
    parked_s: float = 60.0
    parked_mps: float = 0.8
    most: int = 120


class Sieve:
    """Takes the fixes of one boot in order and says which go, each at most `parked_s` later."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._window: list[Point] = []  # the last one that went, and those after it
        self._slow = False

    def restart(self) -> None:
        """What comes next does not follow what came before."""
        self._window = []

    @property
    def newest_ns(self) -> int | None:
        """The arrival of the newest fix that is neither left out nor went, if there is one."""
        return self._window[-1].mono_ns if len(self._window) > 1 else None

    def push(self, point: Point, speed: float | None, *, event: bool = False) -> tuple[bool, bool]:
        """Whether the fix before this one goes now (if it did not), and whether this one does.

        `event`: something happened between the two.
        """
        slow = speed is not None and speed < self._limits.parked_mps
        if not self._window or event or apart(self._window[-1], point):
            before = len(self._window) > 1
            self._go(point, slow=slow)
            return before, True
        if (
            point.placed
            and farthest(flat([*self._window, point]), 0, len(self._window))[1] > self._limits.error_m
        ):
            self._go(self._window[-1], slow=slow)
            self._window.append(point)
            return True, False
        late_s = self._limits.parked_s if slow and self._slow else self._limits.moving_s
        waited = point.mono_ns - self._window[0].mono_ns
        if waited >= late_s * _NS or len(self._window) > self._limits.most:
            self._go(point, slow=slow)
            return False, True
        self._window.append(point)
        return False, False

    def flush(self) -> bool:
        """Nothing may follow for long: whether the newest fix goes now."""
        if len(self._window) < 2:
            return False
        self._window = self._window[-1:]
        return True

    def _go(self, point: Point, *, slow: bool) -> None:
        self._window, self._slow = [point], slow
