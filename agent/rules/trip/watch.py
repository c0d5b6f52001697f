"""What each moment adds to what is known of the way, the stops, the lift, and the trip that lasts."""

import msgspec

from agent.model import Effect, Tick
from agent.rules.motion import SECOND
from agent.rules.trip import ground as grounds
from agent.rules.trip import trip as trips_of
from agent.rules.trip.ground import Gap, Stop
from agent.rules.trip.moment import Moment, known
from agent.rules.trip.papers import current
from agent.rules.trip.record import told
from agent.rules.trip.state import Sight, Step, Trips
from agent.rules.trip.trip import Trip
from agent.rules.trip.way import go
from agent.rules.trip.where import Turn

change = msgspec.structs.replace


def watch(trips: Trips, sight: Sight, seen: object) -> Step:
    """Take a moment."""
    trips = change(trips, offsets=known(trips.offsets, sight.now.boot, sight.offset))
    effects: list[Effect] = []
    if sight.scene is not None:
        trips, effects = _drive(trips, sight)
    if isinstance(seen, Tick):
        trips = _tick(trips, sight)
    ground = grounds.raised(trips.ground, sight.words.lift, sight.now, sight.place, trips.way.m)
    ground = grounds.stands(ground, trips.stop)
    return change(trips, ground=ground, seen=sight.now), effects


def _drive(trips: Trips, sight: Sight) -> Step:
    """The moment of a fit fix."""
    scene = sight.scene
    if scene is None:
        return trips, []
    way = go(trips.way, scene)
    ground = grounds.tread(grounds.seen_again(trips.ground, scene, trips.offsets), scene)
    lifted = bool(ground.lifts) and not ground.lifts[-1].over
    stop = grounds.stood(trips.stop, scene, way.m, lifted=lifted)
    effects: list[Effect] = []
    trip = trips.trip
    if trip is not None:
        hauled = trips_of.drove(trip.hauled, scene.fix.speed, sight.now, way.gap_s)
        trip = change(trip, hauled=hauled)
    if stop is not None and stop.over:
        ground = grounds.with_stop(ground, stop, sight.settings)
        trip, effects = _loaded_again(trips, trip, stop, sight)
    return change(trips, way=way, ground=ground, stop=stop, trip=trip), effects


def _loaded_again(
    trips: Trips, trip: Trip | None, stop: Stop, sight: Sight
) -> tuple[Trip | None, list[Effect]]:
    """A truck that carries a load stood in another loading site: more may have come on."""
    long_enough = stop.seconds >= sight.settings.trips.stop_s
    if trip is None or stop.loading is None or stop.disposal is not None or not long_enough:
        return trip, []
    if stop.loading in {turn.site for turn in trip.loaded}:
        return trip, []
    weights = sight.settings.trips.weights
    turn = Turn(
        "stop", "loading", stop.since, stop.place, stop.loading, (stop.since, stop.seen), stop.way_m,
        by=("stop", "zone"), confidence=round(weights.zone + weights.stop, 2), dwell_s=stop.seconds,
    )  # fmt: skip
    trip = change(trip, loaded=(*trip.loaded, turn)[:16], version=trip.version + 1)
    return trip, [told("updated", trip, trips, sight.settings)]


def _tick(trips: Trips, sight: Sight) -> Trips:
    """A second passed."""
    trip, now = trips.trip, sight.now
    if trip is not None:
        step_ns = now.ns - trips.ticked
        hauled = trips_of.moved(trip.hauled, sight.load.state, step_ns, moving=sight.moving)
        trip = change(trip, hauled=hauled)
    book = current(trips.book, sight.settings)
    return change(_lose(trips, sight), trip=trip, book=book, ticked=now.ns)


def _lose(trips: Trips, sight: Sight) -> Trips:
    """Open a gap when fit fixes do not come any more."""
    ground, way, now = trips.ground, trips.way, sight.now
    already = bool(ground.gaps) and ground.gaps[-1].open
    if way.ns is None or already or now.ns - way.ns <= sight.settings.fix_gap_s * SECOND:
        if already:
            last = change(ground.gaps[-1], until=now)
            return change(trips, ground=change(ground, gaps=(*ground.gaps[:-1], last)))
        return trips
    gap = Gap(Moment(now.boot, way.ns), now, "fix", way.place, way.m, way.ns, sites=ground.here)
    return change(trips, ground=grounds.with_gap(ground, gap))
