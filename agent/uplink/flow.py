"""How many bytes of what is in no hurry may be in flight at once. Pure.

What lies in the socket goes before whatever comes after it: on a slow line a window full of track would hold
up the next event for many seconds. So the bytes in flight follow how long a PUBACK takes, from one message at
a time on a line of a few kB/s to a whole window on a fast one.
"""

FIRST = 32_768
_LEAST, _MOST = 4096, 1 << 20
_QUICK_NS = 400_000_000
_SLOW_NS = 1_000_000_000


class Flow:
    """The bytes allowed now, and those in flight by message number."""

    def __init__(self) -> None:
        self.allowed = FIRST
        self._flying: dict[int, tuple[int, int]] = {}  # bytes, and since when
        self._bytes = 0

    @property
    def has_room(self) -> bool:
        """Whether one more message may go; one always may."""
        return not self._flying or self._bytes < self.allowed

    def sent(self, mid: int, size: int, now: int) -> None:
        """A message of so many bytes is on its way."""
        self._flying[mid] = size, now
        self._bytes += size

    def answered(self, mid: int, now: int) -> None:
        """Its PUBACK came; numbers of other messages are passed over."""
        size, since = self._flying.pop(mid, (0, now))
        self._bytes -= size
        if size and now - since < _QUICK_NS:
            self.allowed = min(_MOST, self.allowed + size)
        elif size and now - since > _SLOW_NS:
            self.allowed = max(_LEAST, self.allowed // 2)
