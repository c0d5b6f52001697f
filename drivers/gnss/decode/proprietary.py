"""Positions in makers' own sentences, for receivers that send no others. Pure.

Layouts: PUBX,00, PUBX,04 and PTNL,GGK as in pynmea2's tables (types/proprietary/ubx.py and tnl.py);
PASHR,POS, PGRMF and PSTI,030 as gpsd's drivers/driver_nmea0183.c describes them. The makers' documents
were not at hand.
"""

from collections.abc import Callable
from datetime import date

from drivers.gnss.decode.fields import Fields, date_of, dilution, place_of, ranged, time_of_day, whole
from drivers.gnss.decode.nmea import KNOT, Calendar, Position, Refused

_PUBX_QUALITY = {"DR": 6, "G2": 1, "G3": 1, "D2": 2, "D3": 2, "RK": 1, "TT": 7}


def parse_proprietary(line: bytes) -> Position | Calendar | Refused | None:
    """The position or date of a proprietary sentence; None when it has none."""
    build = _BUILDERS.get(line[1:9]) or _BUILDERS.get(line[1:10]) or _BUILDERS.get(line[1:7])
    if build is None or line[:1] != b"$":
        return None
    try:
        return build([field.strip() for field in line.decode("ascii").split(",")])
    except (IndexError, ValueError) as e:
        return Refused(str(e))


def _pubx_position(f: Fields) -> Position:
    quality = _PUBX_QUALITY.get(f[8])
    place = place_of(f[3:7], claim=quality is not None)
    return Position(
        id="PUBX00",
        tod=time_of_day(f[2]),
        valid=quality is not None and place is not None,
        place=place,
        speed=ranged(f[11], 0, 4000, 1 / 3.6),
        course=ranged(f[12], 0, 360),
        quality=quality,
        satellites=whole(f[18]),
        hdop=dilution(f[15]),
    )


def _pubx_time(f: Fields) -> Calendar:
    return Calendar("PUBX04", time_of_day(f[2]), date_of(f[3]))


def _ashtech(f: Fields) -> Position:
    fixed = f[2].isdecimal()
    place = place_of(f[5:9], claim=fixed)
    return Position(
        id="PASHRP",
        tod=time_of_day(f[4]),
        valid=fixed and place is not None,
        place=place,
        speed=ranged(f[12], 0, 2000, KNOT),
        course=ranged(f[11], 0, 360),
        satellites=whole(f[3]),
        hdop=dilution(f[15]),
        alt=ranged(f[9], -2000, 100_000),
    )


def _garmin(f: Fields) -> Position:
    fixed = f[11] in ("1", "2")
    place = place_of(f[6:10], claim=fixed)
    return Position(
        id="PGRMF",
        tod=time_of_day(f[4]),
        valid=fixed and place is not None,
        place=place,
        day=date_of(f[3]),
        speed=ranged(f[12], 0, 4000, 1 / 3.6),
        course=ranged(f[13], 0, 360),
    )


def _trimble(f: Fields) -> Position:
    quality = whole(f[8])
    place = place_of(f[4:8], claim=bool(quality))
    day: date | None = date_of(f[3][2:4] + f[3][:2] + f[3][4:])  # mmddyy
    return Position(
        id="PTNLGGK",
        tod=time_of_day(f[2]),
        valid=bool(quality) and place is not None,
        place=place,
        day=day,
        satellites=whole(f[9]),
    )


def _skytraq(f: Fields) -> Position:
    fixed = f[3] == "A"
    place = place_of(f[4:8], claim=fixed)
    return Position(
        id="PSTI030",
        tod=time_of_day(f[2]),
        valid=fixed and place is not None,
        place=place,
        day=date_of(f[12]),
        alt=ranged(f[8], -2000, 100_000),
    )


_BUILDERS: dict[bytes, Callable[[Fields], Position | Calendar]] = {
    b"PUBX,00,": _pubx_position,
    b"PUBX,04,": _pubx_time,
    b"PASHR,POS": _ashtech,
    b"PGRMF,": _garmin,
    b"PTNL,GGK": _trimble,
    b"PSTI,030": _skytraq,
}
