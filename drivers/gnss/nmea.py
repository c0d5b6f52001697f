"""Lines to sentences: pynmea2 splits a line, this module decides what its fields may mean.

A sentence is judged as a whole before anything of it is used. pynmea2's own conversions are not used: they
raise at attribute access, turn an empty position into 0.0/0.0 and return latitudes over 90. Field layout:
NMEA 0183 4.11 as described in u-blox M9 SPG 4.04 (UBX-21022436), section 2.7. Pure: no input or output.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from math import hypot

import msgspec
import pynmea2

KNOT = 1852 / 3600  # m/s
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d|60)(?:\.(\d*))?")
_DEGREES = re.compile(r"(\d{1,3})(\d\d)(?:\.\d*)?")
_YEARS = range(1980, 2200)
_MODES = {"R": 4, "F": 5, "P": 3, "D": 2, "A": 1, "E": 6, "M": 7, "S": 8}  # as GGA's quality, best first


class Place(msgspec.Struct, frozen=True):
    """A position in degrees WGS-84; `digits` it was written with, `shape` those before the points."""

    lat: float
    lon: float
    digits: int
    shape: tuple[int, int]


class Position(msgspec.Struct, frozen=True):
    """RMC, GGA, GLL or GNS: what an epoch is made of.

    `id` is talker and kind; `tod` ms since midnight UTC; `valid` the sentence's own word, None when it says
    nothing; the rest as in `drivers.readings.Fix`.
    """

    id: str
    tod: int | None
    valid: bool
    place: Place | None
    day: date | None = None
    speed: float | None = None
    course: float | None = None
    quality: int | None = None
    satellites: int | None = None
    hdop: float | None = None
    alt: float | None = None
    geoid: float | None = None


class Motion(msgspec.Struct, frozen=True):
    """VTG: speed m/s and course degrees true."""

    id: str
    speed: float | None
    course: float | None


class Active(msgspec.Struct, frozen=True):
    """GSA: dimension 1 (none), 2 or 3, satellites used, dilutions."""

    id: str
    dimension: int
    used: tuple[str, ...]
    pdop: float | None
    hdop: float | None
    vdop: float | None


class InView(msgspec.Struct, frozen=True):
    """GSV: how many satellites of the talker's constellation are in view."""

    id: str
    count: int


class Accuracy(msgspec.Struct, frozen=True):
    """GST or GBS: horizontal error in m, 1 sigma, None when not said."""

    id: str
    tod: int | None
    metres: float | None


class Calendar(msgspec.Struct, frozen=True):
    """ZDA: time and date; `day` is None when the receiver has none yet."""

    id: str
    tod: int | None
    day: date | None


class Refused(msgspec.Struct, frozen=True):
    """A sentence of a known kind that cannot be right."""

    reason: str


Sentence = Position | Motion | Active | InView | Accuracy | Calendar
Fields = Sequence[str]


def parse(line: bytes) -> Sentence | Refused | None:
    """The sentence of one line; None when it is of a kind that says nothing about a fix."""
    build = _BUILDERS.get(line[3:6]) if line[:1] == b"$" and line[1:2] != b"P" and line[6:7] == b"," else None
    if build is None:
        return None
    if build is _gsv:
        return _in_view(line)
    try:
        message = pynmea2.parse(line.decode("ascii"))
        fields = message.data if b" " not in line else [field.strip() for field in message.data]
        return build(message.talker + message.sentence_type, fields)
    except (pynmea2.ParseError, UnicodeDecodeError, IndexError, ValueError) as e:
        return Refused(str(e))


def _rmc(name: str, f: Fields) -> Position:
    claim = f[1] in ("A", "D") and _at(f, 11) != "N"
    place = _place(f[2:6], claim=claim)
    return Position(
        id=name,
        tod=_time(f[0]),
        valid=claim and place is not None,
        place=place,
        day=_date(_at(f, 8)),
        speed=_ranged(f[6], 0, 2000, KNOT),
        course=_ranged(f[7], 0, 360),
        quality=_quality(_at(f, 11)),
    )


def _gga(name: str, f: Fields) -> Position:
    quality = _whole(f[5])
    place = _place(f[1:5], claim=bool(quality))
    return Position(
        id=name,
        tod=_time(f[0]),
        valid=bool(quality) and place is not None,
        place=place,
        quality=quality,
        satellites=_whole(_at(f, 6)),
        hdop=_dilution(_at(f, 7)),
        alt=_ranged(_at(f, 8), -2000, 100_000),
        geoid=_ranged(_at(f, 10), -200, 200),
    )


def _gll(name: str, f: Fields) -> Position:
    claim = (len(f) < 6 or f[5] in ("A", "D")) and _at(f, 6) != "N"  # no status before NMEA 0183 2.0
    place = _place(f[0:4], claim=claim)
    valid = claim and place is not None
    return Position(id=name, tod=_time(_at(f, 4)), valid=valid, place=place, quality=_quality(_at(f, 6)))


def _gns(name: str, f: Fields) -> Position:
    claim = bool(f[5].strip("N"))
    place = _place(f[1:5], claim=claim)
    return Position(
        id=name,
        tod=_time(f[0]),
        valid=claim and place is not None,
        place=place,
        quality=_quality(f[5]),
        satellites=_whole(_at(f, 6)),
        hdop=_dilution(_at(f, 7)),
        alt=_ranged(_at(f, 8), -2000, 100_000),
        geoid=_ranged(_at(f, 9), -200, 200),
    )


