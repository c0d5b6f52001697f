"""Lines to sentences: what the fields of a sentence may mean, judged as a whole before anything is used.

The sentences that come most are split at their commas; pynmea2 takes the others apart. Its conversions are
never used: they raise at attribute access, turn an empty position into 0.0/0.0, return latitudes over 90 and
take a signal id for a satellite. Fields are counted as in NMEA 0183: 0 is the address. Field layout: NMEA
0183
4.11 as described in u-blox M9 SPG 4.04 (UBX-21022436), section 2.7. Pure: no input or output.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

import msgspec
import pynmea2

from drivers.gnss.decode.fields import (
    Fields,
    Place,
    at,
    date_of,
    dilution,
    horizontal_error,
    long_date_of,
    place_of,
    quality_of,
    ranged,
    time_of_day,
    whole,
)

KNOT = 1852 / 3600  # m/s
_DOLLAR, _PROPRIETARY = b"$P"
_METRES, _UNITS = ("M", "m"), ("M", "m", "")


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
    """GSA: dimension 1 (none), 2 or 3, satellites used, dilutions, NMEA's system id ("" before 4.10)."""

    id: str
    dimension: int
    used: tuple[str, ...]
    pdop: float | None
    hdop: float | None
    vdop: float | None
    system: str = ""


class InView(msgspec.Struct, frozen=True):
    """GSV, most of what a receiver sends: the line is read when somebody asks."""

    id: str
    line: bytes


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
    build = _BUILDERS.get(line[3:7])
    if build is None or line[0] != _DOLLAR or (line[1] == _PROPRIETARY and line[1:6] not in _QUECTEL):
        return None
    try:
        return build(line.replace(b" ", b"") if b" " in line else line)  # some receivers pad their fields
    except (pynmea2.ParseError, IndexError, ValueError) as e:
        return Refused(str(e))


def _take_apart(line: bytes) -> Fields:
    text = line.decode("ascii")
    return [text[:6], *pynmea2.parse(text).data]


def _rmc(line: bytes) -> Position:
    f = line.decode("ascii").split(",")
    mode = at(f, 12)
    claim = f[2] in ("A", "D") and mode != "N"
    place = place_of(f[3:7], claim=claim)
    return Position(
        f[0][1:],
        time_of_day(f[1]),
        claim and place is not None,
        place,
        date_of(at(f, 9)),
        ranged(f[7], 0, 2000, KNOT),
        ranged(f[8], 0, 360),
        quality_of(mode),
    )


def _gga(line: bytes) -> Position:
    f = line.decode("ascii").split(",")
    quality = whole(f[6])
    place = place_of(f[2:6], claim=bool(quality))
    # The units beside the heights also show that no comma was lost or added before them.
    heights = len(f) > 10 and f[8] not in _METRES and f[10] in _UNITS and at(f, 12) in _UNITS
    return Position(
        f[0][1:],
        time_of_day(f[1]),
        bool(quality) and place is not None,
        place,
        None,
        None,
        None,
        quality,
        whole(at(f, 7)),
        dilution(at(f, 8)),
        ranged(f[9], -2000, 100_000) if heights else None,
        ranged(at(f, 11), -200, 200) if heights else None,
    )


def _gll(line: bytes) -> Position:
    f = _take_apart(line)
    claim = (len(f) < 7 or f[6] in ("A", "D")) and at(f, 7) != "N"  # no status before NMEA 0183 2.0
    place = place_of(f[1:5], claim=claim)
    valid = claim and place is not None
    return Position(f[0][1:], time_of_day(at(f, 5)), valid, place, quality=quality_of(at(f, 7)))


def _gns(line: bytes) -> Position:
    f = _take_apart(line)
    claim = bool(f[6].strip("N"))
    place = place_of(f[2:6], claim=claim)
    return Position(
        id=f[0][1:],
        tod=time_of_day(f[1]),
        valid=claim and place is not None,
        place=place,
        quality=quality_of(f[6]),
        satellites=whole(at(f, 7)),
        hdop=dilution(at(f, 8)),
        alt=ranged(at(f, 9), -2000, 100_000),
        geoid=ranged(at(f, 10), -200, 200),
    )


def _vtg(line: bytes) -> Motion:
    f = line.decode("ascii").split(",")
    if at(f, 9) == "N":
        return Motion(f[0][1:], None, None)
    units = at(f, 2) == "T"  # NMEA 0183 before 2.0 sent the four numbers alone
    knots, km_h = (f[5], at(f, 7)) if units else (f[3], f[4])
    speed = ranged(knots, 0, 2000, KNOT)
    course = ranged(f[1], 0, 360)
    return Motion(f[0][1:], ranged(km_h, 0, 4000, 1 / 3.6) if speed is None else speed, course)


@lru_cache(maxsize=64)  # the same from one epoch to the next, at many a receiver for seconds
def _gsa(line: bytes) -> Active:
    f = line.decode("ascii").split(",")
    dimension = int(f[2]) if f[2] not in ("", "E") else 1  # E: dead reckoning of u-blox Antaris
    if dimension not in (1, 2, 3):
        raise ValueError(f"GSA dimension {f[2]}")
    used = tuple([s for s in f[3:15] if s])
    if len(f) not in (18, 19):  # with another number of fields nobody knows where the dilutions are
        return Active(f[0][1:], dimension, used, None, None, None)
    return Active(
        f[0][1:], dimension, used, dilution(f[15]), dilution(f[16]), dilution(f[17]), at(f, 18).lstrip("0")
    )


def _gsv(line: bytes) -> InView:
    return InView(line[1:6].decode("ascii"), line)


def _gst(line: bytes) -> Accuracy:
    f = _take_apart(line)
    return Accuracy(f[0][1:], time_of_day(f[1]), horizontal_error(at(f, 6), at(f, 7)))


def _gbs(line: bytes) -> Accuracy:
    f = _take_apart(line)
    return Accuracy(f[0][1:], time_of_day(f[1]), horizontal_error(at(f, 2), at(f, 3)))


def _zda(line: bytes) -> Calendar:
    f = line.decode("ascii").split(",")
    return Calendar(f[0][1:], time_of_day(f[1]), long_date_of(f[4], f[3], f[2]))


_BUILDERS: dict[bytes, Callable[[bytes], Sentence]] = {
    b"RMC,": _rmc, b"GGA,": _gga, b"GLL,": _gll, b"GNS,": _gns, b"VTG,": _vtg,
    b"GSA,": _gsa, b"GSV,": _gsv, b"GST,": _gst, b"GBS,": _gbs, b"ZDA,": _zda,
}  # fmt: skip
_QUECTEL = (b"PQGSA", b"PQGSV")  # of EC2x modems: BeiDou or QZSS, as the system id says
