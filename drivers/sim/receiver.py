"""A simulated GNSS receiver on a pty: it follows a world, obeys commands, and can fail on demand."""

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from drivers.sim.character import Settings, World
from drivers.sim.fault_file import fault
from drivers.sim.module import Module
from drivers.sim.pty import Pty, await_writing
from drivers.sim.source import Recording, Source
from drivers.sim.uart import Transmitter, reclocked

_SETTLING_S = 0.05  # a reader that has just opened the line discards what is in it
_NAP_S = 0.05


class SimReceiver:
    """Sends the sentences of one epoch `rate_hz` times a second over a pty that takes any speed.

    `world(t)` gives the pose t seconds after start, or None when there is no sky. `epoch` is the UTC of t = 0
    (default: the present second). `link` keeps its name over `unplug` and `replug`. All methods may be
    called from any thread. For a module of a certain make see `of`.
    """

    def __init__(
        self, link: Path | None, world: World, rate_hz: float = 1.0, epoch: datetime | None = None
    ) -> None:
        self._setup(link, Module(world, Settings(rate_hz=rate_hz, epoch=epoch)), waits=False)

    @classmethod
    def of(cls, link: Path | None, source: Source, control: Path | None = None) -> Self:
        """The line to a module: at its speed only, and it hears what the reader writes.

        A modem's module is `controlled`: it hears commands on another port, whose link is `control`.
        """
        self = cls.__new__(cls)
        self._setup(link, source, waits=False, control=control)
        return self

    @classmethod
    def replay(cls, link: Path | None, bursts: Sequence[bytes], rate_hz: float = 1.0) -> Self:
        """A receiver that sends recorded bytes, one burst per period, and then is silent.

        It begins when the line is opened, so that nothing of the recording is missed.
        """
        return cls.of_recording(link, Recording(bursts, rate_hz))

    @classmethod
    def of_recording(cls, link: Path | None, recording: Recording) -> Self:
        """The same with faults, or with a line that has a speed."""
        self = cls.__new__(cls)
        self._setup(link, recording, waits=True)
        return self

    def _setup(self, link: Path | None, source: Source, *, waits: bool, control: Path | None = None) -> None:
        self._link, self._source, self._waits_for_reader = link, source, waits
        self._control_link = control
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._begin: float | None = None
        self._read_baud = 0
        self._transmitter = Transmitter()
        self._line: Pty | None = None
        self._control: Pty | None = None
        self._open()
        self._thread = threading.Thread(target=self._run, name="sim-receiver", daemon=True)

    @property
    def path(self) -> Path | None:
        """The pty of the moment; None while unplugged."""
        with self._lock:
            return self._line.path if self._line else None

    @property
    def control_path(self) -> Path | None:
        """The pty of a modem's commands; None while unplugged, and for other modules."""
        with self._lock:
            return self._control.path if self._control else None

    @property
    def baud(self) -> int | None:
        """The speed of the module's side; None: any."""
        with self._lock:
            return self._source.baud

    @property
    def running(self) -> bool:
        """Whether it goes on by itself."""
        return self._thread.is_alive()

    @property
    def lost(self) -> int:
        """Sentences that the line was too slow for."""
        with self._lock:
            return self._transmitter.lost

    def start(self) -> Self:
        """Begin to send: t = 0."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End for good and unplug."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            self._close()

    def inject(self, kind: str, duration: float | None = None, **parameters: float | str) -> None:
        """Begin a fault now; raises ScheduleError for one that does not exist, or not so."""
        with self._lock:
            self._source.faults.inject(fault(kind, self._now(), duration, **parameters))

    def clear(self, kind: str) -> None:
        """End this fault now."""
        with self._lock:
            self._source.faults.clear(kind, self._now())

    def unplug(self) -> None:
        """Close the line; the world's time goes on."""
        self.inject("unplug")
        with self._lock:
            self._close()

    def replug(self) -> None:
        """Open a new pty under the same link."""
        self.clear("unplug")
        with self._lock:
            if not self._line:
                self._open()
                self._transmitter.put(self._source.power_on(self._now()), self._now())

    def garble(self, epochs: int = 1) -> None:
        """Flip one bit in each sentence of the next epochs: every checksum fails."""
        self._for_epochs("garble", epochs)

    def half_lines(self, epochs: int = 1) -> None:
        """Cut each sentence of the next epochs in the middle."""
        self._for_epochs("half_lines", epochs)

    def stall(self, *, on: bool) -> None:
        """Send nothing while on, with the line still plugged in."""
        self.clear("stall")
        if on:
            self.inject("stall")

    def _for_epochs(self, kind: str, epochs: int) -> None:
        self.clear(kind)
        if epochs:
            with self._lock:
                first, period = self._source.due, self._source.period
                begin = min(self._now(), first)
                self._source.faults.inject(fault(kind, begin, first - begin + (epochs - 0.5) * period))

    def _now(self) -> float:
        return 0.0 if self._begin is None else time.monotonic() - self._begin

    def _run(self) -> None:
        self._wait_for_reader()
        self._begin = time.monotonic()
        while not self._stop.is_set():
            with self._lock:
                rest = self._advance(self._now()) - self._now()
                lines = [line for line in (self._line, self._control) if line and line.attended()]
            if lines:
                await_writing(lines, min(rest, _NAP_S))
            else:
                self._stop.wait(max(0.0, min(rest, _NAP_S)))

    def _advance(self, t: float) -> float:
        """Do what is due at t; gives the time of what is next."""
        source = self._source
        self._hear(t)
        while (due := source.due) <= t:
            lines = source.epoch()
            self._follow("unplug" in source.faults.active(t))  # now: it may have been pulled since
            self._transmitter.put(lines, due)
        for piece in self._transmitter.take(t, source.baud):
            self._send(piece)
        sending = self._transmitter.due(source.baud)
        return source.due if sending is None else min(source.due, sending)

    def _follow(self, unplugged: bool) -> None:  # noqa: FBT001 - of one caller
        if unplugged:
            self._close()
        elif not self._line:
            self._open()

    def _open(self) -> None:
        self._line = Pty(self._link, self._source.baud)
        if self._source.controlled:
            try:
                self._control = Pty(self._control_link)
            except OSError:
                self._close()
                raise

    def _close(self) -> None:
        self._transmitter.clear()
        for line in (self._line, self._control):
            if line:
                line.close()
        self._line = self._control = None

    def _hear(self, t: float) -> None:
        """Take what the reader wrote.

        It may have changed its speed right after writing, so the speed before the last look counts too.
        """
        if self._control and (chunk := self._control.read()):
            self._control.write(b"".join(self._source.hear(t, chunk)))
        if not self._line or self._control:
            return
        baud, speeds = self._source.baud, (self._read_baud, self._line.baud())
        self._read_baud = speeds[1]
        if chunk := self._line.read():
            if baud and baud not in speeds:
                chunk = reclocked(chunk, speeds[1], baud) if speeds[1] else b""
            self._transmitter.answer(self._source.hear(t, chunk), t)

    def _send(self, piece: bytes) -> None:
        if not self._line:
            return
        baud, read_baud = self._source.baud, self._line.baud()
        if baud and baud != read_baud:
            piece = reclocked(piece, baud, read_baud) if read_baud else b""
        self._line.write(piece)

    def _wait_for_reader(self) -> None:
        seen = not self._waits_for_reader
        while not seen and not self._stop.wait(_SETTLING_S):
            with self._lock:
                seen = self._line is not None and self._line.attended()
        if self._waits_for_reader:
            self._stop.wait(_SETTLING_S)
