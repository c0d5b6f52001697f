"""A simulated GNSS receiver on a pty: it follows a world, and it can fail on demand."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from drivers.sim.nmea import Pose, burst
from drivers.sim.pty import Pty

_SETTLING_S = 0.05  # a reader that has just opened the line discards what is in it
World = Callable[[float], Pose | None]


class SimReceiver:
    """Sends the sentences of one epoch `rate_hz` times a second.

    `world(t)` gives the pose t seconds after start, or None when there is no sky. `epoch` is the UTC of t = 0
    (default: the present second). `link` keeps its name over `unplug` and `replug`. All methods may be
    called from any thread.
    """

    _waits_for_reader = False

    def __init__(
        self, link: Path | None, world: World, rate_hz: float = 1.0, epoch: datetime | None = None
    ) -> None:
        utc = epoch or datetime.now(UTC).replace(microsecond=0)
        period = 1 / rate_hz
        self._setup(link, lambda n: burst(utc + timedelta(seconds=n * period), world(n * period)), rate_hz)

    @classmethod
    def replay(cls, link: Path | None, bursts: Sequence[bytes], rate_hz: float = 1.0) -> Self:
        """A receiver that sends recorded bytes, one burst per period, and then is silent.

        It begins when the line is opened, so that nothing of the recording is missed.
        """
        self = cls.__new__(cls)
        self._waits_for_reader = True
        self._setup(link, lambda n: bursts[n] if n < len(bursts) else b"", rate_hz)
        return self

    def _setup(self, link: Path | None, bytes_of: Callable[[int], bytes], rate_hz: float) -> None:
        self._link, self._bytes_of, self._period = link, bytes_of, 1 / rate_hz
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._garbled = self._halved = 0
        self._stalled = False
        self._line: Pty | None = Pty(link)
        self._thread = threading.Thread(target=self._run, name="sim-receiver", daemon=True)

    @property
    def path(self) -> Path | None:
        """The pty of the moment; None while unplugged."""
        with self._lock:
            return self._line.path if self._line else None

    def start(self) -> Self:
        """Begin to send: t = 0."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End for good and unplug."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.unplug()

    def unplug(self) -> None:
        """Close the line; the world's time goes on."""
        with self._lock:
            if self._line:
                self._line.close()
            self._line = None

    def replug(self) -> None:
        """Open a new pty under the same link."""
        with self._lock:
            if not self._line:
                self._line = Pty(self._link)

    def garble(self, epochs: int = 1) -> None:
        """Flip one bit in each sentence of the next epochs: every checksum fails."""
        with self._lock:
            self._garbled = epochs

    def half_lines(self, epochs: int = 1) -> None:
        """Cut each sentence of the next epochs in the middle."""
        with self._lock:
            self._halved = epochs

    def stall(self, *, on: bool) -> None:
        """Send nothing while on, with the line still plugged in."""
        with self._lock:
            self._stalled = on

    def _run(self) -> None:
        self._wait_for_reader()
        begin, n = time.monotonic(), 0
        while not self._stop.wait(max(0.0, begin + n * self._period - time.monotonic())):
            self._send(self._bytes_of(n))
            n += 1

    def _wait_for_reader(self) -> None:
        seen = not self._waits_for_reader
        while not seen and not self._stop.wait(_SETTLING_S):
            with self._lock:
                seen = self._line is not None and self._line.attended()
        if self._waits_for_reader:
            self._stop.wait(_SETTLING_S)

    def _send(self, epoch: bytes) -> None:
        with self._lock:
            if self._garbled:
                self._garbled -= 1
                epoch = _each_line(epoch, lambda line: line[:8] + bytes([line[8] ^ 1]) + line[9:])
            if self._halved:
                self._halved -= 1
                epoch = _each_line(epoch, lambda line: line[: len(line) // 2])
            if self._line and not self._stalled:
                self._line.write(epoch)


def _each_line(epoch: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return b"".join(change(line) if len(line) > 10 else line for line in epoch.splitlines(keepends=True))
