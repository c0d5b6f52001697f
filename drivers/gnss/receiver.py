"""The receiver as a worker: follows one tty, over unplugging and all, and says how it is."""

import logging
import threading
from collections import deque
from collections.abc import Callable

from drivers.clock import Clock
from drivers.errors import DriverError
from drivers.gnss.decode import Decoder
from drivers.gnss.port import Port
from drivers.readings import Fix, ReceiverHealth

log = logging.getLogger(__name__)
Put = Callable[[Fix | ReceiverHealth], None]
_SECOND = 1_000_000_000
_BACKLOG = 10_000  # fixes kept while nobody takes them: 3 MB


class Receiver:
    """Reads a tty; sends each `Fix`, and a `ReceiverHealth` each second and when `connected` changes.

    `connected` means that valid lines come; silent for `silent_s` it is not. A missing, busy or lost device
    is no failure: it is reported and tried again each second, by its path, so that a link may lead elsewhere.
    `put` may raise when there is no room: fixes are kept and tried again.
    """

    def __init__(self, source: str, baud: int, silent_s: float, clock: Clock, put: Put) -> None:
        self._source, self._baud, self._silent_ns = source, baud, int(silent_s * _SECOND)
        self._clock, self._put = clock, put
        self._decoder = Decoder(eager=True)
        self._sentences = self._checksum_errors = self._rejected = 0  # of earlier decoders
        self._epochs = self._opened = 0
        self._backlog: deque[Fix] = deque()
        self._blocked = False
        self._connected, self._reason = False, "not opened yet"
        self._heard_ns = self._due_ns = 0

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until stopped; raises nothing that a device does."""
        while not stop.is_set():
            beat()
            try:
                with Port.open(self._source, self._baud) as port:
                    self._listen(port, stop, beat)
            except DriverError as e:
                self._hand_over(self._decoder.flush())
                self._change(connected=False, reason=e.what)
                self._report_each_second()
                stop.wait(1.0)

    def _listen(self, port: Port, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Read until stopped, until the path leads elsewhere, or until the device is lost."""
        self._renew_decoder()
        self._opened += 1
        self._heard_ns = self._clock.mono_ns()
        self._reason = "no sentence yet" if not self._connected else self._reason
        noise = False
        while not stop.is_set() and not port.moved():
            beat()
            before = self._decoder.sentences
            noise = self._take(port.read()) or noise
            if self._decoder.sentences > before:
                noise = False
                self._change(connected=True, reason=None)
            self._check_silence(noise=noise)
            self._report_each_second()
        self._hand_over(self._decoder.idle())

    def _take(self, chunk: bytes) -> bool:
        """Decode what came; returns whether anything did."""
        now = self._clock.mono_ns()
        before = self._decoder.sentences
        self._hand_over(self._decoder.feed(chunk, now) if chunk else self._decoder.idle())
        if self._decoder.sentences > before:
            self._heard_ns = now
        return bool(chunk)

    def _check_silence(self, *, noise: bool) -> None:
        if self._clock.mono_ns() - self._heard_ns > self._silent_ns:
            self._change(
                connected=False, reason="no valid sentence, is the baud right?" if noise else "silent"
            )

    def _renew_decoder(self) -> None:
        """What was learned and the date don't outlive the connection; the counters do."""
        old, self._decoder = self._decoder, Decoder(eager=True)
        self._sentences += old.sentences
        self._checksum_errors += old.checksum_errors
        self._rejected += old.rejected

    def _change(self, *, connected: bool, reason: str | None) -> None:
        changed = connected != self._connected
        self._connected, self._reason = connected, reason or ""
        if changed:
            log.info("receiver %s: %s", self._source, "connected" if connected else reason)
            self._report()

    def _report_each_second(self) -> None:
        if self._clock.mono_ns() >= self._due_ns:
            self._report()

    def _report(self) -> None:
        self._hand_over([])
        now = self._clock.mono_ns()
        self._due_ns = now - now % _SECOND + _SECOND
        self._try_put(
            ReceiverHealth(
                mono_ns=now,
                source=self._source,
                connected=self._connected,
                reason=self._reason or None,
                sentences=self._sentences + self._decoder.sentences,
                checksum_errors=self._checksum_errors + self._decoder.checksum_errors,
                rejected=self._rejected + self._decoder.rejected,
                epochs=self._epochs,
                opened=self._opened,
            )
        )

    def _hand_over(self, fixes: list[Fix]) -> None:
        """Send what waits and what is new, in order; what isn't taken waits on."""
        self._epochs += len(fixes)
        self._backlog.extend(fixes)
        while self._backlog and self._try_put(self._backlog[0]):
            self._backlog.popleft()
        if len(self._backlog) > _BACKLOG:
            log.error("%d fixes lost: nobody took them", len(self._backlog) - _BACKLOG)
        while len(self._backlog) > _BACKLOG:
            self._backlog.popleft()

    def _try_put(self, observation: Fix | ReceiverHealth) -> bool:
        try:
            self._put(observation)
        except Exception as e:  # noqa: BLE001 - whatever keeps the taker from taking, a fix is kept
            if not self._blocked:
                log.warning("observations not taken, kept: %s", e)
            self._blocked = True
            return False
        self._blocked = False
        return True
