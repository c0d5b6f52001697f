"""In which steps a receiver counts: the coarsest step that gives every value of a column back. Pure.

A unit is a fraction of the column's last decimal: whole number n stands for n * over / under of it, rounded
to the nearest whole, half to even, in whole numbers throughout, so that every decoder gives the same.
Receivers send minutes of arc (NMEA 0183 GGA: ddmm.mmmm) and knots (one knot is 1,852/3,600 m/s).
"""

from collections.abc import Iterable, Sequence

import msgspec

from agent.uplink.track.errors import TrackFormatError


class Unit(msgspec.Struct, frozen=True):
    """A step of over/under times 10**-decimals."""

    decimals: int
    over: int
    under: int = 1

    def multiple(self, scaled: int) -> int | None:
        """The n that stands for `scaled` (in 10**-decimals), None when there is none."""
        n = nearest(scaled * self.under, self.over)
        return n if self.scaled(n) == scaled else None

    def scaled(self, n: int) -> int:
        """What n stands for, in 10**-decimals."""
        return nearest(n * self.over, self.under)

    def value(self, n: int) -> float:
        """What n stands for, in the column's unit of measure."""
        value: float = self.scaled(n) / 10**self.decimals
        return value


def nearest(over: int, under: int) -> int:
    """over / under to the nearest whole, half to even; `under` above 0."""
    whole, rest = divmod(over, under)
    return whole + (2 * rest > under or (2 * rest == under and whole % 2 == 1))


Units = tuple[Unit, ...]
DEGREES: Units = (
    Unit(7, 500, 3),  # 0.001 minutes
    Unit(7, 50, 3),
    Unit(7, 5, 3),
    Unit(7, 1),
    Unit(9, 50_000, 3),  # 0.001 minutes with nine decimals of a degree
    Unit(9, 5_000, 3),
    Unit(9, 500, 3),
    Unit(9, 50, 3),
    Unit(9, 5, 3),
    Unit(9, 1),
)
SPEED: Units = (
    Unit(2, 463, 90),  # 0.1 knots
    Unit(2, 25, 9),  # 0.1 km/h
    Unit(2, 1),
    Unit(4, 4630, 9),  # 0.1, 0.01, 0.001 knots with four decimals of m/s
    Unit(4, 463, 9),
    Unit(4, 463, 90),
    Unit(4, 250, 9),  # 0.01 km/h
    Unit(4, 1),
)
COURSE: Units = (Unit(1, 10), Unit(1, 1), Unit(4, 100), Unit(4, 10), Unit(4, 1))
HEIGHT: Units = (Unit(2, 100), Unit(2, 10), Unit(2, 1), Unit(4, 10), Unit(4, 1))
DILUTION: Units = (Unit(2, 10), Unit(2, 1))
ACCURACY: Units = (Unit(1, 1), Unit(4, 1))


def chosen(values: Iterable[float | None], units: Units) -> tuple[list[int | None], int]:
    """The values as multiples of the first unit that gives all back, and its number.

    Values with more decimals than any unit are rounded to the last one's.
    """
    given = list(values)
    for number, unit in enumerate(units[:-1]):
        multiples = _multiples(given, unit)
        if multiples is not None:
            return multiples, number
    last = units[-1]
    return [None if v is None else round(v * 10**last.decimals) for v in given], len(units) - 1


def _multiples(values: Sequence[float | None], unit: Unit) -> list[int | None] | None:
    found: list[int | None] = []
    for value in values:
        if value is None:
            found.append(None)
            continue
        scaled = round(value * 10**unit.decimals)
        n = unit.multiple(scaled) if scaled / 10**unit.decimals == value else None
        if n is None:
            return None
        found.append(n)
    return found


def known(units: Units, number: int) -> Unit:
    """The unit of a number; raises TrackFormatError for one that isn't known."""
    if number >= len(units):
        raise TrackFormatError("a column has an unknown unit")
    return units[number]


def values(multiples: Sequence[int | None], units: Units, number: int) -> list[float | None]:
    """The values again; raises TrackFormatError for a unit that isn't known."""
    unit = known(units, number)
    return [None if n is None else unit.value(n) for n in multiples]
