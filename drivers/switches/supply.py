"""The unit's supply: a voltage against its floor."""

from pathlib import Path

from drivers.readings import SupplyState
from drivers.switches.address import ValueFile, parse_source
from drivers.switches.contacts import read_number
from drivers.switches.spec import SupplySpec


class Supply:
    """Measures; raises ValueError for an address that is no value file."""

    def __init__(self, spec: SupplySpec) -> None:
        source = parse_source(spec.source)
        if not isinstance(source, ValueFile):
            raise ValueError(f"{spec.source!r}: a voltage is read from a value file")  # noqa: TRY004
        self._path, self._spec = Path(source.path), spec
        self._low = False

    def read(self, now: int) -> SupplyState:
        """The voltage at `now` (CLOCK_BOOTTIME ns); low from the floor down, until it has recovered."""
        try:
            volts = read_number(self._path) * self._spec.volts_per_count
        except (OSError, ValueError):
            return SupplyState(now, None)
        floor = self._spec.floor_v
        if floor is not None:
            recovered = floor if self._spec.recover_v is None else self._spec.recover_v
            self._low = volts < (recovered if self._low else floor)
        return SupplyState(now, volts, self._low)
