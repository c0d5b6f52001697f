"""The readings behind a word: a bounded set, kept from the first that spoke for it.

A trail is what an event shows as its reasons: how many frames there were, and the first, the strongest, the
weakest and the last of them.
"""

from typing import Any

import msgspec

from agent.model import LoadReading, LoadState, Probabilities
from agent.rules.motion import microseconds
from agent.rules.smoothing import Belief, usable
from agent.rules.transitions import CLASSES
from agent.rules.words import FOR


class Glance(msgspec.Struct, frozen=True, array_like=True):
    """One usable reading, short: `mono_ns`, the frame's number, the frame's own word, its probabilities."""

    mono_ns: int
    frame: int
    state: LoadState
    p: Probabilities


class Trail(msgspec.Struct, frozen=True):
    """Readings since `onset` (ns); `strength` of the strongest and weakest is what they gave to the word."""

    onset: int
    first: Glance
    strongest: Glance
    weakest: Glance
    last: Glance
    usable: int = 1
    unusable: int = 0
    place: dict[str, Any] | None = None
    zone: dict[str, Any] | None = None


Trails = dict[LoadState, Trail]
NONE: Trails = {}


def follow(trails: Trails, belief: Belief, reading: LoadReading) -> Trails:
    """The trails after a reading that `belief` has taken: begun, longer, or over."""
    if reading.shadow:
        return trails
    if not usable(reading) or reading.p is None:
        return {w: msgspec.structs.replace(t, unusable=t.unusable + 1) for w, t in trails.items()}
    glance = Glance(reading.mono_ns, reading.frame, reading.state, reading.p)
    after: Trails = {}
    for i, word in enumerate(CLASSES):
        if belief.leads[i] <= 0:
            continue
        trail = trails.get(word)
        if trail is None or trail.onset != belief.onsets[i]:
            after[word] = Trail(belief.onsets[i], glance, glance, glance, glance)
        else:
            after[word] = _longer(trail, word, glance)
    return after


def _longer(trail: Trail, word: LoadState, glance: Glance) -> Trail:
    given = strength(word, glance.p)
    return Trail(
        trail.onset,
        trail.first,
        glance if given > strength(word, trail.strongest.p) else trail.strongest,
        glance if given < strength(word, trail.weakest.p) else trail.weakest,
        glance,
        trail.usable + 1,
        trail.unusable,
        trail.place,
        trail.zone,
    )


def strength(word: LoadState, p: Probabilities) -> float:
    """What a frame's probabilities give to a word: those of the classes that speak for it."""
    four = (p.empty, p.covered, p.partly, p.uncovered)
    return sum(four[i] for i in FOR[word])


def shown(trail: Trail) -> dict[str, Any]:
    """A trail as it stands in records."""
    return {
        "since_us": microseconds(trail.onset),
        "usable": trail.usable,
        "unusable": trail.unusable,
        "first": _shown(trail.first),
        "strongest": _shown(trail.strongest),
        "weakest": _shown(trail.weakest),
        "last": _shown(trail.last),
    }


def chances(p: Probabilities) -> dict[str, float]:
    """Probabilities as they stand in records, to 4 decimals."""
    return {
        "empty": round(p.empty, 4),
        "covered": round(p.covered, 4),
        "partly": round(p.partly, 4),
        "uncovered": round(p.uncovered, 4),
    }


def _shown(glance: Glance) -> dict[str, Any]:
    return {
        "at_us": microseconds(glance.mono_ns),
        "frame": glance.frame,
        "state": glance.state,
        "p": chances(glance.p),
    }
