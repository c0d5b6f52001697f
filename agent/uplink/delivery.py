"""What goes to one sink next, what is in flight, and what a PUBACK means."""

from collections.abc import Callable, Iterable

import msgspec

from agent.config import Sink, Unit
from agent.uplink.budget import hourly
from agent.uplink.envelope import Anchor, Frame
from agent.uplink.flow import Flow
from agent.uplink.lane import Lane, Parcel
from agent.uplink.media.lane import MediaLane, Tell
from agent.uplink.media.shelf import Shelf
from agent.uplink.reasons import NO_SUBSCRIBER, PERMANENT, refusal
from agent.uplink.spending import Spending
from agent.uplink.status import PictureStatus
from agent.uplink.topics import BACKLOG, addresses, source
from agent.uplink.track_lane import TrackLane
from buffer.journal import Journal
from buffer.ranges import Range, RangeSet
from drivers.clock import Clock

_PATIENT = ("health", "track", "media")  # their bytes in flight never hold up what comes after them for long
_NEWS = "event, new"  # the lane of events that happened since the connection began: before those of before
_FAR = 1 << 62  # beyond any seq
_NEEDS_SUBSCRIBER = ("event", "trip", "media")
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
        self._topics = addresses(sink.topics, unit)
        names = [BACKLOG[0], _NEWS, *BACKLOG[1:-1]]  # for media see carry_media
        self._lanes: dict[str, Lane | MediaLane] = {
            name: self._made(name.partition(",")[0]) for name in names
        }
        self._news_after = 0
        self._media: MediaLane | None = None
        self.spending = Spending(sink, journal, clock)
        self._budget = self.spending.scheduler
        self._thinned = False
        self._flow = Flow()
        self._flight: dict[int, Parcel] = {}
        self._anchors: dict[str, Anchor] = {}
        self._window, self._room, self._oldest = sink.window, _ANY_SIZE, 0
        self._careful, self._acked_before = False, 0

    def carry_media(self, shelf: Shelf, tell: Tell) -> None:
        """Send the stream `media` too, last of all, with the files of `shelf`; see MediaLane."""
        lane = MediaLane(self._made("media"), self._journal, self._sink, self._topics.chunk, shelf, tell)
        self._lanes["media"] = self._media = lane

    def ask(self, sha256: str) -> str | None:
        """See Uplink.send_media."""
        return self._media.ask(sha256) if self._media else "unknown"

    def begin(self, window: int, packet: int | None) -> None:
        """A new connection, on which the broker takes `window` messages at once, each of `packet` bytes."""
        self._window = min(self._sink.window, window)
        self._room = packet or _ANY_SIZE
        self._acked_before = self.counts.acked
        if self._media:
            metered = self.spending.metered
            self._media.policy = self._sink.media if metered else self._sink.media_unmetered
        for lane in self._lanes.values():
            lane.forget()
        self._news_after = self._journal.last("event")
        self._lanes["event"].hold(self._news_after + 1, _FAR)
        if self._news_after:
            self._lanes[_NEWS].hold(1, self._news_after)

    def end(self, code: int | None = None) -> None:
        """The connection is over, for this reason of the broker's, and with it all that was in flight."""
        if self._careful and code in PERMANENT and len(self._flight) == 1:
            self._bury(*self._flight.values())
            self._flight.clear()
        elif self._careful:
            for parcel in self._flight.values():
                self._lane(parcel.stream, parcel.lo).pause(
                    parcel.lo, parcel.hi, self._clock.mono_ns(), _FATAL
                )
        self._careful = self._careful or (bool(self._flight) and self.counts.acked == self._acked_before)
        self._flight.clear()
        self._flow = Flow()
        self.spending.end()

    def wake(self) -> None:
        """There may be new records in the journal."""
        for lane in self._lanes.values():
            lane.wake()

    def again(self, stream: str, ranges: Iterable[Range]) -> None:
        """These are no longer settled, and may have been read on this connection."""
        for lo, hi in RangeSet(ranges):
            for first, last in ((lo, min(hi, self._news_after)), (max(lo, self._news_after + 1), hi)):
                lane = self._lane(stream, last)
                if first <= last and isinstance(lane, Lane):
                    lane.release(first, last)

    def hasten(self, track_every_s: float | None) -> None:
        """Send fixes at least so often; None: as configured."""
        lane = self._lanes["track"]
        if isinstance(lane, Lane):
            lane.every_s = track_every_s or self._sink.track_every_s

    def next(self) -> Parcel | None:
        """The next message by priority, None when the window is full or there is nothing to send now."""
        if self._is_full():
            return None
        frame = self.frame()
        self._save()
        for lane in self._lanes.values():
            if not self._may(lane.stream, frame.mono_ns):
                continue
            parcel = lane.take(frame, self._room - lane.topic_bytes - _PUBLISH_BYTES)
            if parcel:
                return parcel
        return None

    def sent(self, mid: int, parcel: Parcel) -> None:
        """A message is on its way under the number `mid`."""
        if not self._flight:
            self._oldest = self._clock.mono_ns()
        self._flight[mid] = parcel
        now, size = self._clock.mono_ns(), len(parcel.topic) + len(parcel.payload) + _PUBLISH_BYTES
        self._budget.took(size, now)
        if parcel.stream in _PATIENT:
            self._flow.sent(mid, size, now)
        self.counts.published += 1

    def acked(self, mid: int, code: int) -> None:
        """A PUBACK came; numbers that are none of ours are ignored."""
        parcel = self._flight.pop(mid, None)
        if parcel is None:
            return
        now = self._oldest = self._clock.mono_ns()
        self._flow.answered(mid, now)
        lane = self._lane(parcel.stream, parcel.lo)
        unheard = code == NO_SUBSCRIBER and parcel.stream in _NEEDS_SUBSCRIBER
        if code < 0x80 and not unheard:
            self.counts.acked += 1
            self._careful = False
            for lo, hi in lane.delivered(parcel, now):
                self._journal.settle(self._sink.name, parcel.stream, lo, hi)
            return
        self.counts.refused += 1
        if code in PERMANENT:
            self._bury(parcel)
        else:
            lane.pause(parcel.lo, parcel.hi, now, refusal(code))

    def may_live(self) -> bool:
        """Whether the newest fix may go now, beside the streams."""
        return self._budget.may_live(self._clock.mono_ns())

    @property
    def in_flight(self) -> int:
        """Messages that wait for their PUBACK."""
        return len(self._flight)

    @property
    def refusals(self) -> dict[str, str]:
        """Streams that are paused because the broker refuses them, and its reason."""
        return {lane.stream: lane.refused for lane in self._lanes.values() if lane.refused}

    @property
    def pictures(self) -> PictureStatus | None:
        """How the stream `media` is doing; None: it is not sent."""
        return self._media.status if self._media else None

    def silent_ns(self) -> int:
        """For how long something is in flight and no PUBACK came."""
        return self._clock.mono_ns() - self._oldest if self._flight else 0

    def due_ns(self) -> int | None:
        """CLOCK_BOOTTIME ns of the next thing to send without a wake; None: unknown or the window is full."""
        if self._is_full():
            return None
        now = self._clock.mono_ns()
        able = [lane for lane in self._lanes.values() if self._may(lane.stream, now)]
        dues = [*(lane.due(now) for lane in able), self._budget.ready_ns(now)]
        return min((due for due in dues if due is not None), default=None)

    def patience_s(self, most_s: float) -> float:
        """For how long there is nothing to send without a wake, at most `most_s`."""
        due = self.due_ns()
        return most_s if due is None else min(most_s, max(0.0, (due - self._clock.mono_ns()) / 1e9))

    def frame(self) -> Frame:
        """What all messages of this moment share."""
        return Frame(
            source=self._source,
            generation=self._journal.generation,
            boot=self._clock.boot,
            mono_ns=self._clock.mono_ns(),
            anchors=self._anchors,
        )

    def _made(self, stream: str) -> Lane:
        if stream == "track":
            return TrackLane(self._journal, self._sink, self._topics, self._skip)
        return Lane(self._journal, self._sink, stream, self._topics, self._skip)

    def _lane(self, stream: str, seq: int) -> Lane | MediaLane:
        """The lane that a record goes in."""
        return self._lanes[_NEWS if stream == "event" and seq > self._news_after else stream]

    def _may(self, stream: str, now: int) -> bool:
        """Whether the link has room for a message of this stream, and the budget allows one."""
        return (stream not in _PATIENT or self._flow.has_room) and self._budget.may(stream, now)

    def _save(self) -> None:
        """Let the lanes keep to what the budget is at now."""
        self.spending.look()
        if self._media:
            self._media.grave_only = self._budget.grave_only
        if self._thinned != self._budget.thins:
            self._thinned = self._budget.thins
            health = self._lanes["health"]
            if isinstance(health, Lane):
                health.strain(hourly() if self._thinned else None)

    def _is_full(self) -> bool:
        return len(self._flight) >= (1 if self._careful else self._window)

    def _bury(self, parcel: Parcel) -> None:
        """The broker will never take this one."""
        for lo, hi in self._lane(parcel.stream, parcel.lo).undeliverable(parcel):
            self._skip(parcel.stream, lo, hi, "dead")

    def _skip(self, stream: str, lo: int, hi: int, why: str) -> None:
        self.counts.dead += why == "dead"
        lane = self._lane(stream, lo)
        lane.hold(lo, hi)
        lane.settled()
        self._skipped(stream, lo, hi, why)
