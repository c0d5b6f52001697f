"""What the rules need of the configuration; it is an observation like any other."""

from functools import cached_property

import msgspec

from agent.geometry.bands import Path
from agent.geometry.map import ZoneMap
from agent.model_evidence import Device
from agent.rule_layers import Charge, Layer, Limits, Offsets, Permits, Route, Shift, Zone
from agent.rule_trips import TripLimits
from agent.rule_unit import Conflict, Power, Tamper
from drivers.readings import SwitchRole

__all__ = ["PerState", "Settings", "Shift", "Smoothing", "Zone"]


class PerState(msgspec.Struct, frozen=True):
    """A number for each state."""

    empty: float
    covered: float
    partly: float
    uncovered: float


class Smoothing(msgspec.Struct, frozen=True):
    """How readings become a smoothed state; times in s, the rest shares 0..1 unless said otherwise.

    `smoothing_s`: the window of evidence; `looks`: how many independent pictures a whole window is worth;
    `look_s`: a frame speaks for at most so long before it; `confidence`: a state less sure is unknown;
    `doubt`: frames that mislead whatever their probabilities; `forget_s`: evidence fades so fast while there
    is none; `keep`: what evidence of another model or teaching is still worth; `mistaken`: states taken for
    real that were wrong; `dwell_s`: so long a state must be seen before it is taken for real; `prior`: the
    chances of a truck nobody has seen before.
    """

    smoothing_s: float = 10.0
    looks: float = 1.5
    look_s: float = 3.0
    confidence: float = 0.8
    doubt: float = 0.05
    forget_s: float = 60.0
    keep: float = 0.5
    mistaken: float = 0.7
    dwell_s: PerState = PerState(30.0, 20.0, 20.0, 20.0)
    prior: PerState = PerState(0.3, 0.3, 0.15, 0.25)


class Settings(msgspec.Struct, frozen=True, dict=True):
    """What the rules need of the configuration; it enters as an observation, so that a replay has it too.

    Times in s, speeds in m/s, distances in m; probabilities in 0..1. `hash` identifies the whole content;
    a fix is fit by `max_hdop`, `max_accuracy_m` (1 sigma) and `min_satellites`; it jumps when `max_speed_mps`
    and `jump_m` don't explain its place, until `agree_fixes` agree on it; an antenna's fault is over after
    `over_s`;
    a date before `not_before_ns` (UTC) is impossible; `boot` is the head of the boot id, which makes subjects
    unique. Without `shifts` the truck is always on duty; `offsets` are (UTC s, offset of local time in s from
    then on). Events of a type in `cab_events` are photographed by the cab cameras too. Pictures that are one
    and the same for `frozen_s` of moving are frozen; `camera_limits` are the vision process's thresholds of a
    camera's faults, for the record. `device`: the unit's own key, if it has one; `identity`: what judged, by
    hashes, for the record; evidence covers `around_s` before and after an event, and the chain's head is
    signed at least every `anchor_s`. Accusations are pictured `before_s` before and `after_s` after they
    begin, too; 0: not. `clocks` are the offsets of time zones by name; hours in records are those of
    `local_zone`. `graces`: so long (s) after a warning in the cab a kind of violation is reported; a kind
    that is not there is reported without any warning.
    """

    mono_ns: int
    boot: str
    hash: str
    body_cameras: tuple[str, ...]
    cab_cameras: tuple[str, ...]
    sinks: tuple[str, ...]
    zones: tuple[Zone, ...]
    smoothing: Smoothing
    uncovered_after_s: float
    covered_after_s: float
    change_after_s: float
    moving_mps: float
    parked_mps: float
    parked_after_s: float
    grace_m: float
    max_hdop: float
    stale_reading_s: float
    fix_gap_s: float
    camera_gap_s: float
    link_gap_s: float
    fps_moving: float
    fps_parked: float
    health_every_s: float
    not_before_ns: int
    max_accuracy_m: float = 50.0
    min_satellites: int = 3
    max_speed_mps: float = 60.0
    jump_m: float = 500.0
    agree_fixes: int = 3
    over_s: float = 60.0
    frozen_s: float = 10.0
    camera_limits: dict[str, float] = {}
    shifts: tuple[Shift, ...] = ()
    offsets: Offsets = ()
    cab_events: tuple[str, ...] = ()
    device: Device | None = None
    identity: dict[str, str] = {}
    around_s: float = 60.0
    before_s: float = 0.0
    after_s: float = 0.0
    anchor_s: float = 86_400.0
    permits: Permits | None = None
    layers: dict[str, Layer] = {}
    clocks: dict[str, Offsets] = {}
    limits: Limits = Limits()
    charges: dict[str, Charge] = {}
    rules: str = ""
    trips: TripLimits = TripLimits()
    local_zone: str = ""
    tamper: Tamper = Tamper()
    conflict: Conflict = Conflict()
    power: Power = Power()
    graces: dict[str, float] = {}
    switches: tuple[SwitchRole, ...] = ()

    @cached_property
    def ways(self) -> dict[str, list[tuple[Route, Path]]]:
        """The routes of each permit by its id; made when they are first asked for."""
        permits = () if self.permits is None else self.permits.permits
        return {p.id: [(route, Path(route.line)) for route in p.routes] for p in permits}

    @cached_property
    def map(self) -> ZoneMap:
        """The zones behind a grid; made when it is first asked for."""
        return ZoneMap(self.zones)
