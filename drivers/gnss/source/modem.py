"""Telling a receiver to start: a modem's over its AT port, others over their own, as the profile says.

It happens in a thread of its own, so that reading never waits for an answer.
"""

import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from drivers.clock import Clock
from drivers.errors import DeviceLost, DeviceMissing, DriverError
from drivers.gnss.dialogue.conversation import Conversation, Line
from drivers.gnss.dialogue.exchange import Dialogue, Exchange
from drivers.gnss.dialogue.frames import Message
from drivers.gnss.source.address import Tty
from drivers.gnss.source.port import Port
from drivers.gnss_profile import GnssProfile, Start

log = logging.getLogger(__name__)
_CONTROL_BAUD = 115200  # what AT ports on a UART ship with; on USB no speed counts
_QUIET_S = 0.3
_AGAIN_NS = 10_000_000_000  # a receiver that stays silent is told again after so long


class Starter:
    """Plays the profile's start exchanges; `reason` says why the last time failed, None if it did not."""

    def __init__(self, profile: GnssProfile, control: str | None, clock: Clock) -> None:
        self._dialogue, self._start = Dialogue(profile), profile.start
        self._control, self._clock = control, clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._told_ns = 0
        self.reason: str | None = None

    def begin(self, data: Port) -> None:
        """The line was opened: tell the receiver to start, unless that goes on already."""
        if self._start is None or self._is_telling():
            return
        self._told_ns = self._clock.mono_ns()
        while not self._answers.empty():
            self._answers.get()
        self._thread = threading.Thread(target=self._run, args=(self._start, data), name="gnss-start")
        self._thread.start()

    def remind(self, data: Port) -> None:
        """The line is silent: tell it again after a while."""
        if self._clock.mono_ns() - self._told_ns > _AGAIN_NS:
            self.begin(data)

    def hear(self, chunk: bytes) -> None:
        """What came on the data port: the answers may be among it."""
        if chunk and self._start and self._start.port == "data" and self._is_telling():
            self._answers.put(chunk)

    def end(self) -> None:
        """The line is closed: stop telling."""
        if self._thread:
            self._stop.set()
            self._thread.join()
            self._stop.clear()
            self._thread = None

    def _is_telling(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self, start: Start, data: Port) -> None:
        try:
            with self._channel(start, data) as channel:
                heard = _Heard()
                conversation = Conversation(_Stoppable(channel, self._stop), self._clock, heard)
                for exchange in filter(None, map(self._dialogue.named, start.exchanges)):
                    self._tell(exchange, conversation, heard)
        except _Stopped:
            return
        except DriverError as e:
            if self.reason != e.what:
                log.warning("receiver's start: %s", e)
            self.reason = e.what
        else:
            self.reason = None

    @contextmanager
    def _channel(self, start: Start, data: Port) -> Iterator[Line]:
        if start.port == "data":
            yield _Shared(data, self._answers)
        elif self._control is None:
            raise DeviceMissing(
                "its profile starts it over a control port, and none is configured",
                where=data.name,
                remedy="set gnss.control to the modem's AT port",
            )
        else:
            try:
                port = Port.open(self._control, _CONTROL_BAUD)
            except DriverError as e:
                raise type(e)(f"control port {e.where}: {e.what}", where=data.name, remedy=e.remedy) from e
            with port:
                yield port

    def _tell(self, exchange: Exchange, conversation: Conversation, heard: "_Heard") -> None:
        """One exchange; raises DeviceLost when it is refused or not answered."""
        variables = self._dialogue.variables
        reply = conversation.hold(exchange, variables, variables.factory)
        if not reply.done:
            what = f"was refused ({heard.last})" if reply.outcome == "refused" else "was not answered"
            raise DeviceLost(
                f"{exchange.send[0].text.partition(' ')[2]} {what}",
                where=self._control or "its own port",
                remedy="see the module's manual",
            )


class _Stopped(Exception):  # noqa: N818 - reads as what happened
    """The line is closed while the receiver is being told."""


class _Heard:
    """The last message, to be quoted."""

    last = ""

    def see(self, message: Message, mono_ns: int) -> None:  # noqa: ARG002
        text = message.framing in ("nmea", "line")
        self.last = message.body.decode("latin-1") if text else message.body.hex(" ")


class _Stoppable:
    """A line on which talking ends at once when `stop` is set."""

    def __init__(self, line: Line, stop: threading.Event) -> None:
        self._line, self._stop = line, stop

    def read(self) -> bytes:
        if self._stop.is_set():
            raise _Stopped
        return self._line.read()

    def write(self, chunk: bytes) -> None:
        self._line.write(chunk)

    def set_baud(self, baud: int) -> None:
        self._line.set_baud(baud)


class _Shared:
    """The data port while the worker reads it: answers come from the worker."""

    def __init__(self, port: Port, answers: "queue.SimpleQueue[bytes]") -> None:
        self._port, self._answers = port, answers

    def read(self) -> bytes:
        try:
            return self._answers.get(timeout=_QUIET_S)
        except queue.Empty:
            return b""

    def write(self, chunk: bytes) -> None:
        self._port.write(chunk)

    def set_baud(self, baud: int) -> None:
        self._port.set_baud(baud)


def starter(profile: GnssProfile | None, source: object, control: str | None, clock: Clock) -> Starter | None:
    """A starter where the profile asks for one and the source is a tty of ours."""
    if profile is None or profile.start is None or not isinstance(source, Tty):
        return None
    return Starter(profile, control, clock)
