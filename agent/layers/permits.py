"""Permits to haul (清运证) from JSON: what docs/permits.md says of each. Pure."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from agent.layers.document import Problem, Wrong
from agent.layers.geojson import KMH, Hours, hours_of, once
from agent.layers.places import check_axes, check_length, positions, system_of, wgs84
from agent.rule_layers import Permit, Route

FORMAT = "haulwatch permits 1"
MOST_PERMITS, MOST_OF_ONE, MOST_ROUTES, MOST_CORNERS = 20_000, 50, 20, 2_000
_Text = Annotated[str, Meta(max_length=200)]
_Id = Annotated[str, Meta(min_length=1, max_length=64)]
_Ids = Annotated[tuple[_Id, ...], Meta(max_length=1000)]
_Moment = Annotated[datetime, Meta(tz=True)]
_Count = Annotated[int, Meta(ge=0, le=1_000_000)]
_AN_EXAMPLE = "see the example in docs/permits.md"


class _Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line in the list's coordinate system and the width of its corridor, m."""

    line: list[Any]
    width_m: Annotated[float, Meta(ge=10, le=5000)]
    id: _Text = ""


class _Trips(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The quota, and how many of them the platform had counted at `as_of`."""

    allowed: _Count
    used: _Count = 0


class _Permit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One permit as it stands there; `from` and `to` are its period."""

    id: _Id
    from_: _Moment = msgspec.field(name="from")
    to: _Moment
    vehicle: _Text = ""
    plate: _Text = ""
    company: _Text = ""
    hours: Hours = ()
    time_zone: str | None = None
    routes: Annotated[tuple[_Route, ...], Meta(max_length=MOST_ROUTES)] = ()
    loading: _Ids = ()
    disposal: _Ids = ()
    may_enter: _Ids = ()
    material: _Text = ""
    speed_limit_kmh: Annotated[float, Meta(ge=1, le=200)] | None = None
    trips: _Trips | None = None


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The list around them."""

    format: Literal["haulwatch permits 1"]
    as_of: _Moment
    permits: list[Any]
    coordinate_system: str | None = None
    time_zone: str | None = None


class Held(msgspec.Struct, frozen=True):
    """A permit and whose it is: FLEET/VEHICLE or a plate, "" where it does not say."""

    permit: Permit
    vehicle: str
    plate: str


class PermitSheet(msgspec.Struct, frozen=True):
    """What a list holds, and what is wrong with it; `as_of` is s since 1970, UTC."""

    as_of: int
    held: tuple[Held, ...]
    problems: tuple[Problem, ...]

    def of(self, vehicle: str, plate: str | None) -> tuple[Permit, ...]:
        """The permits of one vehicle: FLEET/VEHICLE, or its plate."""
        return tuple(
            h.permit for h in self.held if h.vehicle == vehicle or (not h.vehicle and plate == h.plate)
        )


def permits_of(document: Any) -> PermitSheet:
    """All permits of a list, and all problems."""
    try:
        given = msgspec.convert(document, _List)
    except msgspec.ValidationError as e:
        return PermitSheet(0, (), (Problem(None, f"is no list of permits ({e})", _AN_EXAMPLE),))
    as_of = round(given.as_of.timestamp())
    if len(given.permits) > MOST_PERMITS:
        many = Problem(None, f"has {len(given.permits)} permits, at most {MOST_PERMITS}", "split it")
        return PermitSheet(as_of, (), (many,))
    held: dict[str, Held] = {}
    problems: list[Problem] = []
    for number, one in enumerate(given.permits):
        try:
            found = _held(one, given)
            once(found.permit.id, held)
        except Wrong as e:
            problems.append(Problem(f"permit {number}", str(e), e.remedy))
        else:
            held[found.permit.id] = found
    return PermitSheet(as_of, tuple(held.values()), tuple(problems))


def _held(one: Any, around: _List) -> Held:
    try:
        found = msgspec.convert(one, _Permit)
    except msgspec.ValidationError as e:
        raise Wrong(f"{e}", _AN_EXAMPLE) from e
    if not found.vehicle and not found.plate:
        raise Wrong("names no vehicle", "add vehicle (FLEET/VEHICLE) or plate")
    begins, ends = round(found.from_.timestamp()), round(found.to.timestamp())
    if ends <= begins:
        raise Wrong("ends before it begins", "correct from and to")
    shifts, zone = hours_of(found.hours, found.time_zone or around.time_zone)
    permit = Permit(
        id=found.id,
        company=found.company,
        begins=begins,
        ends=ends,
        hours=shifts,
        time_zone=zone,
        routes=tuple(_route(i, route, around) for i, route in enumerate(found.routes)),
        loading=found.loading,
        disposal=found.disposal,
        may_enter=found.may_enter,
        material=found.material,
        limit_mps=None if found.speed_limit_kmh is None else round(found.speed_limit_kmh / KMH, 4),
        trips=None if found.trips is None else found.trips.allowed,
        used=0 if found.trips is None else found.trips.used,
    )
    return Held(permit, found.vehicle, found.plate)


def _route(number: int, route: _Route, around: _List) -> Route:
    try:
        system = system_of({"coordinate_system": around.coordinate_system})
        line = positions(route.line, MOST_CORNERS)
        check_axes(line, system)
        check_length(line)
    except Wrong as e:
        raise Wrong(f"route {route.id or number}: {e}", e.remedy) from e
    return Route(route.id or str(number), wgs84(line, system), route.width_m)
