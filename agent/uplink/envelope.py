"""From a journal record to the bytes of a message: CloudEvents 1.0 in its JSON format. Pure.

The record's payload is put into `data` as it lies in the journal, byte for byte: the envelope is written
around it. Attribute names follow the CloudEvents rule (lower-case letters and digits only).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from buffer.records import Record

SECOND = 1_000_000_000
HISTORICAL_NS = 60 * SECOND
"""A record of an earlier boot, or older than this when it is sent, is `historical`: backlog, not news."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TRUSTED = ("gnss", "ntp")
"""Clock origins that are at least as good as an anchor of the boot."""
Anchor = tuple[int, int]
"""UTC ns and CLOCK_BOOTTIME ns of one moment of a boot."""


class Frame(msgspec.Struct, frozen=True):
    """What is the same for all messages sent at one moment of one journal.

    `boot` and `mono_ns` are the sending moment; `anchors` maps boot ids to their anchor, as far as known.
    """

    source: str
    generation: str
    boot: str
    mono_ns: int
    anchors: dict[str, Anchor]


class _Severe(msgspec.Struct):
    severity: str = "info"


def message(record: Record, frame: Frame, more: dict[str, object] | None = None) -> bytes:
    """The message of one record, with `more` attributes."""
    head = _head(record, frame, record.type, record.subject)
    own = {"severity": _severity(record.payload)}
    return _object(head | own | (more or {}), record.payload)


def track_batch(records: Sequence[Record], frame: Frame, start: int | None = None) -> bytes:
    """One message for track records of one boot; the first names it.

    `data.fixes` holds each record's payload with its `seq`, `monons` and `time` in front. `data` speaks of
    all seqs from `from`, which is `start` or that of the first record, to `to`; `omitted` are those that this
    sink will not get, as [lo, hi] each.
    """
    first, last = records[0], records[-1]
    head = _head(first, frame, "track.batch", first.subject)
    head["historical"] = _historical(last, frame)
    begin = first.seq if start is None else start
    ends = pairwise([begin - 1, *(record.seq for record in records)])
    omitted = [(a + 1, b - 1) for a, b in ends if b > a + 1]
    span = {"from": begin, "to": last.seq, "crs": "EPSG:4326", "omitted": omitted}
    fixes = b",".join(_fix(r, frame) for r in records)
    data = msgspec.json.encode(span)[:-1] + b',"fixes":[' + fixes + b"]}"
    return _object(head | {"severity": "info"}, data)


def live(payload: bytes, number: str, frame: Frame, utc_ns: int | None) -> bytes:
    """The volatile copy of the newest fix; it is in no stream, so it has no seq and settles nothing."""
    head = {
        "specversion": "1.0",
        "id": f"{frame.generation}/live/{number}",
        "source": frame.source,
        "type": "track.live",
        **({} if utc_ns is None else {"time": rfc3339(utc_ns)}),
        "datacontenttype": "application/json",
        "boot": frame.boot,
        "monons": frame.mono_ns,
    }
    return _object(head, payload)


def rfc3339(utc_ns: int) -> str:
    """UTC ns as RFC 3339 with microseconds, e.g. 2026-11-24T06:28:53.000000Z."""
    moment = _EPOCH + timedelta(microseconds=utc_ns // 1000)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def time_of(record: Record, anchors: dict[str, Anchor]) -> str | None:
    """When it happened: as written if the clock was good then, else by the boot's anchor, else as written."""
    derived = _derived(record, anchors)
    return derived or (None if record.utc_ns is None else rfc3339(record.utc_ns))


def _derived(record: Record, anchors: dict[str, Anchor]) -> str | None:
    """The time by the boot's anchor, where the clock was not good and there is an anchor."""
    anchor = None if record.clock in TRUSTED else anchors.get(record.boot)
    return rfc3339(anchor[0] + record.mono_ns - anchor[1]) if anchor else None


def _head(record: Record, frame: Frame, kind: str, subject: str) -> dict[str, object]:
    written = None if record.utc_ns is None else rfc3339(record.utc_ns)
    time = _derived(record, frame.anchors) or written
    return {
        "specversion": "1.0",
        "id": f"{frame.generation}/{record.stream}/{record.seq}",
        "source": frame.source,
        "type": kind,
        **({"time": time} if time else {}),
        **({"subject": subject} if subject else {}),  # CloudEvents has no empty subject
        "datacontenttype": "application/json",
        "generation": frame.generation,
        "stream": record.stream,
        "seq": record.seq,
        "boot": record.boot,
        "monons": record.mono_ns,
        "clock": record.clock,
        "historical": _historical(record, frame),
        "recordedtime": written,
    }


def _fix(record: Record, frame: Frame) -> bytes:
    own = {"seq": record.seq, "monons": record.mono_ns, "time": time_of(record, frame.anchors)}
    inside = record.payload[1:] if record.payload != b"{}" else b"}"
    return msgspec.json.encode(own)[:-1] + (b"" if inside == b"}" else b",") + inside


def _historical(record: Record, frame: Frame) -> bool:
    return record.boot != frame.boot or frame.mono_ns - record.mono_ns > HISTORICAL_NS


def _severity(payload: bytes) -> str:
    try:
        return msgspec.json.decode(payload, type=_Severe).severity
    except msgspec.MsgspecError:  # data is not an object, or its severity is none of ours
        return "info"


def _object(head: dict[str, object], data: bytes) -> bytes:
    return msgspec.json.encode(head)[:-1] + b',"data":' + data + b"}"
