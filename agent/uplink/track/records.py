"""From track records of the journal to a compact batch. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from agent.uplink.envelope import TRUSTED, Frame
from agent.uplink.track.batch import encode
from agent.uplink.track.errors import TrackFormatError
from agent.uplink.track.fix import Origin, Said, TrackFix
from buffer.records import Record

_MS = 1_000_000  # ns
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Payload(Said):
    """The payload of a track record, as agent.records.fix_data makes it."""

    utc: datetime | None = None


def compact(records: Sequence[Record], frame: Frame, start: int | None = None) -> bytes:
    """The batch of track records of one boot; raises TrackFormatError for what a batch can't hold.

    It speaks of all seqs from `start`, or that of the first record: those without a record are left out.
    """
    try:
        return encode(_origin(records[0], frame), [_fix(record) for record in records], start)
    except (msgspec.MsgspecError, ValueError) as e:
        raise TrackFormatError(str(e)) from e


def compact_live(payload: bytes, frame: Frame, utc_ns: int | None, clock: str) -> bytes:
    """The newest fix as a batch of its own; it is in no stream yet, so its seq is 0.

    `utc_ns` is the time at the frame's moment and `clock` where it is from. Raises TrackFormatError.
    """
    utc_ms = None if utc_ns is None else utc_ns // _MS
    try:
        origin = Origin(frame.generation, frame.boot, frame.mono_ns // _MS, utc_ms, clock)
        return encode(origin, [_read(0, frame.mono_ns, payload)])
    except (msgspec.MsgspecError, ValueError) as e:
        raise TrackFormatError(str(e)) from e


def _origin(first: Record, frame: Frame) -> Origin:
    """The moment of the first record: as written if the clock was good, else by the boot's anchor."""
    utc_ns, clock, anchor = first.utc_ns, first.clock, frame.anchors.get(first.boot)
    if clock not in TRUSTED and anchor:
        utc_ns, clock = anchor[0] + first.mono_ns - anchor[1], "anchored"
    utc_ms = None if utc_ns is None else utc_ns // _MS
    return Origin(frame.generation, first.boot, first.mono_ns // _MS, utc_ms, clock)


def _fix(record: Record) -> TrackFix:
    return _read(record.seq, record.mono_ns, record.payload)


def _read(seq: int, mono_ns: int, payload: bytes) -> TrackFix:
    said = msgspec.json.decode(payload, type=_Payload)
    utc_ms = None if said.utc is None else (said.utc - _EPOCH) // timedelta(milliseconds=1)
    return said.at(seq, mono_ns // _MS, utc_ms)
