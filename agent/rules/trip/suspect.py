"""`suspicious_loading`, `suspicious_unloading`: a load came or went surely outside every site meant for that.

Proven it must be: by zones that are in force and whole, by signals sure enough of before and after, and by a
way without a gap in which a site could be reached. An accusation that turns out wrong is taken back.
"""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Settings, Snapshot
from agent.rules import trail
from agent.rules.account import views_of
from agent.rules.agreement import behind
from agent.rules.charges import charge, versions
from agent.rules.motion import boot_of, microseconds, subject
from agent.rules.switches import shown
from agent.rules.trip.ground import Seen, Where, lifted
from agent.rules.trip.moment import Moment, apart_s
from agent.rules.trip.record import spot
from agent.rules.trip.state import Sight, Step, Suspect, Trips
from agent.rules.trip.where import Turn, nowhere_near

UNLOADING, LOADING = "suspicious_unloading", "suspicious_loading"
_PICTURED = ("violation", "critical")
change = msgspec.structs.replace
Data = dict[str, Any]


def follow(trips: Trips, sight: Sight) -> Step:
    """The moment of a fit fix: the lift is up with a load outside the sites; what is open may be over."""
    trips, effects = _over(trips, sight)
    if trips.trip is None or trips.laden is not True or not trips.ground.lifts:
        return trips, effects
    lift = trips.ground.lifts[-1]
    up = [one for one in lifted(trips.ground, sight.settings) if one is lift and not lift.over]
    if not up or lift.accused or lift.since.boot != sight.now.boot or sight.place is None:
        return trips, effects
    if not _sure(trips, sight.settings) or not _stranger(trips):
        return trips, effects
    suspect = _suspect(UNLOADING, trips, sight, lift.since)
    suspect = change(suspect, fixes=_fixes(sight, lift.place, () if trips.stop is None else trips.stop.fixes))
    facts = {"how": "lift", "dwell_s": round(lift.seconds, 1), "gap": None}
    begun = _started(suspect, trips, sight, facts, (trips.by, ("lift",), trips.sure, trips.sure))
    ground = change(trips.ground, lifts=(*trips.ground.lifts[:-1], change(lift, accused=True)))
    trips = change(trips, ground=ground, suspects=trips.suspects | {UNLOADING: suspect})
    return trips, [*effects, begun, *_pictures(begun, sight.settings)]


def turned(trips: Trips, sight: Sight, turn: Turn, before: tuple[float, tuple[str, ...]]) -> Step:
    """A load came or went; `before`: how sure the former state was, and by which signals."""
    kind = UNLOADING if turn.role == "disposal" else LOADING
    at, accuse = turn.at, sight.settings.trips.accuse
    proven = turn.outside and at is not None and at.boot == sight.now.boot
    if not proven or at is None or min(before[0], turn.confidence) < accuse or kind in trips.suspects:
        return trips, []
    if kind == UNLOADING and any(lift.accused for lift in trips.ground.lifts):
        return trips, []
    if turn.by == ("vision",) and not _long_so(trips, sight, at):
        return trips, []
    goes_on = trips.stop is not None and trips.stop.since == turn.stopped
    suspect = _suspect(kind, trips, sight, at)
    suspect = change(
        suspect, stop=turn.stopped if goes_on else None, fixes=_fixes(sight, turn.place, turn.fixes)
    )
    dwell_s = None if turn.dwell_s is None else round(turn.dwell_s, 1)
    facts = {"how": turn.how, "dwell_s": dwell_s, "gap": turn.gap}
    begun = _started(suspect, trips, sight, facts, (before[1], turn.by, before[0], turn.confidence))
    trips = change(trips, suspects=trips.suspects | {kind: suspect}, last_suspect=suspect.subject)
    effects: list[Effect] = [begun, *_pictures(begun, sight.settings)]
    if goes_on:
        return trips, effects
    trips, ended = _end(trips, kind, sight.settings, sight.now, "drove_on")
    return trips, [*effects, *ended]


def _long_so(trips: Trips, sight: Sight, at: Moment) -> bool:
    """Whether what was before had held for long: cameras that err do so twice within minutes."""
    held = None if trips.held is None else apart_s(trips.held, at, trips.offsets)
    return held is not None and held >= sight.settings.trips.alone_s


def withdraw(trips: Trips, settings: Settings) -> Step:
    """The load that was said to be gone is there: what was accused of it is taken back."""
    name = trips.last_suspect
    if name is None or not name.startswith(UNLOADING):
        return trips, []
    kept = {kind: one for kind, one in trips.suspects.items() if one.subject != name}
    data: Data = {"withdrawn": "still_loaded", "trip": None if trips.last is None else trips.last.id}
    data |= {"authority": list(charge(settings, UNLOADING).authority), **versions(settings)}
    withdrawn = Emit("event", f"{UNLOADING}.updated", name, data, "notice")
    return change(trips, suspects=kept, last_suspect=None), [withdrawn]


