"""From observations to segments in the ring: when one begins, what it begins with, when it ends."""

import logging
from pathlib import Path
from typing import BinaryIO

import msgspec

from agent.errors import FlightError
from agent.flight.ring import Ring
from agent.flight.segment import SegmentFile, pieces
from agent.flight.setup import Setup, Taken
from agent.flight.tape import FORMAT, Began, Closing, Ended, Held, Opening, Same, Seen, held
from agent.model import Observation, Settings
from agent.rules.state import STATE_VERSION
from drivers.clock import Clock

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_SEGMENT_NS = 1800 * SECOND
_SYNC_NS = 10 * SECOND
_TIDY_NS = 600 * SECOND
_TRUSTED = ("gnss", "ntp")


class _Open(msgspec.Struct):
    """The segment that is being written."""

    path: Path
    file: BinaryIO
    segment: SegmentFile
    digest: str | None
    began_ns: int
    last_ns: int
    synced_ns: int
    count: int = 0


class RingWriter:
    """Writes one segment after another, the first for the reason `began`, after `missing` observations.

    Raises OSError; then `abandon` it.
    """

    def __init__(self, setup: Setup, clock: Clock, began: Began, missing: int) -> None:
        self._setup, self._clock, self.ring = setup, clock, Ring(setup.folder)
        self._next, self._hole = began, missing
        self._open: _Open | None = None
        self._held: tuple[Settings, Held] | None = None
        self._tidied = clock.mono_ns()

    def clear_up(self) -> None:
        """After a start: what an earlier run left without an end gets its duration."""
        for stored in self.ring.segments():
            if stored.seconds is None:
                self.ring.ended(stored.path, _lasted_s(stored.path))
        self.tidy()

    def write(self, taken: Taken) -> None:
        """Add an observation to its segment."""
        if taken.lost:
            self.leave_out(taken.lost, "lost")
        now = self._open or self._begin(taken)
        now.segment.write(self._piece(taken.seen, now.digest))
        now.count += 1
        now.last_ns = taken.seen.mono_ns
        if not taken.on:
            self.end("off duty")
            self._next = "on duty"

    def flush(self) -> None:
        """Let go what was written; have it on the card now and then; end a segment that is long."""
        now, at = self._open, self._clock.mono_ns()
        if at - self._tidied >= _TIDY_NS:
            self.tidy()
        if now is None:
            return
        now.segment.flush()
        if at - now.synced_ns >= _SYNC_NS:
            now.segment.sync()
            now.synced_ns = at
        long = now.last_ns - now.began_ns >= _SEGMENT_NS
        if long or now.segment.bytes >= self._setup.limits.max_bytes // 8:
            self.end("continued")

    def end(self, why: Ended) -> None:
        """The segment is over, if one is open."""
        now, self._open = self._open, None
        if now is None:
            return
        stamp = self._clock.stamp(now.last_ns)
        with now.file:
            now.segment.write(Closing(why, now.last_ns, stamp.utc_ns, now.count))
            now.segment.finish()
            now.segment.sync()
        self.ring.ended(now.path, (now.last_ns - now.began_ns) / SECOND)
        self.tidy()

    def leave_out(self, count: int, why: Ended) -> None:
        """So many observations are missing; what comes next begins a segment."""
        self._hole += count
        self.end(why)
        self._next = "lost"

    def abandon(self) -> None:
        """The segment, if one is open, stays as it is."""
        now, self._open = self._open, None
        if now is not None:
            now.file.close()

    def tidy(self) -> None:
        """Let go what is too much or too old."""
        self._tidied = self._clock.mono_ns()
        stamp = self._clock.stamp()
        utc_ns = stamp.utc_ns if stamp.origin in _TRUSTED else None
        oldest = None if utc_ns is None else utc_ns - self._setup.keep_ns
        self.ring.prune(self._setup.limits, oldest, None if self._open is None else self._open.path)

    def _piece(self, seen: Observation, digest: str | None) -> Seen | Same:
        if isinstance(seen, Settings) and self._digested(seen).digest == digest:
            return Same(seen.mono_ns, seen.boot)
        return Seen(seen)

    def _begin(self, taken: Taken) -> _Open:
        settings = taken.before.settings
        digest = None if settings is None else self._keep(settings)
        number, path, file = self.ring.create(digest)
        at = taken.seen.mono_ns
        self._open = _Open(path, file, SegmentFile(file), digest, at, at, at)
        self._open.segment.write(self._opening(taken, digest, number))
        log.debug("recording: %s begins (%s)", path.name, self._next)
        self._next, self._hole = "continued", 0
        return self._open

    def _opening(self, taken: Taken, digest: str | None, number: int) -> Opening:
        setup, settings = self._setup, taken.before.settings
        bare = msgspec.structs.replace(taken.before, settings=None)
        return Opening(
            format=FORMAT,
            version=setup.version,
            rules=setup.rules,
            machine=setup.machine,
            unit=setup.unit,
            boot=self._clock.boot,
            run=setup.run,
            number=number,
            began=self._next,
            lost=self._hole,
            mono_ns=taken.seen.mono_ns,
            utc_ns=self._clock.stamp(taken.seen.mono_ns).utc_ns,
            settings=digest,
            settings_at=None if settings is None else (settings.mono_ns, settings.boot),
            state_version=STATE_VERSION,
            state=msgspec.Raw(msgspec.msgpack.encode(bare)),
        )

    def _digested(self, settings: Settings) -> Held:
        """Under its digest, which takes its time for thousands of zones."""
        if self._held is None or self._held[0] is not settings:
            self._held = (settings, held(settings))
        return self._held[1]

    def _keep(self, settings: Settings) -> str:
        """Have settings in the ring."""
        found = self._digested(settings)
        if found.digest not in self.ring.settings():
            path, file = self.ring.create_settings(found.digest)
            with file:
                segment = SegmentFile(file)
                segment.write(found)
                segment.finish()
                segment.sync()
            path.rename(path.with_suffix(".zst"))
        return found.digest


def _lasted_s(path: Path) -> float:
    """How long a segment without an end is."""
    try:
        read = list(pieces(path))
    except FlightError:
        return 0.0
    at = [piece.mono_ns for piece in read if isinstance(piece, Opening)]
    at += [piece.observation.mono_ns for piece in read if isinstance(piece, Seen)]
    return (at[-1] - at[0]) / SECOND if at else 0.0
