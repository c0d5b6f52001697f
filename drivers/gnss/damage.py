"""Positions that are damaged although their checksum fits. Pure.

A pair of equal bytes that is lost or added leaves an exclusive or as it was. In a position it changes how
many digits there are, which a receiver does not do by itself (or does often, when it drops zeros at the end).
"""

import msgspec

from drivers.gnss.fields import Place
from drivers.gnss.nmea import Position

_JUMP = 0.05  # degrees, 5 km: no vehicle's way between two epochs
_STEP = 0.0005  # degrees, 50 m: what losing two decimals can do
_STEADY = 50  # sentences alike after which another number of decimals is strange
_IDS = 64


class DamageCheck:
    """Remembers how each kind of sentence writes positions."""

    def __init__(self) -> None:
        self._usual: dict[str, tuple[tuple[int, int], int, int]] = {}
        self._last: Place | None = None

    def check(self, s: Position) -> Position:
        """The sentence; without its place when that is written differently and far off."""
        place = s.place
        if place is None or not s.valid:
            return s
        shape, digits, times = self._usual.get(s.id, (place.shape, place.digits, 0))
        alike = shape == place.shape and digits == place.digits
        if len(self._usual) < _IDS or s.id in self._usual:
            self._usual[s.id] = (place.shape, place.digits, times + 1 if alike else 0)
        limit = _JUMP if shape != place.shape else _STEP
        if not alike and (shape != place.shape or times >= _STEADY) and self._is_far(place, limit):
            return msgspec.structs.replace(s, valid=False, place=None)
        self._last = place
        return s

    def _is_far(self, place: Place, limit: float) -> bool:
        last = self._last
        return last is not None and (
            abs(last.lat - place.lat) > limit or limit < abs(last.lon - place.lon) < 360 - limit
        )
