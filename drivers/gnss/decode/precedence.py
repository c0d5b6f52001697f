"""Whether a receiver sends GSA and what follows before the position they belong to, or after it. Pure.

Nothing in a recording shows where a cycle begins. But a dilution comes in GSA and in GGA: when it changes,
the GSA between two GGA agrees with one of them.
"""

from drivers.gnss.decode.nmea import Active, Position

_SURE = 3  # votes
_SAME, _OTHER = 0.051, 0.11  # one decimal against two


class Precedence:
    """Learns from the sentences in their order."""

    def __init__(self) -> None:
        self._votes = 0
        self._active: float | None = None  # the dilution of the last GSA
        self._last: float | None = None  # of the last position

    @property
    def leads(self) -> bool:
        """Whether a GSA after the position belongs to the next one."""
        return self._votes >= _SURE

    def hear_active(self, s: Active) -> None:
        """A GSA."""
        self._active = s.hdop

    def hear_position(self, s: Position) -> None:
        """A position with a dilution."""
        own, last, between = s.hdop, self._last, self._active
        self._last, self._active = own, None
        if own is None or last is None or between is None or abs(own - last) < _OTHER:
            return
        if abs(between - own) < _SAME:
            self._votes = min(self._votes + 1, 2 * _SURE)
        elif abs(between - last) < _SAME:
            self._votes = max(self._votes - 1, -2 * _SURE)
