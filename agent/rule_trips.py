"""When a truck became loaded or empty: how far each signal goes, and for how long it must hold."""

from typing import Annotated

import msgspec
from msgspec import Meta

_Positive = Annotated[float, Meta(gt=0)]
_Share = Annotated[float, Meta(ge=0, le=1)]


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a signal alone goes; those that agree add up, those that contradict take away."""

    vision: _Share = 0.7
    load: _Share = 0.7
    lift: _Share = 0.4
    zone: _Share = 0.3
    stop: _Share = 0.25


class TripLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a trip starts and ends; see agent.sample.toml for each."""

    weights: Weights = Weights()
    decide: Annotated[float, Meta(gt=0, le=1)] = 0.5
    accuse: Annotated[float, Meta(gt=0, le=1)] = 0.65
    hold_s: _Positive = 10.0
    alone_s: _Positive = 300.0
    stop_s: _Positive = 60.0
    lift_s: _Positive = 10.0
    unseen_s: _Positive = 30.0
    late_s: _Positive = 120.0
    correct_s: _Positive = 1800.0
    risk_fps: Annotated[float, Meta(gt=0, le=30)] = 2.0
