"""What the rules need of the configuration about switches and the unit's power. Pure."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]


class Tamper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When `unit_tamper` starts and ends; see agent.sample.toml for each."""

    case_after_s: NotNegative = 1.0
    case_over_s: Positive = 10.0
    cut_mps: Positive = 3.0
    cut_within_s: Positive = 5.0


class Conflict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When `sensor_conflict` starts and ends; see agent.sample.toml for each."""

    after_s: Positive = 60.0
    open_after_s: Positive = 600.0
    over_s: Positive = 20.0
    unobserved_s: Positive = 300.0


class Power(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What follows when the ignition is off or the supply is low; see agent.sample.toml for each."""

    then: Literal["sleep", "stop"] = "sleep"
    sleep_after_s: Positive = 300.0
    stop_after_s: Positive = 1800.0
    asleep_track_s: Positive = 60.0
    floor_after_s: Positive = 30.0
