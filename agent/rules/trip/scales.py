"""Loaded or empty: what each signal says, weighed together.

A signal that says loaded adds its weight, one that says empty takes it away, one that is missing does
neither. The camera and the load signal say what is now. Where the truck stood and whether its lift was raised
only say that the load may have changed since it was last sure, so they count towards a change alone.
"""

from typing import NamedTuple

from agent.model import Settings
from agent.rules.agreement import Load
from agent.rules.haul.scene import LADEN
from agent.rules.switches import Switches, word
from agent.rules.trip.ground import Ground, Stop, lifted

_RAISING = ("lift", "stop", "zone")
Votes = dict[str, float]
"""Signed weights by signal: above zero says loaded."""


class Words(NamedTuple):
    """What is heard now: camera and load signal, True for loaded; lift, True for raised; None: nothing."""

    vision: bool | None = None
    load: bool | None = None
    lift: bool | None = None


def words(load: Load, switches: Switches, now: int) -> Words:
    """The present word of each signal; a camera's only when it lasted and nothing contradicts it."""
    seen = None
    if "unknown" not in (load.state, load.lasting) and (load.state in LADEN) == (load.lasting in LADEN):
        seen = load.lasting in LADEN
    return Words(seen, word(switches, "load", now), word(switches, "lift", now))


def weigh(words: Words, ground: Ground, settings: Settings, *, laden: bool | None) -> Votes:
    """The votes; `laden` is what holds so far."""
    weights = settings.trips.weights
    votes: Votes = {}
    if words.vision is not None:
        votes["vision"] = weights.vision if words.vision else -weights.vision
    if words.load is not None:
        votes["load"] = weights.load if words.load else -weights.load
    tipped = {} if laden is False else _emptied(ground, settings)
    filled = {} if laden is True or tipped else _filled(ground, settings)
    return votes | filled | tipped


def total(votes: Votes) -> float:
    """All together; rounded, so that a sum of weights is what it is on paper."""
    return round(sum(votes.values()), 6)


def speaking(votes: Votes, *, laden: bool) -> tuple[str, ...]:
    """The signals that say so."""
    return tuple(sorted(name for name, vote in votes.items() if vote and (vote > 0) == laden))


def _emptied(ground: Ground, settings: Settings) -> Votes:
    """The lift was raised; or a stop in a disposal site is over, and the truck has left it."""
    weights = settings.trips.weights
    up = lifted(ground, settings)
    if up:
        best = max(up, key=lambda lift: (lift.disposal is not None, lift.stopped, lift.seconds))
        counts = {"lift": True, "stop": best.stopped, "zone": best.disposal is not None}
        return {name: -getattr(weights, name) for name in _RAISING if counts[name]}
    return {"stop": -weights.stop, "zone": -weights.zone} if _left(ground, "disposal") else {}


def _filled(ground: Ground, settings: Settings) -> Votes:
    weights = settings.trips.weights
    return {"stop": weights.stop, "zone": weights.zone} if _left(ground, "loading") else {}


def _left(ground: Ground, role: str) -> bool:
    """Whether a stop in such a site, and in no other, is over, and the truck is not there any more."""
    return role not in ground.here and any(_only(stop, role) for stop in ground.stops)


def _only(stop: Stop, role: str) -> bool:
    other = stop.loading if role == "disposal" else stop.disposal
    mine = stop.disposal if role == "disposal" else stop.loading
    return mine is not None and other is None
