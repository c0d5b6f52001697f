"""From four chances to one word, which is the milder one in doubt."""

import math

from agent.model import LoadState
from agent.rules.transitions import CLASSES, Four

KNOWN = range(4)  # indices of CLASSES
_OWN = 0.6  # the pictures themselves must favour a word so much, whatever the prior adds
_VOTE = 0.4  # a camera whose pictures favour no class even so much has no opinion
# The classes that speak for a word, by index: of two neighbours in doubt the milder one is said.
FOR: dict[LoadState, tuple[int, ...]] = {
    "empty": (0,),
    "covered": (1, 2),
    "partly": (2, 3),
    "uncovered": (3,),
}


def alone(evidence: Four) -> Four:
    """What the pictures say without the prior; `evidence` are log likelihoods."""
    return normal([math.exp(v) for v in evidence])


def leaning(evidence: Four) -> LoadState:
    """The class that the pictures favour, however unsure; unknown when they favour none."""
    own = alone(evidence)
    i = max(KNOWN, key=own.__getitem__)
    return CLASSES[i] if own[i] >= _VOTE else "unknown"


def word(p: Four, own: Four, least: float) -> tuple[LoadState, float]:
    """The word for a belief and how sure it is: at least `least`, or unknown.

    `own` is what the pictures say without the prior; they must favour the word themselves, and be as sure of
    uncovered as the belief. Where only partly and a neighbour together are sure enough it is the milder one.
    """
    chances: tuple[tuple[LoadState, float, float], ...] = (
        ("uncovered", min(p[3], own[3]), own[3]),
        ("empty", p[0], own[0]),
        ("covered", p[1], own[1]),
        ("partly", p[2], own[2]),
        ("partly", p[2] + p[3], own[2] + own[3]),
        ("covered", p[1] + p[2], own[1] + own[2]),
    )
    for state, sure, favoured in chances:
        if sure >= least and favoured >= _OWN:
            return state, sure
    return "unknown", max(p)


def normal(four: list[float]) -> Four:
    """Four weights, made to add up to 1."""
    total = sum(four)
    e, c, p, u = (v / total for v in four)
    return e, c, p, u
