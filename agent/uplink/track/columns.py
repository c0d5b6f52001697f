"""The columns of a batch, in their order, and what they have in common: names and the cosine. Pure.

columns = cosine names utc mode arrival quality satellites name lat lon alt speed course hdop accuracy
cosine  = u16: see agent.uplink.track.guess
names   = LEB128 count, each as LEB128 length and UTF-8; `name` is a place in them
"""

from collections.abc import Sequence
from typing import Any

from agent.uplink.track import units
from agent.uplink.track.bits import Bytes, leb128
from agent.uplink.track.column import Guess, read_column, write_column
from agent.uplink.track.errors import TrackFormatError
from agent.uplink.track.fix import Origin, TrackFix
from agent.uplink.track.guess import Way, cosine, course, each, speed, ways

MODES = ("none", "2d", "3d")
STEP_MS = 250
"""Arrival is kept in these steps: it tells of delays, and the fix has its own time."""
_BETWEEN, _HALVES = "\x1f", "\x1e"  # between names; between what is inferred and why it is unfit
_MEASURED: dict[str, units.Units] = {
    "lat": units.DEGREES,
    "lon": units.DEGREES,
    "alt": units.HEIGHT,
    "speed": units.SPEED,
    "course": units.COURSE,
    "hdop": units.DILUTION,
    "accuracy": units.ACCURACY,
}
_GUESSED = {"speed": (speed, 0), "course": (course, 360)}  # and where it begins anew
_POSITION = 1e7
Whole = list[int | None]


def write_columns(origin: Origin, fixes: Sequence[TrackFix]) -> bytes:
    """All columns of fixes whose modes are MODES."""
    base, names = origin.utc_ms or 0, sorted({_name(fix) for fix in fixes} - {_HALVES})
    utc: Whole = [None if fix.utc_ms is None else fix.utc_ms - base for fix in fixes]
    whole: list[Whole] = [
        utc,
        [MODES.index(fix.mode) for fix in fixes],
        [round((f.mono_ms - origin.mono_ms - (ms or 0)) / STEP_MS) for f, ms in zip(fixes, utc, strict=True)],
        [fix.quality for fix in fixes],
        [fix.satellites for fix in fixes],
        [None if (name := _name(fix)) == _HALVES else names.index(name) for fix in fixes],
    ]
    cos = cosine(next((fix.lat for fix in fixes if fix.lat is not None), None))
    gone = _ways([fix.lat for fix in fixes], [fix.lon for fix in fixes], utc, cos)
    parts = [cos.to_bytes(2, "big"), _table(names), *(write_column(column) for column in whole)]
    for field, of in _MEASURED.items():
        multiples, unit = units.chosen([getattr(fix, field) for fix in fixes], of)
        parts.append(write_column(multiples, unit, _guess(field, gone)))
    return b"".join(parts)


def read_columns(source: Bytes, origin: Origin, seqs: Sequence[int]) -> list[TrackFix]:
    """The fixes of these seqs; raises TrackFormatError."""
    cos, count = int.from_bytes(source.take(2), "big"), len(seqs)
    names = [source.take(source.number()).decode() for _ in range(source.number())]
    utc, mode, arrival, quality, satellites, name = (read_column(source, count)[0] for _ in range(6))
    columns: dict[str, Sequence[Any]] = {
        "seq": seqs,
        "mono_ms": [
            origin.mono_ms + STEP_MS * _there(n) + (ms or 0) for n, ms in zip(arrival, utc, strict=True)
        ],
        "utc_ms": [None if ms is None else ms + (origin.utc_ms or 0) for ms in utc],
        "mode": [_of(MODES, n) for n in mode],
        "quality": quality,
        "satellites": satellites,
        "inferred": [() if n is None else _half(_of(names, n), 0) for n in name],
        "unfit": [() if n is None else _half(_of(names, n), 1) for n in name],
        **_read_measured(source, count, utc, cos),
    }
    rows = zip(*columns.values(), strict=True)
    return [TrackFix(**dict(zip(columns, row, strict=True))) for row in rows]


def _read_measured(source: Bytes, count: int, utc: Whole, cos: int) -> dict[str, list[float | None]]:
    found: dict[str, list[float | None]] = {}
    gone: list[Way] = []
    for field, of in _MEASURED.items():
        multiples, unit = read_column(source, count, _guess(field, gone))
        found[field] = units.values(multiples, of, unit)
        if field == "lon":
            gone = _ways(found["lat"], found["lon"], utc, cos)
    return found


def _ways(lat: Sequence[float | None], lon: Sequence[float | None], utc: Whole, cos: int) -> list[Way]:
    moments = [
        None if y is None or x is None or ms is None else (round(y * _POSITION), round(x * _POSITION), ms)
        for y, x, ms in zip(lat, lon, utc, strict=True)
    ]
    return ways(moments, cos)


def _guess(field: str, gone: Sequence[Way]) -> Guess | None:
    """How a field is guessed, if it is."""
    if field not in _GUESSED:
        return None
    of, around = _GUESSED[field]

    def guess(number: int) -> tuple[list[int], int]:
        unit = units.known(_MEASURED[field], number)
        return each(gone, of, unit), around * 10**unit.decimals // unit.over

    return guess


def _name(fix: TrackFix) -> str:
    return _BETWEEN.join(fix.inferred) + _HALVES + _BETWEEN.join(fix.unfit)


def _half(name: str, which: int) -> tuple[str, ...]:
    text = name.partition(_HALVES)[2 * which]
    return tuple(text.split(_BETWEEN)) if text else ()


def _table(names: Sequence[str]) -> bytes:
    texts = [name.encode() for name in names]
    return leb128(len(texts)) + b"".join(leb128(len(text)) + text for text in texts)


def _there(value: int | None) -> int:
    if value is None:
        raise TrackFormatError("a fix has no arrival")
    return value


def _of(known: Sequence[str], place: int | None) -> str:
    if place is None or not 0 <= place < len(known):
        raise TrackFormatError("a fix has an unknown mode or name")
    return known[place]
