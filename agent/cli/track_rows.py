"""The JSON forms of a batch's fixes: the fields of `gnss decode`, and all of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from agent.errors import TrackError
from agent.uplink.track.fix import Origin, Said, TrackFix

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class _Line(Said):
    """A line of `gnss decode`, `track decode` or `track decode --all`; other fields are left aside."""

    time: datetime | None = None
    seq: int | None = None
    monoms: int | None = None


def fix_of(line: bytes, place: int, file: str) -> TrackFix:
    """The fix of a JSON line, the `place`-th of `file`; raises TrackError."""
    try:
        found = msgspec.json.decode(line, type=_Line)
    except msgspec.MsgspecError as e:
        raise TrackError(
            f"no fix ({e})", where=f"{file}:{place}", remedy="give JSON lines as gnss decode prints them"
        ) from e
    utc_ms = None if found.time is None else (found.time - _EPOCH) // _MS
    return found.at(found.seq or place, _arrival(found, utc_ms, place), utc_ms)


def _arrival(line: _Line, utc_ms: int | None, place: int) -> int:
    """Where a line doesn't say when it arrived: its epoch, or one second after the other."""
    return line.monoms if line.monoms is not None else utc_ms if utc_ms is not None else 1000 * place


def row(fix: TrackFix) -> dict[str, Any]:
    """The fields of `gnss decode`."""
    return {
        "time": _time(fix.utc_ms),
        "lat": fix.lat,
        "lon": fix.lon,
        "alt": fix.alt,
        "speed": fix.speed,
        "course": fix.course,
        "mode": fix.mode,
        "satellites": fix.satellites,
        "hdop": fix.hdop,
    }


def full_row(fix: TrackFix) -> dict[str, Any]:
    """All of a fix; `monoms` is the boot's clock at its arrival, ms."""
    rest = {name: getattr(fix, name) for name in ("quality", "accuracy", "inferred", "unfit")}
    return {"seq": fix.seq, "monoms": fix.mono_ms} | row(fix) | rest


def head_row(origin: Origin, fixes: list[TrackFix], first: int) -> dict[str, Any]:
    """Whose the fixes are: `time` and `monoms` are one moment of the boot, `clock` where its time is from.

    `first` is the seq at which the batch begins, `omitted` how many it leaves out.
    """
    return {
        "generation": origin.generation,
        "from": first,
        "to": fixes[-1].seq,
        "omitted": fixes[-1].seq - first + 1 - len(fixes),
        "boot": origin.boot,
        "monoms": origin.mono_ms,
        "time": _time(origin.utc_ms),
        "clock": origin.clock,
    }


def _time(utc_ms: int | None) -> str | None:
    if utc_ms is None:
        return None
    try:
        return (_EPOCH + utc_ms * _MS).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        return None
