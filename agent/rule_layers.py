"""What platforms give the rules besides settings: zones, permits, and what follows from a violation."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Role = Literal["loading", "disposal", "forbidden", "slow", "risk"]
Severity = Literal["info", "notice", "violation", "critical"]
Line = tuple[tuple[float, float], ...]
Offsets = tuple[tuple[int, int], ...]
_Positive = Annotated[float, Meta(gt=0)]


class Shift(msgspec.Struct, frozen=True):
    """Hours of each week: minutes of local time from Monday 0:00; `end` may lie in the next week."""

    start: int
    end: int


class Zone(msgspec.Struct, frozen=True):
    """A polygon with a role; rings are (lon, lat) degrees WGS-84, open or closed.

    Without `hours` (local time of `time_zone`) it is always in force; `limit_mps` holds inside it.
    `loaded_only`: what it forbids, it forbids to a loaded truck alone.
    """

    id: str
    role: Role
    ring: Line
    name: str = ""
    holes: tuple[Line, ...] = ()
    limit_mps: float | None = None
    hours: tuple[Shift, ...] = ()
    time_zone: str = ""
    loaded_only: bool = False


class Route(msgspec.Struct, frozen=True):
    """A permitted way: a line of (lon, lat) degrees WGS-84, and the width of its corridor in m."""

    id: str
    line: Line
    width_m: float


class Permit(msgspec.Struct, frozen=True):
    """A permit to haul (清运证) of this vehicle; `begins` and `ends` are s since 1970, UTC.

    Without `hours` (local time of `time_zone`) all hours are permitted; without routes all ways. `loading`,
    `disposal` and `may_enter` are ids of zones. `trips` is the quota, `used` what the platform had counted.
    """

    id: str
    company: str
    begins: int
    ends: int
    hours: tuple[Shift, ...] = ()
    time_zone: str = ""
    routes: tuple[Route, ...] = ()
    loading: tuple[str, ...] = ()
    disposal: tuple[str, ...] = ()
    may_enter: tuple[str, ...] = ()
    material: str = ""
    limit_mps: float | None = None
    trips: int | None = None
    used: int = 0


class Permits(msgspec.Struct, frozen=True):
    """The platform's list as of a moment (s since 1970, UTC), as far as it concerns this vehicle.

    `begins`, `ends`: when the signed document that brought it is good, None for a plain file; `key`: by whom.
    """

    as_of: int
    permits: tuple[Permit, ...]
    begins: int | None = None
    ends: int | None = None
    key: str | None = None


class Layer(msgspec.Struct, frozen=True):
    """Which zones or permits are in force: the content's hash (None: there are none), and how many.

    `refused`: why a newer file was not taken; `file`: whether one is named at all.
    """

    hash: str | None = None
    entries: int = 0
    refused: str | None = None
    file: bool = False


class Charge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How grave a violation is, and whose business: 城管, 公安, 交通, 生态环境."""

    severity: Severity
    authority: tuple[str, ...] = ()


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a violation of hauling starts and ends; see agent.sample.toml for each."""

    error_m: _Positive = 10.0
    enter_s: _Positive = 5.0
    leave_s: _Positive = 10.0
    leave_m: Annotated[float, Meta(ge=0)] = 20.0
    load_memory_s: _Positive = 600.0
    permits_stale_s: _Positive = 259_200.0
    off_route_s: _Positive = 60.0
    off_route_m: Annotated[float, Meta(ge=0)] = 300.0
    outside_hours_s: _Positive = 120.0
    no_permit_s: _Positive = 120.0
    speeding_s: _Positive = 10.0
    speeding_mps: Annotated[float, Meta(ge=0)] = 1.5
    forbidden_s: _Positive = 30.0
    stop_s: _Positive = 1800.0
    over_s: _Positive = 20.0
    unobserved_s: _Positive = 300.0
    unchecked_s: _Positive = 60.0
