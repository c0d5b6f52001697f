"""The parts of the configuration about switches, the unit's power, and warnings in the cab."""

from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from agent.rule_unit import NotNegative, Positive, Power
from drivers.readings import SwitchRole
from drivers.switches.spec import Level

Kind = Literal[
    "uncovered_load",
    "partly_covered",
    "no_permit",
    "off_route",
    "outside_hours",
    "speeding",
    "forbidden_zone",
    "overlong_stop",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Violations that a driver can be warned of, because they last."""


class Switch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One switch; with `volts_per_count` its source is an ADC's number, without it 0 or 1."""

    role: SwitchRole
    source: str
    active: Level = "high"
    second: str | None = None
    second_active: Level = "low"
    debounce_s: Annotated[float, Meta(ge=0, le=10)] = 0.2
    volts_per_count: Positive | None = None
    low_v: float = 1.0
    high_v: float = 2.0
    short_v: float | None = None
    open_v: float | None = None
    stuck_s: Positive | None = None
    stuck_moves: Annotated[int, Meta(ge=1, le=1000)] = 6


class PowerConfig(Power, frozen=True, forbid_unknown_fields=True):
    """The supply, and what follows from it and from the ignition."""

    supply: str | None = None
    volts_per_count: Positive = 0.001
    floor_v: Positive | None = None
    recover_v: Positive | None = None

    def rules(self) -> Power:
        """What the rules see of it."""
        return Power(**{name: getattr(self, name) for name in Power.__struct_fields__})


class Graces(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long (s) after the warning each kind is reported."""

    uncovered_load: NotNegative = 15.0
    partly_covered: NotNegative = 15.0
    no_permit: NotNegative = 30.0
    off_route: NotNegative = 30.0
    outside_hours: NotNegative = 30.0
    speeding: NotNegative = 10.0
    forbidden_zone: NotNegative = 20.0
    overlong_stop: NotNegative = 60.0


class WarningConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said in the cab, how, and of which kinds of violation."""

    kinds: tuple[Kind, ...] = KINDS
    language: Literal["zh", "en"] = "zh"
    sound: bool = True
    command: tuple[str, ...] = ()
    file: Path | None = None
    gpio: str | None = None
    gpio_s: Annotated[float, Meta(gt=0, le=60)] = 3.0
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 10.0
    grace_s: Graces = Graces()

    def graces(self) -> dict[str, float]:
        """The grace of each kind that is warned of."""
        return {kind: getattr(self.grace_s, kind) for kind in self.kinds}
