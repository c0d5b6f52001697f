"""What a switch is: its contacts, which level means on, and when it is faulty."""

from typing import Literal

import msgspec

from drivers.readings import SwitchRole

Level = Literal["high", "low"]


class Scale(msgspec.Struct, frozen=True):
    """How the number of an ADC is read, in volts.

    From `high_v` it is high, to `low_v` low, in between as before. Below `short_v` the wire is shorted to
    ground, above `open_v` it is cut: so it is with a resistor at the switch and one to the supply.
    """

    volts_per_count: float
    low_v: float
    high_v: float
    short_v: float | None = None
    open_v: float | None = None


class Contact(msgspec.Struct, frozen=True):
    """One contact: its address, and the level that means on; without a `scale` it reads 0 or 1."""

    source: str
    active: Level = "high"
    scale: Scale | None = None


class SwitchSpec(msgspec.Struct, frozen=True):
    """A switch: a word counts when it held for `debounce_s`.

    A `second` contact must say the same. Unchanged for `stuck_s` while its peers changed `stuck_moves` times
    it is stuck; None: that is normal.
    """

    role: SwitchRole
    contact: Contact
    second: Contact | None = None
    debounce_s: float = 0.2
    stuck_s: float | None = None
    stuck_moves: int = 6


class SupplySpec(msgspec.Struct, frozen=True):
    """Where the supply is measured; low below `floor_v` until it is at least `recover_v` again."""

    source: str
    volts_per_count: float
    floor_v: float | None = None
    recover_v: float | None = None
