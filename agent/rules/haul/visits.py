"""`zone_visit`: in which sites, forbidden and risk zones the truck was, as episodes of severity info.

Entered is a zone when the truck was surely inside for `enter_s`; left when it was surely outside, and by
`leave_m`, for `leave_s`. Slow zones are not told: they say nothing of where a load comes from or goes.
"""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Settings
from agent.rule_layers import Zone
from agent.rules.charges import versions
from agent.rules.haul.scene import Scene
from agent.rules.motion import SECOND, boot_of, microseconds, subject
from agent.rules.zones import place

_TOLD = ("loading", "disposal", "forbidden", "risk")
_MOST = 32
change = msgspec.structs.replace


class Visit(msgspec.Struct, frozen=True):
    """Inside a zone `since`; `subject` once it is told; `out_since`: surely outside; `seen`: surely not."""

    zone: str
    role: str
    name: str
    since: int
    seen: int
    subject: str | None = None
    out_since: int | None = None


Visits = dict[str, Visit]  # by zone


def advance(visits: Visits, scene: Scene) -> tuple[Visits, list[Effect]]:
    """Take the moment of a fit fix."""
    near = {zone.id: (zone, away) for zone, away in scene.near if zone.role in _TOLD}
    after: Visits = {}
    effects: list[Effect] = []
    for name, visit in visits.items():
        found = near.get(name)
        kept, more = _follow(visit, scene, None if found is None else found[1])
        effects += more
        if kept is not None:
            after[name] = kept
    for name, (zone, away) in near.items():
        if name not in after and away < -scene.error_m and len(after) < _MOST:
            after[name] = _arrived(zone, scene.now)
    return after if after or visits else visits, effects


def idle(visits: Visits, settings: Settings, now: int) -> tuple[Visits, list[Effect]]:
    """Time passes without a fit fix."""
    patience = settings.limits.unobserved_s * SECOND
    gone = [visit for visit in visits.values() if now - visit.seen > patience]
    if not gone:
        return visits, []
    kept = {name: visit for name, visit in visits.items() if visit not in gone}
    return kept, [e for visit in gone for e in _ended(visit, settings, visit.seen, "unobserved")]


def interrupt(visits: Visits, settings: Settings) -> list[Effect]:
    """End what is open where it was last seen: the boot or the shift is over."""
    return [e for visit in visits.values() for e in _ended(visit, settings, visit.seen, "interrupted")]


def resume(visits: Visits) -> Visits:
    """After a restart in the same boot a visit goes on; one that was not told yet begins anew."""
    return {name: change(visit, out_since=None) for name, visit in visits.items() if visit.subject}


def _arrived(zone: Zone, now: int) -> Visit:
    return Visit(zone.id, zone.role, zone.name, now, now)


def _follow(visit: Visit, scene: Scene, away: float | None) -> tuple[Visit | None, list[Effect]]:
    limits, now = scene.settings.limits, scene.now
    if visit.subject is None:
        if away is None or away >= -scene.error_m:
            return None, []
        if now - visit.since < limits.enter_s * SECOND:
            return change(visit, seen=now), []
        name = subject(f"zone_visit-{visit.zone}", scene.settings, visit.since)
        begun = change(visit, seen=now, subject=name)
        return begun, [_started(begun, scene)]
    if away is not None and away <= limits.leave_m + scene.error_m:
        return change(visit, seen=now, out_since=None), []
    since = now if visit.out_since is None else visit.out_since
    if now - since < limits.leave_s * SECOND:
        return change(visit, seen=now, out_since=since), []
    return None, _ended(visit, scene.settings, since, "left")


def _started(visit: Visit, scene: Scene) -> Emit:
    data = _data(visit) | {"place": place(scene.fix)} | versions(scene.settings)
    return Emit("event", "zone_visit.started", visit.subject or "", data)


def _ended(visit: Visit, settings: Settings, until: int, why: str) -> list[Effect]:
    if visit.subject is None:
        return []
    data = _data(visit) | {"until_us": microseconds(until), "reason": why} | versions(settings)
    if why == "interrupted":
        data["boot"] = boot_of(visit.subject)
    return [Emit("event", "zone_visit.ended", visit.subject, data)]


def _data(visit: Visit) -> dict[str, Any]:
    zone = {"id": visit.zone, "role": visit.role, "name": visit.name}
    return {"zone": zone, "since_us": microseconds(visit.since)}
