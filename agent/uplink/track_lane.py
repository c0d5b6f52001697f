"""The stream of fixes on its way to one sink: batches that say which seqs they leave out."""

import logging
from collections import deque
from collections.abc import Callable
from itertools import pairwise

import msgspec

from agent.config import Sink
from agent.track_points import sight
from agent.uplink.envelope import SECOND, Frame, track_batch
from agent.uplink.lane import Lane, Parcel
from agent.uplink.topics import Addresses
from agent.uplink.track.errors import TrackFormatError
from agent.uplink.track.records import compact
from agent.uplink.track.sieve import Limits, Sieve
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import Record

log = logging.getLogger(__name__)
_FIX_BYTES = 130  # what a batch adds to a fix's payload, at most
_QUIET_NS = 15 * SECOND  # longer than the longest group commit
_HEAD_BYTES = 1024  # what an envelope adds to its data, at most


class Leg(msgspec.Struct, frozen=True):
    """A fix to send, which speaks for all seqs from `lo` to its own: the others will not come."""

    lo: int
    record: Record

    @property
    def seq(self) -> int:
        """The seq of the fix."""
        return self.record.seq


class TrackLane(Lane):
    """A lane that sends batches of fixes."""

    def __init__(
        self, journal: Journal, sink: Sink, topics: Addresses, skip: Callable[[str, int, int, str], None]
    ) -> None:
        super().__init__(journal, sink, "track", topics, skip)
        self._legs: deque[Leg] = deque()
        self._undecided: list[Leg] = []  # since the last that goes
        self._sieve = Sieve(Limits(error_m=sink.track_error_m)) if sink.track_policy == "adaptive" else None
        self._newest = ("", 0, 0)  # boot, mono_ns and seq of the last one that the sieve saw

    @property
    def _waiting(self) -> int:
        return len(self._legs)

    @property
    def _wanted(self) -> int:
        return self._sink.track_batch

    def forget(self) -> None:
        """Nothing is in flight any more: read all that is unsettled again."""
        super().forget()
        self._legs.clear()
        self._begin_anew()

    def due(self, now: int) -> int | None:
        """CLOCK_BOOTTIME ns at which there is something to send without a wake, None if not known."""
        if not self._legs:
            return super().due(now)
        return max(self._paused_until, self._legs[0].record.mono_ns + self._every_ns)

    @property
    def _every_ns(self) -> int:
        return round(self.every_s * SECOND)

    def _put_back(self) -> None:
        for leg in (*self._legs, *self._undecided):
            self._held.discard(leg.lo, leg.seq)
        self._legs.clear()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._undecided, self._newest = [], ("", 0, 0)
        if self._sieve:
            self._sieve.restart()

    def _keep(self, records: list[Record]) -> None:
        legs = self._legs_of(records)
        if self._sieve is None:
            self._legs.extend(legs)
        elif legs:
            events = self._journal.moments("event", self.stream, legs[0].seq, legs[-1].seq)
            for leg in legs:
                self._sift(leg, self._sieve, events)

    def _sift(self, leg: Leg, sieve: Sieve, events: list[tuple[str, int]]) -> None:
        """Let the policy decide; `events` are (boot, mono_ns)."""
        boot, at = leg.record.boot, leg.record.mono_ns
        if (boot, leg.lo) != (self._newest[0], self._newest[2] + 1):
            self._pass_on(go=sieve.flush())
            sieve.restart()
            self._newest = boot, at, leg.lo - 1
        since = self._newest[1]
        event = any(b == boot and since < ns <= at for b, ns in events)
        last, this = sieve.push(*sight(leg.record), event=event)
        self._pass_on(go=last)
        self._undecided.append(leg)
        self._pass_on(go=this)
        self._newest = boot, at, leg.seq

    def _pass_on(self, *, go: bool) -> None:
        """The newest of the undecided goes, for all of them."""
        if go and self._undecided:
            self._legs.append(Leg(self._undecided[0].lo, self._undecided[-1].record))
            self._undecided = []

    def _give_last(self, frame: Frame, sieve: Sieve) -> None:
        """When nothing follows, the last fix goes, so that a platform knows where the gap begins."""
        newest = sieve.newest_ns
        if newest is not None and (self._newest[0] != frame.boot or frame.mono_ns - newest > _QUIET_NS):
            self._pass_on(go=sieve.flush())

    def _read(self, frame: Frame) -> None:
        before = self._dry
        super()._read(frame)
        if self._dry and self._sieve:
            self._give_last(frame, self._sieve)
        if self._dry and not before:
            self._give_up_left_out()

    def _give_up_left_out(self) -> None:
        """When all is read, what is left between seqs that went or are held is not there.

        It was left out at the end of what this sink lacked, where no batch that follows can say so.
        """
        known = self._known()
        holes = RangeSet(known.missing(1, known.below(1 << 62)))
        if holes:
            for lo, hi in holes.intersection(self._journal.thinned(self.stream)):
                self._skip(self.stream, lo, hi, "thinned")

    def _known(self) -> RangeSet:
        """Seqs that need not be read any more."""
        known = self._journal.settled(self._sink.name, self.stream)
        known.merge(self._held)
        for stream, seq in self._journal.damaged:
            if stream == self.stream:
                known.add(seq, seq)
        return known

    def _legs_of(self, records: list[Record]) -> list[Leg]:
        """The records with the seqs before them that thinning left out, which are then held as well."""
        known = self._known()
        thinned: RangeSet | None = None
        legs: list[Leg] = []
        for record in records:
            lo = record.seq
            if lo > 1 and lo - 1 not in known:
                thinned = self._journal.thinned(self.stream) if thinned is None else thinned
                around = thinned.around(lo - 1)
                lo = max(known.below(lo) + 1, around[0]) if around else lo
            known.add(lo, record.seq)
            self._held.add(lo, record.seq)
            legs.append(Leg(lo, record))
        return legs

    def _next(self, frame: Frame, room: int) -> Parcel | None:
        legs = self._run(frame, room)
        if not legs:
            return None
        payload = self._batch([leg.record for leg in legs], frame, legs[0].lo)
        for _ in legs:
            self._legs.popleft()
        return Parcel(self.stream, legs[0].lo, legs[-1].seq, self._topics.of(legs[0].record), payload)

    def _batch(self, records: list[Record], frame: Frame, start: int) -> bytes:
        """A batch in the sink's format; what a compact one can't hold goes as JSON."""
        if self._sink.track_format == "compact":
            try:
                return compact(records, frame, start)
            except TrackFormatError as e:
                log.warning("track/%d to %d goes as JSON: %s", start, records[-1].seq, e)
        return track_batch(records, frame, start)

    def _run(self, frame: Frame, room: int) -> list[Leg]:
        """Fixes of one boot without a gap, once they fill a message, cannot grow, or have waited enough."""
        if not self._legs:
            return []
        run = [self._legs[0]]
        size = _HEAD_BYTES + len(run[0].record.payload) + _FIX_BYTES
        for before, leg in pairwise(self._legs):
            size += len(leg.record.payload) + _FIX_BYTES
            if leg.lo != before.seq + 1 or leg.record.boot != before.record.boot or size > room:
                return run
            if len(run) == self._sink.track_batch:
                return run
            run.append(leg)
        first = run[0].record
        full = len(run) >= self._sink.track_batch
        old = first.boot != frame.boot or frame.mono_ns - first.mono_ns >= self._every_ns
        return run if full or old else []
