"""The readings behind a claim: a bounded set, kept from the first that spoke for it.

A trail is what an event shows as its reasons: how many frames there were, and the first, the strongest, the
weakest and the last of them.
"""

from typing import Any

import msgspec

from agent.model import LoadReading, LoadState, Probabilities
from agent.rules.motion import microseconds
from agent.rules.smoothing import Belief, usable
from agent.rules.words import CLAIMS


class Glance(msgspec.Struct, frozen=True, array_like=True):
    """One usable reading, short: `mono_ns`, the frame's number, the frame's own word, its probabilities."""

    mono_ns: int
    frame: int
    state: LoadState
    p: Probabilities


class Trail(msgspec.Struct, frozen=True):
    """Readings since `onset` (ns): the strongest and weakest gave most and least to the claim.

    `place` and `zone` are where it began.
    """

    onset: int
    first: Glance
    strongest: Glance
    weakest: Glance
    last: Glance
    usable: int = 1
    unusable: int = 0
    place: dict[str, Any] | None = None
    zone: dict[str, Any] | None = None


Trails = dict[int | None, Trail]  # by claim
NONE: Trails = {}


def follow(trails: Trails, belief: Belief, reading: LoadReading) -> Trails:
    """The trails after a reading that `belief` has taken: begun, longer, or over."""
    if reading.shadow:
        return trails
    if not usable(reading) or reading.p is None:
        return {i: msgspec.structs.replace(t, unusable=t.unusable + 1) for i, t in trails.items()}
    glance = Glance(reading.mono_ns, reading.frame, reading.state, reading.p)
    after: Trails = {}
    for i, lead in enumerate(belief.leads):
        if lead <= 0:
            continue
        trail = trails.get(i)
        if trail is None or trail.onset != belief.onsets[i]:
            after[i] = Trail(belief.onsets[i], glance, glance, glance, glance)
        else:
            after[i] = _longer(trail, i, glance)
    return after


def _longer(trail: Trail, number: int, glance: Glance) -> Trail:
    given = strength(number, glance.p)
    return Trail(
        trail.onset,
        trail.first,
        glance if given > strength(number, trail.strongest.p) else trail.strongest,
        glance if given < strength(number, trail.weakest.p) else trail.weakest,
        glance,
        trail.usable + 1,
        trail.unusable,
        trail.place,
        trail.zone,
    )


def strength(number: int, p: Probabilities) -> float:
    """What a frame's probabilities give to a claim: those of its classes."""
    four = (p.empty, p.covered, p.partly, p.uncovered)
    return sum(four[i] for i in CLAIMS[number].classes)


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