def _vtg(name: str, f: Fields) -> Motion:
    if _at(f, 8) == "N":
        return Motion(name, None, None)
    units = _at(f, 1) == "T"  # NMEA 0183 before 2.0 sent the four numbers alone
    knots, km_h = (f[4], _at(f, 6)) if units else (f[2], f[3])
    speed = _ranged(knots, 0, 2000, KNOT)
    return Motion(name, _ranged(km_h, 0, 4000, 1 / 3.6) if speed is None else speed, _ranged(f[0], 0, 360))


def _gsa(name: str, f: Fields) -> Active:
    dimension = int(f[1] or "1")
    if dimension not in (1, 2, 3):
        raise ValueError(f"GSA dimension {f[1]}")
    dilutions = [_dilution(_at(f, i)) for i in (14, 15, 16)]
    return Active(name, dimension, tuple(s for s in f[2:14] if s), *dilutions)


def _gsv(name: str, f: Fields) -> InView:
    return InView(name, _whole(f[2]) or 0)


def _in_view(line: bytes) -> InView | None:
    """GSV, most of what a receiver sends: the first of a group has the number, satellites don't matter."""
    fields = line.decode("ascii", "replace").split(",", 4)
    return _gsv(fields[0][1:], fields[1:]) if len(fields) == 5 and fields[2].strip() == "1" else None


def _gst(name: str, f: Fields) -> Accuracy:
    return Accuracy(name, _time(f[0]), _error(_at(f, 5), _at(f, 6)))


def _gbs(name: str, f: Fields) -> Accuracy:
    return Accuracy(name, _time(f[0]), _error(_at(f, 1), _at(f, 2)))


def _zda(name: str, f: Fields) -> Calendar:
    return Calendar(name, _time(f[0]), _plausible(_whole(f[3]), _whole(f[2]), _whole(f[1])))


_BUILDERS: dict[bytes, Callable[[str, Fields], Sentence]] = {
    b"RMC": _rmc, b"GGA": _gga, b"GLL": _gll, b"GNS": _gns, b"VTG": _vtg,
    b"GSA": _gsa, b"GSV": _gsv, b"GST": _gst, b"GBS": _gbs, b"ZDA": _zda,
}  # fmt: skip


def _at(fields: Fields, index: int) -> str:
    return fields[index] if index < len(fields) else ""


def _time(text: str) -> int | None:
    """ms since midnight; 60 s are a leap second."""
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f"time {text!r}")
    hours, minutes, seconds, fraction = match.groups("")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + round(
        float(f"0.{fraction}0") * 1000
    )


def _date(text: str) -> date | None:
    """ddmmyy; anything else is no date, which does not make the position wrong."""
    if len(text) != 6 or not text.isdecimal():
        return None
    day, month, year = int(text[:2]), int(text[2:4]), int(text[4:])
    return _plausible(year + (1900 if year >= 80 else 2000), month, day)


def _plausible(year: int | None, month: int | None, day: int | None) -> date | None:
    """The date if there is such a day and a receiver may mean it."""
    if year is None or month is None or day is None:
        return None
    try:
        return date(1980 if year == 2080 else year, month, day) if year in _YEARS else None  # 80 read as 2080
    except ValueError:
        return None


def _place(fields: Fields, *, claim: bool) -> Place | None:
    """Latitude, N or S, longitude, E or W; None when empty or 0/0 (a receiver that has none yet).

    An impossible position raises ValueError when the sentence claims a fix, else it is none.
    """
    latitude, north, longitude, east = fields
    if not latitude or not longitude:
        return None
    try:
        lat, lon = _angle(latitude, north, "NS", 90), _angle(longitude, east, "EW", 180)
    except ValueError:
        if claim:
            raise
        return None
    shape = (len(latitude.partition(".")[0]), len(longitude.partition(".")[0]))
    return Place(lat, lon, len(latitude) + len(longitude), shape) if lat or lon else None


def _angle(text: str, side: str, sides: str, limit: int) -> float:
    match, side = _DEGREES.fullmatch(text), side.upper()
    if not match or len(side) != 1 or side not in sides:
        raise ValueError(f"angle {text!r} {side!r}")
    minutes = float(text[match.start(2) :])
    degrees = int(match[1]) + minutes / 60
    if minutes >= 60 or degrees > limit:
        raise ValueError(f"angle {text!r} {side!r}")
    return -degrees if side == sides[1] else degrees


def _ranged(text: str, low: float, high: float, unit: float = 1.0) -> float | None:
    """A number between low and high, times its unit; anything else is unknown."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value * unit if low <= value <= high else None


def _dilution(text: str) -> float | None:
    """A dilution; 0 and 99 stand for none."""
    return _ranged(text, 0.01, 98.99)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else None


def _quality(modes: str) -> int | None:
    """GGA's quality for mode letters, one per constellation in GNS; None when none of them is known."""
    return next((quality for letter, quality in _MODES.items() if letter in modes), None)


def _error(north: str, east: str) -> float | None:
    a, b = _ranged(north, 0, 100_000), _ranged(east, 0, 100_000)
    return None if a is None or b is None else hypot(a, b)
