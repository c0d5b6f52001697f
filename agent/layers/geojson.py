"""Zones from a GeoJSON FeatureCollection (RFC 7946): what docs/zones.md says of each feature. Pure."""

import difflib
from collections.abc import Container
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from agent.geometry.rings import fault, opened
from agent.layers.document import Problem, Wrong
from agent.layers.places import check_axes, positions, system_of, wgs84
from agent.rule_layers import Line, Role, Shift, Zone
from agent.shifts import EXAMPLE, NO_ZONE, named_zone, parse_hours

MOST_FEATURES, MOST_CORNERS, MOST_IN_RING = 20_000, 200_000, 5_000
KMH = 3.6
_Text = Annotated[str, Meta(max_length=200)]
_Id = Annotated[str, Meta(min_length=1, max_length=64)]
Hours = Annotated[tuple[str, ...], Meta(max_length=28)]


class _Properties(msgspec.Struct, frozen=True):
    """What of a feature's properties is ours; others are left aside."""

    id: _Id
    role: Role
    name: _Text | None = None
    speed_limit_kmh: Annotated[float, Meta(ge=1, le=200)] | None = None
    hours: Hours = ()
    time_zone: str | None = None
    loaded_only: bool = False


_OURS = _Properties.__struct_fields__
_SPELT = ("speed_limit_kmh", "hours", "time_zone", "loaded_only")  # what must not be lost to a typing error


class Sheet(msgspec.Struct, frozen=True):
    """What a layer holds: its system (None: undeclared), the zones that are right, and what is wrong."""

    system: str | None
    zones: tuple[Zone, ...]
    problems: tuple[Problem, ...]
    ignored: tuple[str, ...] = ()


def zones_of(document: Any) -> Sheet:
    """All zones of a layer, and all problems."""
    try:
        features = _features(document)
        system = system_of(document)
    except Wrong as e:
        return Sheet(None, (), (Problem(None, str(e), e.remedy),))
    reader = _Reader(system, document.get("time_zone"))
    for number, feature in enumerate(features):
        reader.take(number, feature)
    return Sheet(system, tuple(reader.zones.values()), tuple(reader.problems), tuple(sorted(reader.ignored)))


def hours_of(lines: tuple[str, ...], zone: str | None) -> tuple[tuple[Shift, ...], str]:
    """The hours of a week, and the time zone that they are meant in; raises Wrong."""
    try:
        shifts = tuple(shift for line in lines for shift in parse_hours(line))
    except ValueError as e:
        raise Wrong(str(e), EXAMPLE) from e
    if not shifts:
        return (), ""
    if not zone:
        raise Wrong("has hours, but names no time zone", 'add "time_zone": "Asia/Shanghai"')
    try:
        named_zone(zone)
    except ValueError as e:
        raise Wrong(str(e), NO_ZONE) from e
    return shifts, zone


def once(name: str, known: Container[str]) -> None:
    """Raise Wrong for an id that is there already."""
    if name in known:
        raise Wrong(f"the id {name!r} stands twice", "give each its own")


def _features(document: Any) -> list[Any]:
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise Wrong("is no FeatureCollection", "export it as GeoJSON (RFC 7946)")
    features: list[Any] = document["features"]
    if len(features) > MOST_FEATURES:
        raise Wrong(f"has {len(features)} features, at most {MOST_FEATURES}", "leave out what is far away")
    return features


class _Reader:
    """Takes feature after feature."""

    def __init__(self, system: str, time_zone: Any) -> None:
        self._system, self._time_zone = system, time_zone if isinstance(time_zone, str) else None
        self._corners = 0
        self.zones: dict[str, Zone] = {}
        self.problems: list[Problem] = []
        self.ignored: set[str] = set()

    def take(self, number: int, feature: Any) -> None:
        """Read one feature."""
        try:
            zone = self._zone(feature)
            once(zone.id, self.zones)
        except Wrong as e:
            self.problems.append(Problem(f"feature {number}", str(e), e.remedy))
            return
        self.zones[zone.id] = zone

    def _zone(self, feature: Any) -> Zone:
        found = self._properties(feature)
        rings = self._rings(feature.get("geometry"))
        if found.role == "slow" and found.speed_limit_kmh is None:
            raise Wrong("is a slow zone without a limit", "add speed_limit_kmh")
        shifts, zone = hours_of(found.hours, found.time_zone or self._time_zone)
        return Zone(
            id=found.id,
            role=found.role,
            ring=rings[0],
            name=found.name or "",
            holes=tuple(rings[1:]),
            limit_mps=None if found.speed_limit_kmh is None else round(found.speed_limit_kmh / KMH, 4),
            hours=shifts,
            time_zone=zone,
            loaded_only=found.loaded_only,
        )

    def _properties(self, feature: Any) -> _Properties:
        given = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(given, dict):
            raise Wrong("is no feature with properties", "give it id and role as properties")
        for name in given.keys() - _OURS:
            near = difflib.get_close_matches(str(name).lower(), _SPELT, 1, 0.75)
            if near:
                raise Wrong(f"the property {name!r} is not known", f"did you mean {near[0]}?")
            self.ignored.add(str(name))
        try:
            return msgspec.convert(given, _Properties)
        except msgspec.ValidationError as e:
            raise Wrong(f"{e}", "correct its properties; it needs id and role") from e

    def _rings(self, geometry: Any) -> list[Line]:
        """Checked as they stand there, then in WGS-84."""
        if not isinstance(geometry, dict) or geometry.get("type") != "Polygon":
            kind = geometry.get("type") if isinstance(geometry, dict) else None
            raise Wrong(f"is a {kind}" if kind else "has no geometry", "make it a Polygon, one for each part")
        given = geometry.get("coordinates")
        if not isinstance(given, list) or not given:
            raise Wrong("has no rings", "draw it anew")
        rings = [positions(ring, MOST_IN_RING) for ring in given]
        self._corners += sum(len(ring) for ring in rings)
        if self._corners > MOST_CORNERS:
            raise Wrong(f"the layer has over {MOST_CORNERS} corners up to here", "simplify its outlines")
        for ring in rings:
            check_axes(ring, self._system)
            if len(ring) < 4 or ring[0] != ring[-1]:
                few = "a ring has fewer than 4 positions" if len(ring) < 4 else "a ring is not closed"
                raise Wrong(few, "repeat its first position as its last")
        whole = [opened(ring) for ring in rings]
        wrong = fault(whole)
        if wrong is not None:
            raise Wrong(wrong, "draw it anew, or mend it with your GIS (make valid)")
        return [wgs84(ring, self._system) for ring in whole]
