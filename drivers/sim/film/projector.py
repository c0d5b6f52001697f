"""Shows a film in real time: the JPEG of the moment for a simulated camera, and the truth beside it."""

import threading
import time
from typing import IO

import msgspec

from drivers.sim.film.film import Film


class Projector:
    """Begins when the first picture is asked for, and begins again at the end.

    All who look see the same: a picture is kept for `1 / fps` s. `truth` gets a JSON line per picture made:
    the fields of Truth, and `mono_ns` (CLOCK_BOOTTIME) from which on it was to be seen.
    """

    def __init__(self, film: Film, size: tuple[int, int], fps: float, truth: IO[bytes] | None = None) -> None:
        self._film, self._size, self._fps, self._truth = film, size, fps, truth
        self._guard = threading.Lock()
        self._begin_ns: int | None = None
        self._number, self._shown = -1, b""

    @property
    def elapsed_s(self) -> float:
        """How long it has been shown, s; 0 before it begins."""
        return max(0.0, self.at(time.clock_gettime_ns(time.CLOCK_BOOTTIME)))

    def at(self, mono_ns: int) -> float:
        """How long it had been shown at a moment of CLOCK_BOOTTIME, s; 0 if it has not begun."""
        return 0.0 if self._begin_ns is None else (mono_ns - self._begin_ns) / 1e9

    def __call__(self) -> bytes:
        """The picture of this moment."""
        with self._guard:
            if self._begin_ns is None:
                self._begin_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            number = int(self.elapsed_s * self._fps)
            if number != self._number:
                self._number = number
                self._show(number / self._fps % self._film.duration_s)
            return self._shown

    def _show(self, t_s: float) -> None:
        self._shown = self._film.jpeg(t_s, self._size)
        if self._truth:
            line = msgspec.to_builtins(self._film.truth(t_s))
            line |= {"mono_ns": time.clock_gettime_ns(time.CLOCK_BOOTTIME)}
            self._truth.write(msgspec.json.encode(line) + b"\n")
            self._truth.flush()
