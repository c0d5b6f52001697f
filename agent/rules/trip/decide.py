"""When the truck became loaded or empty: trips begin, end, and are corrected.

The signals together must say so for `hold_s` without a break; what was decided wrongly is put right under the
same trip while that is not too long ago.
"""

import msgspec

from agent.model import Effect, Emit
from agent.rules.motion import SECOND, subject
from agent.rules.switches import since
from agent.rules.trip import suspect
from agent.rules.trip.correct import NOW_WORDS, end_s_of, go_on, never_gone
from agent.rules.trip.ground import Ground, lifted, shed
from agent.rules.trip.moment import Moment
from agent.rules.trip.papers import enter, papers, spent
from agent.rules.trip.record import told
from agent.rules.trip.scales import Votes, speaking, total, weigh
from agent.rules.trip.state import Sight, Step, Trips, Turning, unsettled
from agent.rules.trip.trip import Trip, met, tipped
from agent.rules.trip.verdict import returned
from agent.rules.trip.where import Now, Turn, turned

change = msgspec.structs.replace


def decide(trips: Trips, sight: Sight) -> Step:
    """Weigh what is heard now."""
    limits = sight.settings.trips
    votes = weigh(sight.words, trips.ground, sight.settings, laden=trips.laden)
    score = total(votes)
    laden = score > 0
    if abs(score) < limits.decide or laden == trips.laden:
        trips = trips if trips.turning is None else change(trips, turning=None)
        return _reassured(trips, sight, {name: votes[name] for name in NOW_WORDS if name in votes})
    turning = trips.turning
    if turning is None or turning.laden != laden:
        turning = Turning(laden, sight.now.ns)
    if sight.now.ns - turning.since < limits.hold_s * SECOND or unsettled(trips, sight):
        return change(trips, turning=turning), []
    trips = change(trips, turning=None)
    return _became_loaded(trips, sight, votes) if laden else _became_empty(trips, sight, votes)


def _reassured(trips: Trips, sight: Sight, votes: Votes) -> Step:
    """The signals that say what is now say that all is as it was: what happened before changed nothing."""
    laden = trips.laden is True
    score = total(votes) if laden else -total(votes)
    if trips.laden is None or score < sight.settings.trips.decide:
        return trips, []
    by = speaking(votes, laden=laden)
    ground = shed(trips.ground, sight.settings, sight.now)
    tips = lifted(trips.ground, sight.settings) if laden and ground is not trips.ground else ()
    sure = max(trips.sure, min(1.0, score))
    known = tuple(sorted({*trips.by, *by}))
    trips = change(trips, ground=ground, sure=sure, by=known, sure_at=sight.now)
    gone = tuple(lift for lift in tips if lift not in ground.lifts)
    if trips.trip is not None and gone:
        return _partly(trips, trips.trip, tipped(trips.trip, gone, sight.now), sight)
    return trips, []


def _partly(trips: Trips, old: Trip, trip: Trip, sight: Sight) -> Step:
    if trip is old:
        return trips, []
    trip = change(trip, version=trip.version + 1)
    return change(trips, trip=trip), [told("updated", trip, trips, sight.settings)]


def _turn(trips: Trips, sight: Sight, votes: Votes, *, laden: bool) -> Turn:
    now = Now(sight.now, sight.place, trips.way.m, trips.sure_at)
    found = turned(trips.ground, trips.stop, sight.settings, "loading" if laden else "disposal", now)
    if trips.laden is None and laden and found.site is None:  # nobody had looked before
        found = Turn("unobserved", "loading", None, None, None, (None, sight.now), trips.way.m)
    return change(
        found,
        at=_since(found, sight, speaking(votes, laden=laden)),
        by=speaking(votes, laden=laden),
        against=speaking(votes, laden=not laden),
        confidence=round(min(1.0, abs(total(votes))), 2),
    )


def _since(found: Turn, sight: Sight, by: tuple[str, ...]) -> Moment | None:
    """When it happened within a stop: where the signals that say so began to."""
    at = found.at
    if found.stopped is None or at is None or at.boot != sight.now.boot:
        return at
    heard = [sight.load.since] if "vision" in by else []
    told = since(sight.switches, "load", sight.now.ns) if "load" in by else None
    earliest = min([*heard, *([] if told is None else [told])], default=at.ns)
    last = at.ns + round((found.dwell_s or 0.0) * SECOND)
    return Moment(at.boot, max(at.ns, min(earliest, last)))


def _anew(trips: Trips, sight: Sight, turn: Turn, *, laden: bool) -> Trips:
    """The other state holds from now on, and nothing has happened since; a lift that is up stays up."""
    up = () if laden else tuple(lift for lift in trips.ground.lifts if not lift.over)
    ground = Ground(lifts=up, here=trips.ground.here, speedless=trips.ground.speedless)
    trips = change(trips, laden=laden, sure=turn.confidence, by=turn.by)
    return change(trips, sure_at=sight.now, held=sight.now, ground=ground)


def _became_loaded(trips: Trips, sight: Sight, votes: Votes) -> Step:
    turn = _turn(trips, sight, votes, laden=True)
    if trips.last is not None and never_gone(trips, sight, turn):
        return go_on(_anew(trips, sight, turn, laden=True), sight, trips.last)
    at = turn.at if turn.at is not None and turn.at.boot == sight.now.boot else sight.now
    newest = max(at.ns, trips.newest + 1000)  # subjects differ by the microsecond
    name = subject("trip", sight.settings, newest)
    trip = Trip(name, 1, (turn,), turn.way_m, trips.way.bridged_m)
    trip = papers(trip, sight.settings, sight.utc_s, trips.offsets, spent(trips.book))
    before = (trips.sure if trips.laden is False else 0.0, trips.by)
    trips = change(trips, trip=trip, newest=newest, last=None, last_at=None, last_suspect=None)
    trips, effects = suspect.turned(trips, sight, turn, before)
    trip = met(trip, _events(effects))
    trips = change(_anew(trips, sight, turn, laden=True), trip=trip)
    return trips, [*effects, told("started", trip, trips, sight.settings)]


def _became_empty(trips: Trips, sight: Sight, votes: Votes) -> Step:
    turn = _turn(trips, sight, votes, laden=False)
    trip = trips.trip
    if trip is not None and returned(trip, turn):
        turn = change(turn, outside=False)
    if trip is None:
        return _anew(trips, sight, turn, laden=False), []
    trips, effects = suspect.turned(change(trips, last_suspect=None), sight, turn, (trips.sure, trips.by))
    trip = met(trip, _events(effects))
    ended = (turn.way_m, trips.way.bridged_m)
    trip = change(trip, version=trip.version + 1, emptied=turn, ended=ended, corrected=None)
    trip = papers(trip, sight.settings, sight.utc_s, trips.offsets, spent(trips.book))
    ended_s = end_s_of(trip, trips)
    trips = change(
        _anew(trips, sight, turn, laden=False),
        trip=None,
        last=trip,
        last_at=sight.now,
        last_timed=ended_s is not None,
        book=enter(trips.book, trip, ended_s),
    )
    return trips, [*effects, told("ended", trip, trips, sight.settings)]


def _events(effects: list[Effect]) -> list[Emit]:
    return [e for e in effects if isinstance(e, Emit) and e.stream == "event"]
