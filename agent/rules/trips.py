"""Trips, what is suspicious about them, and stops with a load, as one part of the rule state.

Unlike most of what the rules remember, a trip outlives a stop of the agent, a boot and the end of a shift;
the span in which nobody watched is named in it.
"""

import msgspec

from agent.model import Effect, Emit, Observation, Restarted, Settings, Tick
from agent.rules.agreement import Load
from agent.rules.haul.scene import Look, Scene
from agent.rules.haul.standing import Spent
from agent.rules.motion import Motion
from agent.rules.switches import Switches
from agent.rules.trip import papers, stops, suspect
from agent.rules.trip import trip as trips_of
from agent.rules.trip.correct import correct
from agent.rules.trip.decide import decide
from agent.rules.trip.ground import Gap, Ground, with_gap, with_stop
from agent.rules.trip.moment import Moment
from agent.rules.trip.record import told
from agent.rules.trip.state import Sight, Step, Trips
from agent.rules.trip.watch import watch
from agent.rules.trip.where import zones_lack

__all__ = ["Trips", "advance", "follow", "leave", "looks", "restart", "spent"]
change = msgspec.structs.replace


def advance(
    trips: Trips,
    settings: Settings,
    moment: tuple[Motion, Load, Switches],
    seen: Observation,
    at: tuple[Scene | None, int | None],
) -> Step:
    """Take a second or a fix; `at` is the scene of a fit fix, and UTC minus CLOCK_BOOTTIME, ns."""
    scene, offset = at
    if scene is None and not isinstance(seen, Tick):
        return trips, []
    motion, load, switches = moment
    sight = Sight(settings, Moment(settings.boot, seen.mono_ns), scene, motion, load, switches, offset)
    trips, effects = _back(trips, settings, sight.now)
    trips, more = watch(trips, sight, seen)
    effects += more
    trips, more = decide(trips, sight)
    effects += more
    if scene is not None:
        for part in (suspect.follow, stops.follow):
            trips, more = part(trips, sight)
            effects += more
    if trips.stop is not None and trips.stop.over:
        trips = change(trips, stop=None)
    trips, more = correct(trips, sight)
    return trips, effects + more


def follow(trips: Trips, effects: list[Effect]) -> Trips:
    """Remember the violations among the effects of a step in the trip that lasts."""
    if trips.trip is None:
        return trips
    trip = trips_of.met(trips.trip, [e for e in effects if isinstance(e, Emit) and e.stream == "event"])
    return trips if trip is trips.trip else change(trips, trip=trip)


def spent(trips: Trips) -> Spent:
    """Trips that count against permits since their list was compiled."""
    return papers.spent(trips.book)


def looks(trips: Trips, scene: Scene) -> dict[str, Look]:
    """What keeps the rules about loading and unloading from judging, for the ledger."""
    role, name = (
        ("loading", "suspicious_loading") if trips.laden is False else ("disposal", suspect.UNLOADING)
    )
    lifts = trips.ground.lifts
    if trips.laden is None:
        raised = bool(lifts) and not lifts[-1].over
        return {name: Look("unknown", "load") if raised else Look("neither")}
    lacking = zones_lack(scene.settings, role)  # type: ignore[arg-type]
    if lacking and "zones" in scene.settings.layers and scene.moving:
        return {name: Look("unknown", "zones", facts={"zones": lacking})}
    return {name: Look("over", "checked") if not lacking else Look("neither")}


def restart(trips: Trips, settings: Settings, seen: Restarted) -> Step:
    """After a start the trip goes on, the span without the agent is named; over a boot all else ends."""
    if trips.away is not None and not seen.new_boot:  # off duty: the shift says when somebody watches again
        return trips, []
    why = "stopped" if seen.clean else "cut"
    trips, effects = leave(trips, settings, why, ends=seen.new_boot)
    newest = 0 if seen.new_boot else trips.newest
    trips, more = _back(change(trips, ticked=0, newest=newest), settings, Moment(settings.boot, seen.mono_ns))
    return trips, effects + more


def leave(trips: Trips, settings: Settings, why: str, *, ends: bool) -> Step:
    """Nobody watches from now on; `ends`: but for the trip, what is open is over."""
    effects: list[Effect] = []
    if ends:
        trips, effects = suspect.interrupt(trips, settings)
        trips, more = stops.interrupt(trips, settings)
        effects += more
        stop = trips.stop
        ground = trips.ground if stop is None else with_stop(trips.ground, stop, settings)
        trips = change(trips, ground=_let_down(ground), stop=None)
    seen = trips.seen
    if trips.away is not None or seen is None:
        return trips, effects
    trip = None if trips.trip is None else trips_of.left_alone(trips.trip, why, seen)
    if why == "off_duty":
        trips = _without_places(trips)
    ground = _interrupted(trips.ground, trips, seen, why)
    trips = change(trips, trip=trip, ground=ground, turning=None, away=why)
    return change(trips, way=change(trips.way, ns=None)), effects


def _without_places(trips: Trips) -> Trips:
    """Off duty nobody remembers where the truck was, but for the places in the trip itself and site ids."""
    kept = Ground(here=trips.ground.here)
    return change(trips, ground=kept, way=change(trips.way, place=None), last=None, last_at=None)


def _let_down(ground: Ground) -> Ground:
    """The lift's word ends here."""
    return change(
        ground, lifts=tuple(lift if lift.over else change(lift, over=True) for lift in ground.lifts)
    )


def _interrupted(ground: Ground, trips: Trips, seen: Moment, why: str) -> Ground:
    """A gap begins, or the one that was open is another now."""
    if ground.gaps and ground.gaps[-1].open:
        return change(ground, gaps=(*ground.gaps[:-1], change(ground.gaps[-1], why=why)))
    return with_gap(ground, Gap(seen, seen, why, trips.way.place, trips.way.m, seen.ns, sites=ground.here))


def _back(trips: Trips, settings: Settings, now: Moment) -> Step:
    """Somebody watches again."""
    if trips.away is None:
        return trips, []
    gaps = trips.ground.gaps
    ground = change(trips.ground, gaps=(*gaps[:-1], change(gaps[-1], until=now, waiting=now.ns)))
    trips = change(trips, away=None, ground=ground, seen=now)
    if trips.trip is None:
        return trips, []
    trip = trips_of.watched_again(trips.trip, now)
    trips = change(trips, trip=change(trip, version=trip.version + 1))
    return trips, [told("updated", trips.trip, trips, settings)] if trips.trip else []
