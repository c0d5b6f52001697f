"""One trip, and what is counted while it lasts."""

import msgspec

from agent.model import Emit, LoadState
from agent.rules.motion import SECOND
from agent.rules.trip.ground import Lift
from agent.rules.trip.moment import Moment
from agent.rules.trip.where import Turn

_MOST = 32
_TICK_S = 5.0  # a longer step between two seconds was not observed
_GRAVE = ("violation", "critical")
change = msgspec.structs.replace


class Interruption(msgspec.Struct, frozen=True):
    """The trip was not watched: `why` is stopped, cut or off_duty; `until` None: it goes on."""

    why: str
    since: Moment | None
    until: Moment | None = None


class Hauled(msgspec.Struct, frozen=True):
    """Seconds: of moving by the load's state, of gaps of the position; the highest speed and when."""

    covered_s: float = 0.0
    partly_s: float = 0.0
    uncovered_s: float = 0.0
    unseen_s: float = 0.0
    gaps: int = 0
    gap_s: float = 0.0
    fastest_mps: float | None = None
    fastest_at: Moment | None = None


class Trip(msgspec.Struct, frozen=True):
    """From a load to its end. `way_m`, `bridged_m`: the odometer at its begin, `ended` likewise at its end.

    `loaded` holds the first loading and others on the way, `partly` what left before the end, `emptied` the
    end; `reasons` are those that do not depend on the end; `permit`: what it counts against.
    """

    id: str
    version: int
    loaded: tuple[Turn, ...]
    way_m: float
    bridged_m: float
    observed: bool = True
    partly: tuple[Turn, ...] = ()
    emptied: Turn | None = None
    ended: tuple[float, float] | None = None
    hauled: Hauled = Hauled()
    interruptions: tuple[Interruption, ...] = ()
    interrupted: int = 0
    violations: tuple[tuple[str, str], ...] = ()
    violated: int = 0
    standing: str = "unknown"
    standing_why: str = ""
    permit: str | None = None
    permits: tuple[str, ...] = ()
    misplaced: tuple[str, ...] = ()
    """Roles of the sites that no valid permit names."""
    corrected: str | None = None


def moved(hauled: Hauled, state: LoadState, step_ns: int, *, moving: bool) -> Hauled:
    """A second passed."""
    seconds = step_ns / SECOND
    if not moving or not 0 < seconds <= _TICK_S:
        return hauled
    if state == "covered":
        return change(hauled, covered_s=hauled.covered_s + seconds)
    if state == "partly":
        return change(hauled, partly_s=hauled.partly_s + seconds)
    if state == "uncovered":
        return change(hauled, uncovered_s=hauled.uncovered_s + seconds)
    return change(hauled, unseen_s=hauled.unseen_s + seconds)


def drove(hauled: Hauled, speed: float | None, at: Moment, gap_s: float) -> Hauled:
    """Take the moment of a fit fix; `gap_s`: how long there was none before it."""
    if gap_s:
        hauled = change(hauled, gaps=hauled.gaps + 1, gap_s=hauled.gap_s + gap_s)
    if speed is None or (hauled.fastest_mps is not None and speed <= hauled.fastest_mps):
        return hauled
    return change(hauled, fastest_mps=speed, fastest_at=at)


def met(trip: Trip, events: list[Emit]) -> Trip:
    """Remember the violations among the events of a step, each once."""
    for event in events:
        if event.severity not in _GRAVE or not event.type.endswith((".started", ".ended")):
            continue
        name = (event.type.partition(".")[0], event.subject)
        if name not in trip.violations and len(trip.violations) < _MOST:
            trip = change(trip, violations=(*trip.violations, name))
        trip = change(
            trip, violated=max(trip.violated + event.type.endswith(".started"), len(trip.violations))
        )
    return trip


def left_alone(trip: Trip, why: str, since: Moment | None) -> Trip:
    """Nobody watches from now on."""
    kept = (*trip.interruptions, Interruption(why, since))[-_MOST:]
    return change(trip, interruptions=kept, interrupted=trip.interrupted + 1)


def watched_again(trip: Trip, now: Moment) -> Trip:
    """Somebody watches again; the span that was open has an end."""
    if not trip.interruptions or trip.interruptions[-1].until is not None:
        return trip
    last = change(trip.interruptions[-1], until=now)
    return change(trip, interruptions=(*trip.interruptions[:-1], last))


def tipped(trip: Trip, lifts: tuple[Lift, ...], now: Moment) -> Trip:
    """The lift was raised for long enough, and the load was seen afterwards: some of it may be gone."""
    known = {turn.at for turn in trip.partly}
    home = {turn.site for turn in trip.loaded} - {None}  # where a load is levelled, weighed and put right
    fresh = [one for one in lifts if one.over and one.since not in known and one.loading not in home]
    turns = tuple(
        Turn(
            how="lift",
            role="disposal",
            at=lift.since,
            place=lift.place,
            site=lift.disposal,
            between=(lift.since, now),
            way_m=lift.way_m,
            by=("lift",),
            dwell_s=lift.seconds,
            outside=lift.accused,
            back=lift.loading,
        )
        for lift in fresh
    )
    return change(trip, partly=(*trip.partly, *turns)[-_MOST:]) if turns else trip
