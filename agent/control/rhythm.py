"""The pace that a platform asked for, over restarts and boots."""

import logging

import msgspec

from agent.uplink.ear import Rhythm
from buffer.notes import Notes
from drivers.clock import Clock, Stamp

log = logging.getLogger(__name__)
_KEY = "rhythm/"


class _Kept(msgspec.Struct, frozen=True):
    """A rhythm, and until when by both clocks: its `until_ns` is of `boot`."""

    rhythm: Rhythm
    boot: str
    until_utc_ns: int | None


class Rhythms:
    """Of all sinks; kept in the journal's notes."""

    def __init__(self, notes: Notes, clock: Clock) -> None:
        self._notes, self._clock = notes, clock

    def keep(self, sink: str, rhythm: Rhythm) -> None:
        """On disk with the journal's next commit."""
        now = self._clock.stamp()
        utc_ns = None if now.utc_ns is None else now.utc_ns + rhythm.until_ns - now.mono_ns
        kept = _Kept(rhythm, now.boot, utc_ns)
        self._notes.put(_KEY + sink, msgspec.json.encode(kept).decode())

    def known(self, sink: str) -> Rhythm | None:
        """What still holds; after a boot whose clock is not set yet, nothing."""
        text = self._notes.under(_KEY).get(sink)
        if text is None:
            return None
        try:
            kept = msgspec.json.decode(text, type=_Kept)
        except msgspec.MsgspecError as e:
            log.warning("sink %s: the pace asked for cannot be read (%s); it is as configured", sink, e)
            return None
        now = self._clock.stamp()
        left_ns = _left_ns(kept, now)
        if left_ns is None or left_ns <= 0:
            return None
        return msgspec.structs.replace(kept.rhythm, until_ns=now.mono_ns + left_ns)


def _left_ns(kept: _Kept, now: Stamp) -> int | None:
    if kept.boot == now.boot:
        return kept.rhythm.until_ns - now.mono_ns
    if kept.until_utc_ns is None or now.utc_ns is None:
        return None
    return kept.until_utc_ns - now.utc_ns
