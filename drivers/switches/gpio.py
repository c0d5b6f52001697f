"""A line of a GPIO chip through libgpiod 2 (the extra `gpiod`), whose package is imported when it is used.

The kernel debounces the line and wakes us at each edge; one that cannot debounce leaves it to us. Not run on
hardware so far: see docs/switches.md.
"""

from datetime import timedelta
from typing import Any

from drivers.clock import Clock
from drivers.switches.address import Line
from drivers.switches.sample import Sample, reason
from drivers.switches.spec import Level

CONSUMER = "haulwatch"
NO_LIBRARY = "the Python package gpiod is not installed: pip install 'haulwatch[gpiod]'"
_AGAIN_NS = 1_000_000_000


class GpioReader:
    """An input; opened when it is first read, and again each second while it cannot be had."""

    def __init__(self, line: Line, active: Level, debounce_s: float, clock: Clock) -> None:
        self._line, self._active, self._debounce_s, self._clock = line, active, debounce_s, clock
        self._request: Any = None
        self._due = 0
        self._why = "not opened yet"
        self.settled = False

    def read(self) -> Sample:
        """The line now, after what waited of its edges."""
        if self._request is None and not self._open():
            return Sample(None, "lost", self._why)
        try:
            while self._request.wait_edge_events(0):
                self._request.read_edge_events()
            value = self._request.get_value(self._line.offset)
        except (OSError, ValueError) as e:
            self.close()
            self._why = self._told(e)
            return Sample(None, "lost", self._why)
        return Sample(bool(value.value))

    def fileno(self) -> int | None:
        """Readable at each edge."""
        return None if self._request is None else int(self._request.fd)

    def close(self) -> None:
        """Give the line back."""
        if self._request is not None:
            self._request.release()
            self._request = None

    def _open(self) -> bool:
        now = self._clock.mono_ns()
        if now < self._due:
            return False
        self._due = now + _AGAIN_NS
        try:
            self._request = self._requested()
        except ImportError:
            self._why = NO_LIBRARY
        except (OSError, ValueError) as e:
            self._why = self._told(e)
        return self._request is not None

    def _requested(self) -> Any:
        import gpiod

        try:
            request = gpiod.request_lines(self._line.chip, **self.options(self._debounce_s))
        except OSError:  # the chip, or its driver, cannot debounce; or it cannot be had at all
            request = gpiod.request_lines(self._line.chip, **self.options(0.0))
            self.settled = False
        else:
            self.settled = True
        return request

    def options(self, debounce_s: float) -> dict[str, Any]:
        """What libgpiod is asked for."""
        import gpiod
        from gpiod.line import Direction, Edge

        settings = gpiod.LineSettings(
            direction=Direction.INPUT,
            edge_detection=Edge.BOTH,
            active_low=self._active == "low",
            debounce_period=timedelta(seconds=debounce_s),
        )
        return {"consumer": CONSUMER, "config": {self._line.offset: settings}}

    def _told(self, error: Exception) -> str:
        return f"{self._line.chip} line {self._line.offset}: {reason(error)}"
