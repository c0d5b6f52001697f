"""A pause that wakes up in time to be told to stop."""

import threading
from collections.abc import Callable

from drivers.clock import Clock

SECOND = 1_000_000_000
_WAKE_S = 0.5


def pause(clock: Clock, seconds: float, stop: threading.Event, beat: Callable[[], None]) -> None:
    """Do nothing for so long, or until `stop` is set."""
    end = clock.mono_ns() + round(seconds * SECOND)
    while (left := end - clock.mono_ns()) > 0 and not stop.wait(min(_WAKE_S, left / SECOND)):
        beat()
