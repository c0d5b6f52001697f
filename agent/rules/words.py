"""From four chances to one word, which is the milder one in doubt."""

import math
from typing import NamedTuple

from agent.model import LoadState
from agent.rules.transitions import CLASSES, Four

Six = tuple[float, float, float, float, float, float]
_OWN = 0.6  # the pictures themselves must favour a word so much, whatever the prior adds
_VOTE = 0.4  # a camera whose pictures favour no class even so much has no opinion


class Claim(NamedTuple):
    """A word and the classes (indices of CLASSES) that speak for it, alone or together."""

    word: LoadState
    classes: tuple[int, ...]


# In this order the first that is sure enough is the word. Where only partly and a neighbour together are, it
# is the milder of the two.
CLAIMS = (
    Claim("uncovered", (3,)),
    Claim("empty", (0,)),
    Claim("covered", (1,)),
    Claim("partly", (2,)),
    Claim("partly", (2, 3)),
    Claim("covered", (1, 2)),
)
EXPOSED = (0, 3, 4)  # the claims that a rule looks for


def ahead(four: Four) -> Six:
    """By how much the classes of each claim are ahead of the rest, for four log likelihoods."""
    e, c, p, u = four
    return (
        u - max(e, c, p),
        e - max(c, p, u),
        c - max(e, p, u),
        p - max(e, c, u),
        max(p, u) - max(e, c),
        max(c, p) - max(e, u),
    )


def alone(evidence: Four) -> Four:
    """What the pictures say without the prior; `evidence` are log likelihoods."""
    return normal([math.exp(v) for v in evidence])


def leaning(evidence: Four) -> LoadState:
    """The class that the pictures favour, however unsure; unknown when they favour none."""
    own = alone(evidence)
    most = max(own)
    return CLASSES[own.index(most)] if most >= _VOTE else "unknown"


def claim(p: Four, own: Four, least: float) -> tuple[int | None, float]:
    """The claim that a belief makes good, None for unknown, and how sure it is.

    `own` is what the pictures say without the prior; they must favour the claim themselves, and be as sure of
    uncovered as the belief.
    """
    sure = min(p[3], own[3]), p[0], p[1], p[2], p[2] + p[3], p[1] + p[2]
    favoured = own[3], own[0], own[1], own[2], own[2] + own[3], own[1] + own[2]
    for i, chance in enumerate(sure):
        if chance >= least and favoured[i] >= _OWN:
            return i, chance
    return None, max(p)


def normal(four: list[float]) -> Four:
    """Four weights, made to add up to 1."""
    total = sum(four)
    e, c, p, u = (v / total for v in four)
    return e, c, p, u
