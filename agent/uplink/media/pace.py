"""How many chunks may be on their way at once. Pure.

What is handed to the socket goes before whatever comes after it, so the next event waits for as many chunks
as are in flight. On a fast line some must be, to fill it; on a slow one a second would only be in the way.
"""

_MOST = 4
_QUICK_NS = 400_000_000
_SLOW_NS = 1_500_000_000


class Pace:
    """One chunk at first; one more for each that was acknowledged quickly, one again after a slow one."""

    def __init__(self) -> None:
        self.allowed = 1

    def acknowledged(self, after_ns: int) -> None:
        """A chunk's PUBACK came so long after it was sent."""
        if after_ns > _SLOW_NS:
            self.allowed = 1
        elif after_ns < _QUICK_NS:
            self.allowed = min(_MOST, self.allowed + 1)
