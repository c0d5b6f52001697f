"""One stream on its way to one sink: read ahead from the journal, cut into messages, paused when refused."""

import logging
from collections import deque
from collections.abc import Callable
from itertools import pairwise

import msgspec

from agent.config import Sink
from agent.uplink.envelope import SECOND, TRUSTED, Frame, message, track_batch
from agent.uplink.track.errors import TrackFormatError
from agent.uplink.track.records import compact
from buffer.journal import Journal
from buffer.ranges import Range, RangeSet
from buffer.records import Record

log = logging.getLogger(__name__)
_READ = 100
_FIX_BYTES = 100  # what a batch adds to a fix's payload, at most
_HEAD_BYTES = 1024  # what an envelope adds to its data, at most


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
        topic: str,
        skip: Callable[[str, int, int, str], None],
    ) -> None:
        self.stream, self.topic = stream, topic
        self.refused: str | None = None
        self._journal, self._sink, self._skip = journal, sink, skip
        self._pending: deque[Record] = deque()
        self._held = RangeSet()  # read since the connection began, so not asked for again
        self._sieve: Callable[[Record], bool] | None = None
        self._left = RangeSet()  # held, too: what the sieve keeps back
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

    def sieve(self, passes: Callable[[Record], bool] | None) -> None:
        """From now on only what passes goes, None: everything; the rest waits for another sieve."""
        for lo, hi in self._left:
            self._held.discard(lo, hi)
        self._sieve, self._left, self._dry = passes, RangeSet(), False

    def hold(self, lo: int, hi: int) -> None:
        """These are dealt with elsewhere: not to be read again on this connection."""
        self._held.add(lo, hi)

    def take(self, frame: Frame, room: int) -> Parcel | None:
        """The next message of at most `room` bytes, None when there is nothing to send now."""
        if frame.mono_ns < self._paused_until:
            return None
        self._read(frame)
        while self._pending:
            first = self._pending[0]
            records = self._run(frame, room) if self.stream == "track" else [first]
            if not records:
                return None
            payload = self._batch(records, frame) if self.stream == "track" else message(first, frame)
            for _ in records:
                self._pending.popleft()
            if len(payload) <= room:
                return Parcel(self.stream, first.seq, records[-1].seq, self.topic, payload)
            self._skip(self.stream, first.seq, records[-1].seq, "dead")
            self._read(frame)
        return None

    def _batch(self, records: list[Record], frame: Frame) -> bytes:
        """A batch in the sink's format; what a compact one can't hold goes as JSON."""
        if self._sink.track_format == "compact":
            try:
                return compact(records, frame)
            except TrackFormatError as e:
                log.warning("track/%d to %d goes as JSON: %s", records[0].seq, records[-1].seq, e)
        return track_batch(records, frame)

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
        for record in self._pending:
            self._held.discard(record.seq, record.seq)
        self._held.discard(lo, hi)
        self._pending.clear()
        self._dry = False
        if now >= self._paused_until:  # what was in flight beside it is refused as well, and counts once
            wait_s = min(self._sink.retry_cap_s, self._sink.retry_first_s * 2 ** min(self._pauses, 16))
            self._pauses += 1
            self._paused_until = now + round(wait_s * SECOND)
        self.refused = reason

    def due(self, now: int) -> int | None:
        """CLOCK_BOOTTIME ns at which there is something to send without a wake, None if not known."""
        if self._pending and self.stream == "track":
            ripe = self._pending[0].mono_ns + round(self._sink.track_every_s * SECOND)
            return max(self._paused_until, ripe)
        return self._paused_until if self._paused_until > now else None

    def _read(self, frame: Frame) -> None:
        wanted = self._sink.track_batch if self.stream == "track" else 1
        while len(self._pending) < wanted and not self._dry:
            records = self._journal.window(self._sink.name, self.stream, _READ, self._held)
            self._dry = len(records) < _READ
            mine = [r for r in records if r.audience in (None, self._sink.name)]
            self._filter([r.seq for r in records if r.audience not in (None, self._sink.name)])
            self._held.merge(RangeSet((r.seq, r.seq) for r in mine))
            for record in mine:
                self._learn(record, frame)
            self._pending.extend(r for r in mine if self._passes(r))
            self._give_up_damaged()

    def _passes(self, record: Record) -> bool:
        if self._sieve is None or self._sieve(record):
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

    def _run(self, frame: Frame, room: int) -> list[Record]:
        """Contiguous fixes of one boot, once they fill a message, cannot grow, or have waited enough."""
        run = [self._pending[0]]
        size = _HEAD_BYTES + len(run[0].payload) + _FIX_BYTES
        for before, record in pairwise(self._pending):
            size += len(record.payload) + _FIX_BYTES
            if record.seq != before.seq + 1 or record.boot != before.boot or size > room:
                return run
            if len(run) == self._sink.track_batch:
                return run
            run.append(record)
        full = len(run) >= self._sink.track_batch
        waited = frame.mono_ns - run[0].mono_ns
        old = run[0].boot != frame.boot or waited >= self._sink.track_every_s * SECOND
        return run if full or old else []
