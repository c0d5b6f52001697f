"""How often the newest fix goes out as a live copy. Pure."""

SECOND = 1_000_000_000
_EARLY_NS = SECOND // 4  # a fix that comes so much early is taken; the next may be a second away


class Pace:
    """At most one in `every_s` while moving and one in `parked_s` else; every one when `every_s` is 0."""

    def __init__(self, every_s: float, parked_s: float) -> None:
        self._every_ns, self._parked_ns = round(every_s * SECOND), round(parked_s * SECOND)
        self._last: int | None = None

    def reset(self) -> None:
        """The next one is due at once."""
        self._last = None

    def due(self, now_ns: int, *, moving: bool) -> bool:
        """Whether one may go now; if so, it counts as gone."""
        wait = self._every_ns if moving or not self._every_ns else max(self._every_ns, self._parked_ns)
        if self._last is not None and now_ns - self._last < wait - _EARLY_NS:
            return False
        self._last = now_ns
        return True
