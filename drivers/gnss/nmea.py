"""Lines to sentences: pynmea2 splits a line, this module decides what its fields may mean.

A sentence is judged as a whole before anything of it is used. pynmea2's own conversions are not used: they
raise at attribute access, turn an empty position into 0.0/0.0 and return latitudes over 90. Field layout:
NMEA 0183 4.11 as described in u-blox M9 SPG 4.04 (UBX-21022436), section 2.7. Pure: no input or output.
"""

from collections.abc import Callable
from datetime import date

import msgspec
import pynmea2

from drivers.gnss.fields import (
    Fields,
    Place,
    at,
    date_of,
    dilution,
    horizontal_error,
    place_of,
    plausible,
    quality_of,
    ranged,
    time_of_day,
    whole,
)

KNOT = 1852 / 3600  # m/s


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
    claim = f[1] in ("A", "D") and at(f, 11) != "N"
    place = place_of(f[2:6], claim=claim)
    return Position(
        id=name,
        tod=time_of_day(f[0]),
        valid=claim and place is not None,
        place=place,
        day=date_of(at(f, 8)),
        speed=ranged(f[6], 0, 2000, KNOT),
        course=ranged(f[7], 0, 360),
        quality=quality_of(at(f, 11)),
    )


def _gga(name: str, f: Fields) -> Position:
    quality = whole(f[5])
    place = place_of(f[1:5], claim=bool(quality))
    return Position(
        id=name,
        tod=time_of_day(f[0]),
        valid=bool(quality) and place is not None,
        place=place,
        quality=quality,
        satellites=whole(at(f, 6)),
        hdop=dilution(at(f, 7)),
        alt=ranged(at(f, 8), -2000, 100_000),
        geoid=ranged(at(f, 10), -200, 200),
    )


def _gll(name: str, f: Fields) -> Position:
    claim = (len(f) < 6 or f[5] in ("A", "D")) and at(f, 6) != "N"  # no status before NMEA 0183 2.0
    place = place_of(f[0:4], claim=claim)
    valid = claim and place is not None
    return Position(
        id=name, tod=time_of_day(at(f, 4)), valid=valid, place=place, quality=quality_of(at(f, 6))
    )


def _gns(name: str, f: Fields) -> Position:
    claim = bool(f[5].strip("N"))
    place = place_of(f[1:5], claim=claim)
    return Position(
        id=name,
        tod=time_of_day(f[0]),
        valid=claim and place is not None,
        place=place,
        quality=quality_of(f[5]),
        satellites=whole(at(f, 6)),
        hdop=dilution(at(f, 7)),
        alt=ranged(at(f, 8), -2000, 100_000),
        geoid=ranged(at(f, 9), -200, 200),
    )


def _vtg(name: str, f: Fields) -> Motion:
    if at(f, 8) == "N":
        return Motion(name, None, None)
    units = at(f, 1) == "T"  # NMEA 0183 before 2.0 sent the four numbers alone
    knots, km_h = (f[4], at(f, 6)) if units else (f[2], f[3])
    speed = ranged(knots, 0, 2000, KNOT)
    return Motion(name, ranged(km_h, 0, 4000, 1 / 3.6) if speed is None else speed, ranged(f[0], 0, 360))


def _gsa(name: str, f: Fields) -> Active:
    dimension = int(f[1] or "1")
    if dimension not in (1, 2, 3):
        raise ValueError(f"GSA dimension {f[1]}")
    dilutions = [dilution(at(f, i)) for i in (14, 15, 16)]
    return Active(name, dimension, tuple(s for s in f[2:14] if s), *dilutions)


def _gsv(name: str, f: Fields) -> InView:
    return InView(name, whole(f[2]) or 0)


def _in_view(line: bytes) -> InView | None:
    """GSV, most of what a receiver sends: the first of a group has the number, satellites don't matter."""
    fields = line.decode("ascii", "replace").split(",", 4)
    return _gsv(fields[0][1:], fields[1:]) if len(fields) == 5 and fields[2].strip() == "1" else None


def _gst(name: str, f: Fields) -> Accuracy:
    return Accuracy(name, time_of_day(f[0]), horizontal_error(at(f, 5), at(f, 6)))


def _gbs(name: str, f: Fields) -> Accuracy:
    return Accuracy(name, time_of_day(f[0]), horizontal_error(at(f, 1), at(f, 2)))


def _zda(name: str, f: Fields) -> Calendar:
    return Calendar(name, time_of_day(f[0]), plausible(whole(f[3]), whole(f[2]), whole(f[1])))


_BUILDERS: dict[bytes, Callable[[str, Fields], Sentence]] = {
    b"RMC": _rmc, b"GGA": _gga, b"GLL": _gll, b"GNS": _gns, b"VTG": _vtg,
    b"GSA": _gsa, b"GSV": _gsv, b"GST": _gst, b"GBS": _gbs, b"ZDA": _zda,
}  # fmt: skip
