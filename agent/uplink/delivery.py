"""What goes to one sink next, what is in flight, and what a PUBACK means."""

from collections.abc import Callable

import msgspec

from agent.config import Sink, Unit
from agent.uplink.envelope import Anchor, Frame
from agent.uplink.lane import Lane, Parcel
from agent.uplink.reasons import NO_SUBSCRIBER, PERMANENT, refusal
from agent.uplink.topics import BACKLOG, addresses, source
from agent.uplink.track_lane import TrackLane
from buffer.journal import Journal
from drivers.clock import Clock

_NEEDS_SUBSCRIBER = ("event", "trip")
_FATAL = "the connection ends when it is sent"
_PUBLISH_BYTES = 64  # fixed header, topic length, packet id and properties, at most
_ANY_SIZE = 256 * 1024 * 1024  # MQTT 5.0, 2.1.4: no packet is larger
Skipped = Callable[[str, int, int, str], None]


class Counts(msgspec.Struct):
    """Messages since the worker's start; `refused` counts PUBACKs that did not settle as delivered."""

    published: int = 0
    acked: int = 0
    refused: int = 0
    dead: int = 0


class Delivery:
    """The lanes of a sink in priority order, and one window in flight over all of them.

    `skipped(stream, lo, hi, why)` is called for records that this sink never gets (`filtered`: they are for
    another sink; `dead`: refused for ever). Who is told journals the fact and then settles the range, so that
    neither is ever without the other; until then a new connection reports it again.
    """

    def __init__(self, sink: Sink, unit: Unit, journal: Journal, clock: Clock, skipped: Skipped) -> None:
        self.counts = Counts()
        self._sink, self._journal, self._clock, self._skipped = sink, journal, clock, skipped
        self._source = source(unit)
        topics = addresses(sink.topics, unit).streams
        self._lanes = {s: Lane(journal, sink, s, topics[s], self._skip) for s in BACKLOG if s != "track"}
        self._lanes["track"] = TrackLane(journal, sink, topics["track"], self._skip)
        self._flight: dict[int, Parcel] = {}
        self._anchors: dict[str, Anchor] = {}
        self._window, self._room, self._oldest = sink.window, _ANY_SIZE, 0
        self._careful, self._acked_before = False, 0

    def begin(self, window: int, packet: int | None) -> None:
        """A new connection, on which the broker takes `window` messages at once, each of `packet` bytes."""
        self._window = min(self._sink.window, window)
        self._room = packet or _ANY_SIZE
        self._acked_before = self.counts.acked
        for lane in self._lanes.values():
            lane.forget()

    def end(self) -> None:
        """The connection is over, and with it all that was in flight."""
        if self._careful:
            for parcel in self._flight.values():
                self._lanes[parcel.stream].pause(parcel.lo, parcel.hi, self._clock.mono_ns(), _FATAL)
        self._careful = self._careful or (bool(self._flight) and self.counts.acked == self._acked_before)
        self._flight.clear()

    def wake(self) -> None:
        """There may be new records in the journal."""
        for lane in self._lanes.values():
            lane.wake()

    def next(self) -> Parcel | None:
        """The next message by priority, None when the window is full or there is nothing to send now."""
        if self._is_full():
            return None
        frame = self.frame()
        for lane in self._lanes.values():
            parcel = lane.take(frame, self._room - len(lane.topic) - _PUBLISH_BYTES)
            if parcel:
                return parcel
        return None

    def sent(self, mid: int, parcel: Parcel) -> None:
        """A message is on its way under the number `mid`."""
        if not self._flight:
            self._oldest = self._clock.mono_ns()
        self._flight[mid] = parcel
        self.counts.published += 1

    def acked(self, mid: int, code: int) -> None:
        """A PUBACK came; numbers that are none of ours are ignored."""
        parcel = self._flight.pop(mid, None)
        if parcel is None:
            return
        self._oldest = self._clock.mono_ns()
        unheard = code == NO_SUBSCRIBER and parcel.stream in _NEEDS_SUBSCRIBER
        if code < 0x80 and not unheard:
            self.counts.acked += 1
            self._careful = False
            self._settle(parcel.stream, parcel.lo, parcel.hi)
            return
        self.counts.refused += 1
        if code in PERMANENT:
            self._skip(parcel.stream, parcel.lo, parcel.hi, "dead")
        else:
            now = self._clock.mono_ns()
            self._lanes[parcel.stream].pause(parcel.lo, parcel.hi, now, refusal(code))

    @property
    def in_flight(self) -> int:
        """Messages that wait for their PUBACK."""
        return len(self._flight)

    @property
    def refusals(self) -> dict[str, str]:
        """Streams that are paused because the broker refuses them, and its reason."""
        return {lane.stream: lane.refused for lane in self._lanes.values() if lane.refused}

    def silent_ns(self) -> int:
        """For how long something is in flight and no PUBACK came."""
        return self._clock.mono_ns() - self._oldest if self._flight else 0

    def due_ns(self) -> int | None:
        """CLOCK_BOOTTIME ns of the next thing to send without a wake; None: unknown or the window is full."""
        if self._is_full():
            return None
        now = self._clock.mono_ns()
        return min((due for lane in self._lanes.values() if (due := lane.due(now)) is not None), default=None)

    def frame(self) -> Frame:
        """What all messages of this moment share."""
        return Frame(
            source=self._source,
            generation=self._journal.generation,
            boot=self._clock.boot,
            mono_ns=self._clock.mono_ns(),
            anchors=self._anchors,
        )

    def _is_full(self) -> bool:
        return len(self._flight) >= (1 if self._careful else self._window)

    def _settle(self, stream: str, lo: int, hi: int) -> None:
        self._journal.settle(self._sink.name, stream, lo, hi)
        self._lanes[stream].settled()

    def _skip(self, stream: str, lo: int, hi: int, why: str) -> None:
        self.counts.dead += why == "dead"
        self._lanes[stream].hold(lo, hi)
        self._lanes[stream].settled()
        self._skipped(stream, lo, hi, why)
