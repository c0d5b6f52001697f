"""What really happened on the road: zones, permits, speed and stops. Pure."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from drivers.sim.scenario.facts import SITES, Fact, Mark, Scene, lasting, runs
from drivers.sim.scenario.plan import Permit, Zone

_TOLD = (*SITES, "forbidden", "risk")


def road_facts(scene: Scene) -> Iterator[Fact]:
    """All of them."""
    least, zones = scene.least, scene.world.scenario.zones
    seconds = range(len(scene.rows))
    for zone in zones:
        away = scene.away[zone.id]
        if zone.role in _TOLD:
            visits = runs("yes" if away[n] < 0 else "no" for n in seconds)
            facts = lasting("zone_visit", visits, least.visit_s, least.more_s)
            yield from (Fact(f.kind, zone.id, f.begin, f.end, f.must) for f in facts)
    forbidden = [zone for zone in zones if zone.role == "forbidden"]
    marks = (_mark(any(_forbids(scene, zone, n) for zone in forbidden)) for n in seconds)
    yield from lasting("forbidden_zone", runs(marks), least.forbidden_s, least.more_s)
    fast = runs(_mark(_speeds(scene, n)) for n in seconds)
    yield from lasting("speeding", fast, least.speeding_s, least.more_s / 2)
    stops = runs(_mark(scene.stands(n) and scene.rows[n].loaded and not scene.at_site[n]) for n in seconds)
    yield from (f for f in lasting("overlong_stop", stops, least.stop_s, least.more_s) if f.must)
    yield from _of_permits(scene)


def _mark(yes: bool) -> Mark:  # noqa: FBT001 - a truth
    return "yes" if yes else "no"


def _of_permits(scene: Scene) -> Iterator[Fact]:
    """Hauling without a permit, outside its hours, off its roads."""
    least, permits = scene.least, scene.world.scenario.permits
    if permits is None:
        return
    valid = [[p for p in permits if p.begins <= now.utc < p.ends] for now in scene.rows]
    hauls = [scene.hauls(n) for n in range(len(scene.rows))]
    none = runs(_where(hauls, (not known for known in valid)))
    yield from _worth(lasting("no_permit", none, least.no_permit_s, least.more_s), least.no_permit_s)
    late = (
        bool(known) and not any(_permits_hour(scene, p, n) for p in known) for n, known in enumerate(valid)
    )
    outside = lasting("outside_hours", runs(_where(hauls, late)), least.outside_hours_s, least.more_s)
    yield from _worth(outside, least.outside_hours_s)
    for begin, end in runs(_where(hauls, (_is_off(scene, known, n) for n, known in enumerate(valid)))):
        way = sum(now.pose.speed for now in scene.rows[begin:end])
        if way >= least.off_route_m / 2:
            sure = end - begin >= least.off_route_s + least.more_s and way >= least.off_route_m + 100
            yield Fact("off_route", "", begin, end, sure)


def _worth(facts: Iterable[Fact], least_s: float) -> Iterator[Fact]:
    return (fact for fact in facts if fact.end - fact.begin >= least_s / 2)


def _where(hauls: list[Mark], wrong: Iterable[bool]) -> Iterator[Mark]:
    """Wrong while it hauls; in a wait nothing is decided."""
    for mark, bad in zip(hauls, wrong, strict=True):
        yield mark if bad or mark == "no" else ("neither" if mark == "neither" else "no")


def _permits_hour(scene: Scene, permit: Permit, n: int) -> bool:
    return not permit.hours or _in_hours(scene, permit.hours, n)


def _is_off(scene: Scene, permits: list[Permit], n: int) -> bool:
    """Outside the corridors of all permits that name roads, where none lets it go anywhere."""
    if not permits or any(not permit.roads for permit in permits):
        return False
    east, north = scene.rows[n].place
    return all(
        scene.world.roads[name].away(east, north) > permit.corridor_m / 2
        for permit in permits
        for name in permit.roads
    )


def _forbids(scene: Scene, zone: Zone, n: int) -> bool:
    now, permits = scene.rows[n], scene.world.scenario.permits or ()
    if scene.away[zone.id][n] >= 0 or not _in_force(scene, zone, n):
        return False
    return not any(zone.id in p.may_enter and p.begins <= now.utc < p.ends for p in permits)


def _speeds(scene: Scene, n: int) -> bool:
    """Whether it is faster than the lowest limit that holds, by more than is tolerated."""
    now, speed = scene.rows[n], scene.rows[n].pose.speed
    limits = [
        zone.speed_limit_kmh / 3.6
        for zone in scene.world.scenario.zones
        if zone.speed_limit_kmh and scene.away[zone.id][n] < 0 and _in_force(scene, zone, n)
    ]
    valid = [p for p in scene.world.scenario.permits or () if p.begins <= now.utc < p.ends]
    of_permits = [p.speed_limit_kmh / 3.6 for p in valid if p.speed_limit_kmh]
    if now.loaded and valid and len(of_permits) == len(valid):
        limits.append(max(of_permits))
    return bool(limits) and speed > min(limits) + scene.least.speeding_mps


def _in_force(scene: Scene, zone: Zone, n: int) -> bool:
    laden = scene.rows[n].loaded or not zone.loaded_only
    return laden and (not zone.hours or _in_hours(scene, zone.hours, n))


def _in_hours(scene: Scene, hours: tuple[str, ...], n: int) -> bool:
    """Whether the local time lies in one of `HH:MM-HH:MM`, which may go over midnight."""
    local = scene.rows[n].utc.astimezone(ZoneInfo(scene.world.scenario.time_zone))
    minute = local.hour * 60 + local.minute
    for text in hours:
        begin, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
        if (minute - begin) % 1440 < ((end - begin) % 1440 or 1440):
            return True
    return False
