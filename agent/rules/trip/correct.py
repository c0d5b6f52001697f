"""A trip that was taken to be over is put right, as a new version of it, while that is not too long ago."""

import msgspec

from agent.rules.trip import suspect
from agent.rules.trip.moment import apart_s, utc_s
from agent.rules.trip.papers import enter, papers, spent, strike
from agent.rules.trip.record import told
from agent.rules.trip.state import Sight, Step, Trips
from agent.rules.trip.trip import Trip
from agent.rules.trip.where import Turn
from drivers.geodesy import apart_m

NOW_WORDS = ("vision", "load")
"""Signals that say what is, not what may have happened."""
_SAME_M = 200.0
change = msgspec.structs.replace


def never_gone(trips: Trips, sight: Sight, turn: Turn) -> bool:
    """Whether a load that is seen again shortly after its end was there all the time: nothing came on."""
    last, ended = trips.last, trips.last_at
    if last is None or ended is None or last.emptied is None or turn.site is not None:
        return False
    since = apart_s(ended, sight.now, trips.offsets)
    if since is None or since > sight.settings.trips.correct_s:
        return False
    if turn.how == "moving":
        return True
    there = last.emptied.place
    return turn.place is not None and there is not None and apart_m(there, turn.place) <= _SAME_M


def go_on(trips: Trips, sight: Sight, last: Trip) -> Step:
    """The trip that was taken to be over lasts; what left at that moment was a part of it, if any."""
    part = () if last.emptied is None or "lift" not in last.emptied.by else (last.emptied,)
    trip = change(
        last,
        version=last.version + 1,
        emptied=None,
        ended=None,
        partly=(*last.partly, *part),
        corrected="still_loaded",
    )
    trips, effects = suspect.withdraw(trips, sight.settings)
    book = strike(trips.book, trip.id)
    trips = change(trips, trip=trip, last=None, last_at=None, book=book)
    return trips, [*effects, told("updated", trip, trips, sight.settings)]


def end_s_of(trip: Trip, trips: Trips) -> int | None:
    """UTC of a trip's end, s."""
    return None if trip.emptied is None else utc_s(trip.emptied.between[1], trips.offsets)


def correct(trips: Trips, sight: Sight) -> Step:
    """What became known of a trip after its end is a new version of it, while that is not too long ago."""
    last, ended = trips.last, trips.last_at
    if last is None or ended is None or last.emptied is None:
        return trips, []
    since = apart_s(ended, sight.now, trips.offsets)
    if since is not None and since > sight.settings.trips.correct_s:
        return change(trips, last=None, last_at=None, last_suspect=None), []
    end_s = end_s_of(last, trips)
    end = last.emptied
    why = _news(trips, sight, end, end_s)
    if why is None:
        return trips, []
    if why == "confirmed":
        against = tuple(name for name in end.against if name not in trips.by)
        by = tuple(sorted({*end.by, *trips.by}))
        end = change(end, by=by, against=against, confidence=round(trips.sure, 2))
    trip = change(last, version=last.version + 1, corrected=why, emptied=end)
    trip = papers(trip, sight.settings, sight.utc_s, trips.offsets, spent(strike(trips.book, trip.id)))
    book = enter(trips.book, trip, end_s)
    trips = change(trips, last=trip, last_timed=end_s is not None, book=book)
    return trips, [told("ended", trip, trips, sight.settings)]


def _news(trips: Trips, sight: Sight, end: Turn, end_s: int | None) -> str | None:
    """`clock`: its time is known now; `confirmed`: it was not sure, and another signal says empty, too."""
    if end_s is not None and not trips.last_timed:
        return "clock"
    weak = end.confidence < sight.settings.trips.accuse and trips.sure > end.confidence
    more = {*trips.by} & {*NOW_WORDS} - {*end.by}
    return "confirmed" if trips.laden is False and weak and more else None
