"""From journal records to rows of an export, in the order of its columns. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from agent.uplink.track.fix import Said
from buffer.records import Record

Row = tuple[Any, ...]
TimeOf = Callable[[str, int], int | None]
"""UTC ns of a moment: the boot's id or the head of it, CLOCK_BOOTTIME ns; None when not known."""
_HEAD = 8


class _Fix(Said):
    """The payload of a track record."""

    utc: datetime | None = None


class Origin(msgspec.Struct, frozen=True):
    """Whose records they are; `time_of` dates moments of its boots."""

    vehicle: str
    generation: str
    time_of: TimeOf


def track_row(record: Record, utc_ns: int | None, origin: Origin) -> Row:
    """A fix, in the order of columns.TRACK; raises msgspec.MsgspecError for what is none."""
    fix = msgspec.json.decode(record.payload, type=_Fix)
    return (
        *_place(record, utc_ns, origin),
        None if fix.utc is None else round(fix.utc.timestamp() * 1000) * 1000,
        *(fix.mode, fix.lat, fix.lon, fix.alt, fix.speed, fix.course),
        *(fix.quality, fix.satellites, fix.hdop, fix.accuracy),
        *(",".join(fix.inferred), ",".join(fix.unfit)),
    )


def record_row(record: Record, utc_ns: int | None, origin: Origin) -> Row:
    """Any other record, in the order of columns.RECORD; raises msgspec.MsgspecError for what is none."""
    data = msgspec.json.decode(record.payload, type=dict[str, Any])
    about = _emptied(data) if record.stream == "trip" else data
    place, zone = _part(about, "place"), _part(about, "zone")
    since, until = _integer(about.get("since_us")), _integer(about.get("until_us"))
    boot = _text(about.get("boot")) or record.boot
    here = boot[:_HEAD] == record.boot[:_HEAD]

    def moment(us: int | None) -> int | None:
        if us is None:
            return None
        if here and utc_ns is not None:
            return (utc_ns - record.mono_ns) // 1000 + us
        return _us(origin.time_of(boot, us * 1000))

    return (
        *_place(record, utc_ns, origin),
        *(record.type, record.subject, _text(data.get("severity"))),
        *(_number(place.get("lat")), _number(place.get("lon"))),
        *(_text(zone.get("id")), _text(zone.get("role"))),
        *((since, until) if here else (None, None)),
        *(moment(since), moment(until)),
        _text(data.get("reason")),
        *_load(record.type, data),
        *(_integer(data.get("version")), _text(data.get("verdict"))),
        record.payload.decode(),
    )


def _place(record: Record, utc_ns: int | None, origin: Origin) -> Row:
    where = (origin.vehicle, origin.generation, record.stream, record.seq, record.boot)
    return (*where, record.mono_ns // 1000, _us(utc_ns), record.clock)


def _emptied(trip: dict[str, Any]) -> dict[str, Any]:
    """Where and when a trip ended, in the words of an event."""
    turn = _part(trip, "emptied")
    at = _part(turn, "at")
    return {"place": turn.get("place"), "zone": turn.get("site"), "since_us": at.get("at_us")} | at


def _load(kind: str, data: dict[str, Any]) -> Row:
    """change, load_from, load, load_seen."""
    if kind == "load.changed":
        after = _text(data.get("to"))
        return _text(data.get("kind")), _text(data.get("from")), after, after
    if kind == "health.report":
        load = _part(data, "load")
        return None, None, _text(load.get("lasting")), _text(load.get("state"))
    return None, None, None, None


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _us(ns: int | None) -> int | None:
    return None if ns is None else ns // 1000
