"""Who waits for a frame of one camera, and when waiting is over."""

from collections import deque
from collections.abc import Callable

import msgspec

from drivers.camera.frame import Frame

HELD = 8  # judged frames, of which the newest decided an event that is told soon after
HELD_BYTES = 16_000_000  # of them together: two of 1080p, or eight that the camera sent as JPEG
_NO_LONGER = "the frame is no longer held"
_NONE_CAME = "no new frame came"


class Wish(msgspec.Struct, frozen=True):
    """A frame of `after_ns` or later is wanted until `until_ns` (CLOCK_BOOTTIME ns), that of `number`, or
    `frame`, which is held.

    Exactly one of `give` and `refuse` is called once, in the loop's thread.
    """

    after_ns: int
    until_ns: int
    give: Callable[[Frame], None]
    refuse: Callable[[str], None]
    number: int | None = None
    frame: Frame | None = None


class Wishes:
    """The wishes of one camera, and the last frames that were judged, which they may be about."""

    def __init__(self) -> None:
        self._waiting: list[Wish] = []
        self._held: deque[Frame] = deque(maxlen=HELD)

    def add(self, wish: Wish) -> None:
        """Answer it at the next `serve` that can."""
        self._waiting.append(wish)

    def hold(self, frame: Frame) -> None:
        """Keep a frame that was judged, and as many before it as there is room for."""
        self._held.append(frame)
        while len(self._held) > 1 and sum(_bytes(f) for f in self._held) > HELD_BYTES:
            self._held.popleft()

    def due(self, now: int) -> bool:
        """Whether somebody waits for a frame of now."""
        return any(
            wish.number is None and wish.frame is None and wish.after_ns <= now for wish in self._waiting
        )

    def serve(self, newest: Frame | None, now: int, room: Callable[[], bool], reason: str | None) -> None:
        """Answer what can be answered; while there is no `room` the others wait on.

        `reason` is why the camera gives no frames, if it says so.
        """
        waiting, self._waiting = self._waiting, []
        for wish in waiting:
            frame = self._fitting(wish, newest)
            if frame is not None and room():
                wish.give(frame)
            elif frame is None and wish.number is not None:
                wish.refuse(_NO_LONGER)
            elif frame is None and now > wish.until_ns:
                wish.refuse(reason or _NONE_CAME)
            else:
                self._waiting.append(wish)

    def _fitting(self, wish: Wish, newest: Frame | None) -> Frame | None:
        if wish.frame is not None:
            return wish.frame
        if wish.number is not None:
            return next((f for f in self._held if f.number == wish.number), None)
        return newest if newest is not None and newest.mono_ns >= wish.after_ns else None


def _bytes(frame: Frame) -> int:
    return int(frame.image.nbytes) + len(frame.coded or b"")
