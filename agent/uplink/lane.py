"""One stream on its way to one sink: read ahead from the journal, cut into messages, paused when refused."""

from collections import deque
from collections.abc import Callable

import msgspec

from agent.config import Sink
from agent.uplink.envelope import SECOND, TRUSTED, Frame, message
from agent.uplink.topics import LONGEST_NAME, Addresses
from buffer.journal import Journal
from buffer.ranges import Range, RangeSet
from buffer.records import Record

_READ = 100


class Parcel(msgspec.Struct, frozen=True):
    """One message and the records lo..hi that its PUBACK settles."""

    stream: str
    lo: int
    hi: int
    topic: str
    payload: bytes
    tag: tuple[int, int, int] = (0, 0, 0)
    """The media lane's own."""


class Lane:
    """The unsettled records of one stream. `skip` is told of ranges that this sink never gets, and why."""

    def __init__(
        self,
        journal: Journal,
        sink: Sink,
        stream: str,
        topics: Addresses,
        skip: Callable[[str, int, int, str], None],
    ) -> None:
        self.stream, self._topics, self.topic = stream, topics, topics.streams[stream]
        self.topic_bytes = len(topics.streams[stream].encode()) + LONGEST_NAME  # at most
        self.every_s = sink.track_every_s
        self.refused: str | None = None
        self._journal, self._sink, self._skip = journal, sink, skip
        self._pending: deque[Record] = deque()
        self._held = RangeSet()  # read since the connection began, so not asked for again
        self._passes: Callable[[Record], bool] | None = None
        self._left = RangeSet()  # held, too: what does not pass
        self._dry = False
        self._pauses = 0
        self._paused_until = 0

    def wake(self) -> None:
        """There may be new records."""
        self._dry = False

    def forget(self) -> None:
        """Nothing is in flight any more: read all that is unsettled again."""
        self._pending.clear()
        self._held, self._left = RangeSet(), RangeSet()
        self._dry = False

    def strain(self, passes: Callable[[Record], bool] | None) -> None:
        """From now on only what passes goes, None: everything; the rest waits until this changes."""
        for lo, hi in self._left:
            self._held.discard(lo, hi)
        self._passes, self._left, self._dry = passes, RangeSet(), False

    def hold(self, lo: int, hi: int) -> None:
        """These are dealt with elsewhere: not to be read again on this connection."""
        self._held.add(lo, hi)

    def release(self, lo: int, hi: int) -> None:
        """These are to be read again."""
        self._held.discard(lo, hi)
        self._dry = False

    def take(self, frame: Frame, room: int) -> Parcel | None:
        """The next message of at most `room` bytes, None when there is nothing to send now."""
        if frame.mono_ns < self._paused_until:
            return None
        self._read(frame)
        while parcel := self._next(frame, room):
            if len(parcel.payload) <= room:
                return parcel
            self._skip(self.stream, parcel.lo, parcel.hi, "dead")
            self._read(frame)
        return None

    def _next(self, frame: Frame, room: int) -> Parcel | None:  # noqa: ARG002 - for lanes that can choose
        """The next message whatever its size."""
        if not self._pending:
            return None
        record = self._pending.popleft()
        return Parcel(self.stream, record.seq, record.seq, self._topics.of(record), message(record, frame))

    def records(self, frame: Frame, most: int) -> list[Record]:
        """Take up to `most` records as they are, where another makes messages of them."""
        self._read(frame)
        return [self._pending.popleft() for _ in range(min(most, len(self._pending)))]

    def too_large(self, record: Record) -> None:
        """This record makes no message that the broker takes."""
        self._skip(self.stream, record.seq, record.seq, "dead")

    def delivered(self, parcel: Parcel, _now: int) -> list[Range]:
        """The broker has it; the seqs that are settled by that."""
        self.settled()
        return [(parcel.lo, parcel.hi)]

    def undeliverable(self, parcel: Parcel) -> list[Range]:
        """The broker will never take it; the seqs that the sink never gets by that."""
        return [(parcel.lo, parcel.hi)]

    def settled(self) -> None:
        """Something of this stream went through; the journal knows what, so `_held` need not forget it."""
        self._pauses, self.refused = 0, None

    def pause(self, lo: int, hi: int, now: int, reason: str) -> None:
        """lo..hi was refused for now: this stream waits, longer each time, and then reads it again."""
        self._held.discard(lo, hi)
        self._put_back()
        self._dry = False
        if now >= self._paused_until:  # what was in flight beside it is refused as well, and counts once
            wait_s = min(self._sink.retry_cap_s, self._sink.retry_first_s * 2 ** min(self._pauses, 16))
            self._pauses += 1
            self._paused_until = now + round(wait_s * SECOND)
        self.refused = reason

    def due(self, now: int) -> int | None:
        """CLOCK_BOOTTIME ns at which there is something to send without a wake, None if not known."""
        return self._paused_until if self._paused_until > now else None

    @property
    def _waiting(self) -> int:
        """How many records were read and not sent."""
        return len(self._pending)

    @property
    def _wanted(self) -> int:
        """How many are read ahead at least."""
        return 1

    def _put_back(self) -> None:
        """What was read and is not sent will be read again."""
        for record in self._pending:
            self._held.discard(record.seq, record.seq)
        self._pending.clear()

    def _read(self, frame: Frame) -> None:
        while self._waiting < self._wanted and not self._dry:
            records = self._journal.window(self._sink.name, self.stream, _READ, self._held)
            self._dry = len(records) < _READ
            mine = [r for r in records if r.audience in (None, self._sink.name)]
            self._filter([r.seq for r in records if r.audience not in (None, self._sink.name)])
            for record in mine:
                self._learn(record, frame)
            self._keep(mine)
            self._give_up_damaged()

    def _keep(self, records: list[Record]) -> None:
        """Records were read that this sink shall have."""
        self._held.merge(RangeSet((r.seq, r.seq) for r in records))
        self._pending.extend(r for r in records if self._may_pass(r))

    def _may_pass(self, record: Record) -> bool:
        if self._passes is None or self._passes(record):
            return True
        self._left.add(record.seq, record.seq)
        return False

    def _give_up_damaged(self) -> None:
        """The journal withholds records whose checksum fails; nobody will ever get them."""
        damaged = [seq for stream, seq in self._journal.damaged if stream == self.stream]
        if damaged:
            known = self._journal.settled(self._sink.name, self.stream)
            known.merge(self._held)
            for lo, hi in RangeSet((seq, seq) for seq in damaged if seq not in known):
                self._skip(self.stream, lo, hi, "dead")

    def _learn(self, record: Record, frame: Frame) -> None:
        """Look up the anchor of a boot whose clock was not good when the record was written."""
        if record.clock in TRUSTED or record.boot in frame.anchors:
            return
        anchor = self._journal.anchors().get(record.boot)
        if anchor:
            frame.anchors[record.boot] = anchor

    def _filter(self, seqs: list[int]) -> None:
        """Report what is for another sink, as few ranges."""
        for lo, hi in RangeSet((seq, seq) for seq in seqs):
            self._skip(self.stream, lo, hi, "filtered")
