"""Positions that are damaged although their checksum fits. Pure.

A pair of equal bytes that is lost or added leaves an exclusive or as it was. In a position it changes how
many digits there are, which a receiver does not do by itself (or does often, when it drops zeros at the end).
"""

import msgspec

from drivers.gnss.decode.fields import Place
from drivers.gnss.decode.nmea import Position

_JUMP = 0.05  # degrees, 5 km: no vehicle's way between two epochs
_STEP = 0.0005  # degrees, 50 m: what losing two decimals can do
_STEADY = 50  # sentences alike after which another number of decimals is strange
_IDS = 64


class DamageCheck:
    """Remembers how each kind of sentence writes positions."""

    def __init__(self) -> None:
        self._forms: dict[str, tuple[int, int, int]] = {}
        self._alike: dict[str, int] = {}
        self._last: Place | None = None

    def check(self, s: Position) -> Position:
        """The sentence; without its place when that is written differently and far off."""
        place = s.place
        if place is None or not s.valid:
            return s
        usual = self._forms.get(s.id)
        if usual == place.form:
            self._alike[s.id] += 1
        elif usual is None and len(self._forms) >= _IDS:
            return s
        else:
            times = self._alike.get(s.id, 0)
            self._forms[s.id], self._alike[s.id] = place.form, 0
            if usual and self._is_damaged(usual, place, times):
                return msgspec.structs.replace(s, valid=False, place=None)
        self._last = place
        return s

    def _is_damaged(self, usual: tuple[int, int, int], place: Place, times: int) -> bool:
        if usual[:2] != place.form[:2]:
            return self._is_far(place, _JUMP)
        return times >= _STEADY and self._is_far(place, _STEP)

    def _is_far(self, place: Place, limit: float) -> bool:
        last = self._last
        return last is not None and (
            abs(last.lat - place.lat) > limit or limit < abs(last.lon - place.lon) < 360 - limit
        )
