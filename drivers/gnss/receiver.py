"""The receiver as a worker: follows one source, over unplugging and all, and says how it is."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from drivers.clock import Clock
from drivers.errors import DriverError, SourceEnded
from drivers.gnss.backlog import Backlog, Put
from drivers.gnss.decode import Decoder
from drivers.gnss.listener import Listener
from drivers.gnss.source.address import Recording, Source, Tty, parse_source
from drivers.gnss.source.connection import Connection, connect
from drivers.gnss.source.modem import starter
from drivers.gnss.source.port import Port
from drivers.gnss.source.ports import ListUsb, usb_ports
from drivers.gnss.source.whereabouts import Whereabouts
from drivers.gnss.testimony.witness import Testimony
from drivers.gnss_profile import GnssProfile
from drivers.readings import Signal

log = logging.getLogger(__name__)
_SECOND = 1_000_000_000


class ReceiverSetup(msgspec.Struct, frozen=True):
    """What to read: a source as in `source.address`; `baud` of a tty; silent for `silent_s` is lost.

    `profile` says what the receiver is, `control` is the AT port of a modem. A date before `not_before` is
    taken for one whose week count rolled over; None, and every recording, is exempt.
    """

    source: str
    baud: int
    silent_s: float = 5.0
    profile_name: str = "generic-nmea"
    profile: GnssProfile | None = None
    control: str | None = None
    not_before: datetime | None = None


class Receiver:
    """Reads a source; sends each `Fix`, and a `ReceiverHealth` each second and when `connected` changes.

    `connected` means that valid lines come; silent for `silent_s` it is not. A missing, busy or lost device
    is no failure: it is reported and tried again each second. A tty is followed by its path, so that a link
    may lead elsewhere, and by its USB identity. A recording is read once, then it has `ended`.
    `put` may raise when there is no room: fixes are kept and tried again.
    """

    def __init__(
        self,
        setup: ReceiverSetup,
        clock: Clock,
        put: Put,
        testimony: Testimony | None = None,
        list_usb: ListUsb = usb_ports,
    ) -> None:
        self._setup, self._clock = setup, clock
        self._source: Source = parse_source(setup.source)
        self._silent_ns = int(setup.silent_s * _SECOND)
        self._whereabouts = Whereabouts(setup.source, list_usb) if isinstance(self._source, Tty) else None
        self._starter = starter(setup.profile, self._source, setup.control, clock)
        self._listener = Listener(self._decoder, testimony)
        self._backlog = Backlog(put)
        self._connected, self._reason = False, "not opened yet"
        self.ended = False
        self._heard_ns = self._due_ns = self._look_ns = 0
        self._signals: tuple[Signal, ...] = ()

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The satellites in view at the last report, at most a second ago; any thread may ask."""
        return self._signals

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until stopped; raises nothing that a device does."""
        while not stop.is_set():
            beat()
            try:
                self._try_once(stop, beat)
            except SourceEnded as e:
                self.ended = True
                self._give_up(e)
                self._rest(stop, beat)
            except DriverError as e:
                self._give_up(e)
                stop.wait(1.0)

    def _try_once(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Open the source where it is now, and read."""
        source = Tty(self._whereabouts.find()) if self._whereabouts else self._source
        with connect(source, self._setup.baud, self._clock) as connection:
            try:
                self._listen(connection, stop, beat)
            finally:
                if self._starter:
                    self._starter.end()

    def _give_up(self, error: DriverError) -> None:
        self._backlog.send(self._listener.flush())
        self._change(connected=False, reason=error.what)
        self._report_each_second()

    def _rest(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Nothing will come any more: only report."""
        while not stop.wait(0.5):
            beat()
            self._report_each_second()

    def _listen(self, connection: Connection, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Read until stopped, until the source leads elsewhere, or until the device is lost."""
        self._listener.open()
        if self._starter and isinstance(connection, Port):
            self._starter.begin(connection)
        self._heard_ns = self._clock.mono_ns()
        self._reason = "no sentence yet" if not self._connected else self._reason
        noise = False
        while not stop.is_set() and not self._moved(connection):
            beat()
            before = self._listener.sentences
            noise = self._take(connection) or noise
            if self._listener.sentences > before:
                noise = False
                self._hear(connection)
            elif self._silent() and self._is_due():
                if self._is_elsewhere(connection):
                    break
                self._miss(connection, noise=noise)
            self._report_each_second()
        self._backlog.send(self._listener.idle())

    def _take(self, connection: Connection) -> bool:
        """Decode what came; returns whether anything did."""
        chunk = connection.read()
        now = self._clock.mono_ns()
        before = self._listener.sentences
        if self._starter:
            self._starter.hear(chunk)
        if chunk:
            self._backlog.send(self._listener.feed(chunk, now))
        elif connection.quiet_ends_epoch:
            self._backlog.send(self._listener.idle())
        if self._listener.sentences > before:
            self._heard_ns = now
        return bool(chunk)

    def _hear(self, connection: Connection) -> None:
        """A valid sentence came."""
        if not self._connected and self._whereabouts:
            self._whereabouts.confirm(connection.name)
        self._change(connected=True, reason=None)

    def _moved(self, connection: Connection) -> bool:
        """Whether the source leads elsewhere by now; asked once a second, as it costs more than a read."""
        now = self._clock.mono_ns()
        if now < self._look_ns:
            return False
        self._look_ns = now + _SECOND
        return connection.moved()

    def _is_elsewhere(self, connection: Connection) -> bool:
        """Whether the known receiver is at another port now than the silent one."""
        return self._whereabouts is not None and self._whereabouts.find() != connection.name

    def _silent(self) -> bool:
        return self._clock.mono_ns() - self._heard_ns > self._silent_ns

    def _miss(self, connection: Connection, *, noise: bool) -> None:
        """No sentence for too long."""
        reason = "no valid sentence, is the baud right?" if noise else connection.silence()
        if self._starter and isinstance(connection, Port):
            self._starter.remind(connection)
            reason = f"{reason}; {self._starter.reason}" if self._starter.reason else reason
        self._change(connected=False, reason=reason)

    def _decoder(self) -> Decoder:
        profile = self._setup.profile or GnssProfile(description="")
        return Decoder(
            eager=True,
            ends_with=profile.output.ends_with or "",
            not_before=None if isinstance(self._source, Recording) else self._setup.not_before,
            weeks=sum(quirk.weeks for quirk in profile.quirks if not quirk.firmware),
            trusted=self._trusted(),
        )

    def _trusted(self) -> datetime | None:
        """The time of a clock that others than the receiver have set."""
        now = self._clock.stamp()
        known = now.utc_ns is not None and now.origin == "ntp"
        return datetime.fromtimestamp((now.utc_ns or 0) / _SECOND, UTC) if known else None

    def _change(self, *, connected: bool, reason: str | None) -> None:
        changed = connected != self._connected
        self._connected, self._reason = connected, reason or ""
        if changed:
            log.info("receiver %s: %s", self._setup.source, "connected" if connected else reason)
            self._report()

    def _report_each_second(self) -> None:
        if self._is_due():
            self._report()

    def _is_due(self) -> bool:
        return self._clock.mono_ns() >= self._due_ns

    def _report(self) -> None:
        self._backlog.send([])
        now = self._clock.mono_ns()
        self._due_ns = now - now % _SECOND + _SECOND
        self._signals = self._listener.sky() if self._connected else ()
        self._backlog.offer(
            self._listener.health(
                now,
                self._setup.source,
                connected=self._connected,
                reason=self._reason or None,
                lost=self._backlog.lost,
            )
        )
