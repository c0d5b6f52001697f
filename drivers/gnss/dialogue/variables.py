"""The variables of a profile, and the values derived from them, in both directions. Pure.

Derived are the profile's codes (a table over another value) and masks (a sum of bits), and, where there is a
`period_ms`, `hz` (1000 // period_ms) and `period_s` (the period in seconds as decimal text).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from drivers.gnss_profile import CONSTELLATIONS, SENTENCES, GnssProfile

State = Mapping[str, int | str]
_BUILT_IN = ("hz", "period_s")
_MOST = 255  # epochs from one sentence of a kind to the next


class Variables:
    """Turns a state into the values that templates carry, and carried values into variables."""

    def __init__(self, profile: GnssProfile) -> None:
        self.factory: dict[str, int | str] = dict(profile.state)
        self._codes, self._masks = profile.codes, profile.masks
        self._built_in = _BUILT_IN if "period_ms" in profile.state else ()
        self._bauds = {profile.baud, *profile.bauds}
        self._fastest_ms = 1000 / profile.max_rate_hz if profile.max_rate_hz else 1

    def knows(self, name: str) -> bool:
        """Whether a template may use that name."""
        return any(name in group for group in (self.factory, self._codes, self._masks, self._built_in))

    def behind(self, name: str) -> frozenset[str]:
        """The variables that a value carries."""
        if name in self._codes:
            return self.behind(self._codes[name].of)
        if name in self._masks:
            return frozenset(self._masks[name])
        return frozenset(["period_ms"]) if name in self._built_in else frozenset([name])

    def carried(self, names: Iterable[str]) -> frozenset[str]:
        """The variables that several values carry."""
        return frozenset().union(*map(self.behind, names))

    def values(self, state: State) -> dict[str, int | str]:
        """The state with all that can be derived from it; a code without an entry is left out."""
        found = dict(state)
        period = state.get("period_ms")
        if self._built_in and period:
            found |= {"hz": 1000 // int(period), "period_s": f"{Decimal(period) / 1000:f}"}
        for name, bits in self._masks.items():
            if all(v in state for v in bits):
                found[name] = sum(bit for v, bit in bits.items() if state[v] == 1)
        for name in self._codes:
            code = self._code(name, found)
            if code is not None:
                found[name] = code
        return found

    def variables(self, carried: State) -> dict[str, int | str]:
        """The variables behind carried values; raises ValueError where one can't have its value."""
        found: dict[str, int | str] = {}
        for name, value in carried.items():
            for variable, its in self._resolve(name, value).items():
                fitting = self._fitting(variable, its)
                if found.setdefault(variable, fitting) != fitting:
                    raise ValueError(f"{variable} is both {found[variable]} and {fitting}")
        return found

    def _code(self, name: str, values: State) -> int | str | None:
        of = self._codes[name].of
        value = self._code(of, values) if of in self._codes else values.get(of)
        return None if value is None else self._codes[name].table.get(str(value))

    def _resolve(self, name: str, value: int | str) -> dict[str, int | str]:
        if name in self._codes:
            code = self._codes[name]
            entry = next((key for key, its in code.table.items() if str(its) == str(value)), None)
            if entry is None:
                raise ValueError(f"{name} = {value!r} is in no table")
            return self._resolve(code.of, entry)
        if name in self._masks:
            whole = _integer(name, value)
            return {variable: int(whole & bit == bit) for variable, bit in self._masks[name].items()}
        if name in self._built_in:
            return {"period_ms": _period_ms(name, value)}
        return {name: value}

    def _fitting(self, name: str, value: int | str) -> int | str:
        """The value as that variable has it; raises ValueError."""
        if name not in self.factory or isinstance(self.factory[name], str):
            return str(value)
        number = _integer(name, value)
        if not self._allows(name, number):
            raise ValueError(f"{name} can't be {number}")
        return number

    def _allows(self, name: str, number: int) -> bool:
        if name in CONSTELLATIONS:
            return number in (0, 1)
        if name in SENTENCES:
            return 0 <= number <= _MOST
        if name == "baud":
            return number in self._bauds
        return name != "period_ms" or number >= self._fastest_ms


def _integer(name: str, value: int | str) -> int:
    try:
        return int(value)
    except ValueError as e:
        raise ValueError(f"{name} = {value!r} is no number") from e


def _period_ms(name: str, value: int | str) -> int:
    try:
        number = Decimal(value)
        return int(1000 / number) if name == "hz" else int(number * 1000)
    except (InvalidOperation, ZeroDivisionError, OverflowError, ValueError) as e:
        raise ValueError(f"{name} = {value!r} is no rate") from e
