"""What thinning and the track policy see of a journalled fix. Pure."""

from datetime import UTC, datetime, timedelta

import msgspec

from buffer.records import Record
from buffer.thinning import Point

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Said(msgspec.Struct):
    """The part of a track record's payload that matters here, as agent.records.fix_data makes it."""

    utc: datetime | None = None
    mode: str = "none"
    lat: float | None = None
    lon: float | None = None
    speed: float | None = None
    unfit: tuple[str, ...] = ()


def point(record: Record) -> Point:
    """The point of a track record; one that is not understood is of a kind of its own."""
    return sight(record)[0]


def sight(record: Record) -> tuple[Point, float | None]:
    """The point of a track record and its speed (m/s)."""
    try:
        said = msgspec.json.decode(record.payload, type=_Said)
    except msgspec.MsgspecError:
        return Point(record.seq, record.mono_ns, f"unread {record.seq}"), None
    kind = " ".join((said.mode, *said.unfit))
    utc_ms = None if said.utc is None else (said.utc - _EPOCH) // timedelta(milliseconds=1)
    return Point(record.seq, record.mono_ns, kind, said.lat, said.lon, utc_ms), said.speed