def interrupt(trips: Trips, settings: Settings) -> Step:
    """The boot or the shift is over: what is open ends where it was last seen."""
    effects: list[Effect] = []
    for kind, suspect in list(trips.suspects.items()):
        seen = trips.seen or suspect.since
        trips, more = _end(trips, kind, settings, seen, "interrupted")
        effects += more
    return trips, effects


def _sure(trips: Trips, settings: Settings) -> bool:
    """Whether the load is sure, and the truck was in no disposal site since."""
    return trips.sure >= settings.trips.accuse and nowhere_near(
        trips.ground, trips.stop, settings, "disposal"
    )


def _stranger(trips: Trips) -> bool:
    """Whether the truck is not at the site where this load came from."""
    here = trips.ground.here.get("loading")
    return trips.trip is not None and (here is None or here not in {t.site for t in trips.trip.loaded})


def _over(trips: Trips, sight: Sight) -> Step:
    effects: list[Effect] = []
    for kind, suspect in list(trips.suspects.items()):
        if suspect.stop is not None:
            over = trips.stop is None or trips.stop.over or trips.stop.since != suspect.stop
            why = "drove_on"
        else:
            up = [lift for lift in trips.ground.lifts if lift.since == suspect.since and not lift.over]
            over, why = not up, "lowered"
        if over:
            trips, more = _end(trips, kind, sight.settings, sight.now, why)
            effects += [*more, *(shot for e in more for shot in _pictures(e, sight.settings))]
    return trips, effects


def _suspect(kind: str, trips: Trips, sight: Sight, since: Moment) -> Suspect:
    name = subject(kind, sight.settings, since.ns)
    return Suspect(kind, name, since, None if trips.trip is None else trips.trip.id)


def _fixes(sight: Sight, place: Where | None, known: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """Those of the stop; without one, the place."""
    where = place or sight.place
    return known or (() if where is None else ((sight.now.ns, *where, None),))


def _started(
    suspect: Suspect,
    trips: Trips,
    sight: Sight,
    facts: Data,
    told: tuple[tuple[str, ...], tuple[str, ...], float, float],
) -> Emit:
    settings, load = sight.settings, sight.load
    place = suspect.fixes[0][1:3] if suspect.fixes else sight.place
    limits = settings.trips
    data = {
        "since_us": microseconds(suspect.since.ns),
        "trip": suspect.trip,
        "facts": facts,
        **spot(place, suspect.since, trips, settings),
        "before": {"by": list(told[0]), "confidence": round(told[2], 2)},
        "after": {"by": list(told[1]), "confidence": round(told[3], 2)},
        "fixes": {"count": len(suspect.fixes), "kept": [_fix(one) for one in suspect.fixes]},
        "views": views_of(load),
        "readings": {camera: trail.shown(found) for camera, found in behind(load).items()},
        "switches": [shown(sight.switches, role, sight.now.ns) for role in ("lift", "load")],
        "thresholds": {"accuse": limits.accuse, "hold_s": limits.hold_s, "lift_s": limits.lift_s},
        "authority": list(charge(settings, suspect.kind).authority),
        **versions(settings),
    }
    return _emit(suspect, "started", data, settings)


def _end(trips: Trips, kind: str, settings: Settings, until: Moment, why: str) -> Step:
    suspect = trips.suspects[kind]
    data = {
        "since_us": microseconds(suspect.since.ns),
        "until_us": microseconds(max(until.ns, suspect.since.ns)),
        "reason": why,
        "trip": suspect.trip,
        "authority": list(charge(settings, kind).authority),
        **versions(settings),
    }
    if why == "interrupted":
        data["boot"] = boot_of(suspect.subject)
    rest = {name: one for name, one in trips.suspects.items() if name != kind}
    return change(trips, suspects=rest), [_emit(suspect, "ended", data, settings)]


def _emit(suspect: Suspect, what: str, data: Data, settings: Settings) -> Emit:
    severity = charge(settings, suspect.kind).severity
    return Emit("event", f"{suspect.kind}.{what}", suspect.subject, data, severity)


def _pictures(event: Effect, settings: Settings) -> list[Effect]:
    """A violation is pictured by the body cameras."""
    if not isinstance(event, Emit) or event.severity not in _PICTURED:
        return []
    return [Snapshot(camera, event.subject, event.type) for camera in settings.body_cameras]


def _fix(one: Seen) -> Data:
    at, lat, lon, speed = one
    return {
        "at_us": microseconds(at),
        "lat": round(lat, 7),
        "lon": round(lon, 7),
        "speed": None if speed is None else round(speed, 2),
    }
