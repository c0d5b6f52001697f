"""What one field of a sentence means: numbers, times, dates, angles, and when it means nothing.

Field forms: NMEA 0183 4.11 as described in u-blox M9 SPG 4.04 (UBX-21022436), section 2.7. The same time and
place come in several sentences of an epoch, so their reading is remembered. Pure.
"""

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from math import hypot

import msgspec

Fields = Sequence[str]
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d|60)(?:\.(\d*))?", re.ASCII)
_DEGREES = re.compile(r"(\d{1,3})(\d\d(?:\.\d*)?)", re.ASCII)
_YEARS = range(1980, 2200)
_MODES = {"R": 4, "F": 5, "P": 3, "D": 2, "A": 1, "E": 6, "M": 7, "S": 8}  # as GGA's quality, best first


class Place(msgspec.Struct, frozen=True):
    """A position in degrees WGS-84; `form` is how it was written: places of the points, characters in all."""

    lat: float
    lon: float
    form: tuple[int, int, int]

    @property
    def digits(self) -> int:
        """Characters in all."""
        return self.form[2]


def at(fields: Fields, index: int) -> str:
    """The field at `index`, empty past the end."""
    return fields[index] if index < len(fields) else ""


@lru_cache(maxsize=16)
def time_of_day(text: str) -> int | None:
    """ms since midnight; 60 s are a leap second."""
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f"time {text!r}")
    hours, minutes, seconds, fraction = match.groups("")
    whole_seconds = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole_seconds * 1000 + (round(float(f"0.{fraction}") * 1000) if fraction else 0)


@lru_cache(maxsize=16)
def date_of(text: str) -> date | None:
    """ddmmyy; anything else is no date, which does not make the position wrong."""
    if len(text) != 6 or not (text.isascii() and text.isdecimal()):
        return None
    day, month, year = int(text[:2]), int(text[2:4]), int(text[4:])
    return plausible(year + (1900 if year >= 80 else 2000), month, day)


@lru_cache(maxsize=16)
def long_date_of(year: str, month: str, day: str) -> date | None:
    """The date of ZDA's fields."""
    return plausible(whole(year), whole(month), whole(day))


def plausible(year: int | None, month: int | None, day: int | None) -> date | None:
    """The date if there is such a day and a receiver may mean it."""
    if year is None or month is None or day is None:
        return None
    try:
        return date(1980 if year == 2080 else year, month, day) if year in _YEARS else None  # 80 read as 2080
    except ValueError:
        return None


def place_of(fields: Fields, *, claim: bool) -> Place | None:
    """Latitude, N or S, longitude, E or W; None when empty or 0/0 (a receiver that has none yet).

    An impossible position raises ValueError when the sentence claims a fix, else it is none.
    """
    latitude, north, longitude, east = fields
    if not latitude or not longitude:
        return None
    try:
        return _place(latitude, north, longitude, east)
    except ValueError:
        if claim:
            raise
        return None


@lru_cache(maxsize=16)
def _place(latitude: str, north: str, longitude: str, east: str) -> Place | None:
    lat, lon = _angle(latitude, north, "NS", 90), _angle(longitude, east, "EW", 180)
    if not (lat or lon):
        return None
    return Place(lat, lon, (latitude.find("."), longitude.find("."), len(latitude) + len(longitude)))


def _angle(text: str, side: str, sides: str, limit: int) -> float:
    match, side = _DEGREES.fullmatch(text), side.upper()
    if not match or len(side) != 1 or side not in sides:
        raise ValueError(f"angle {text!r} {side!r}")
    minutes = float(match[2])
    degrees = int(match[1]) + minutes / 60
    if minutes >= 60 or degrees > limit:
        raise ValueError(f"angle {text!r} {side!r}")
    return -degrees if side == sides[1] and degrees else degrees


def ranged(text: str, low: float, high: float, unit: float = 1.0) -> float | None:
    """A number between low and high, times its unit; anything else is unknown."""
    if not text or "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value * unit if low <= value <= high else None


def dilution(text: str) -> float | None:
    """A dilution; 0 and 99 stand for none."""
    return ranged(text, 0.01, 98.99)


def whole(text: str) -> int | None:
    """A number of up to 4 digits; anything else is unknown."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else None


@lru_cache(maxsize=64)
def quality_of(modes: str) -> int | None:
    """GGA's quality for mode letters, one per constellation in GNS; None when none of them is known."""
    return next((quality for letter, quality in _MODES.items() if letter in modes), None)


def horizontal_error(north: str, east: str) -> float | None:
    """The error in the plane, m, from its north and east parts."""
    a, b = ranged(north, 0, 100_000), ranged(east, 0, 100_000)
    return None if a is None or b is None else hypot(a, b)
