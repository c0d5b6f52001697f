"""What a load can become, and how fast: the physics behind the smoothing.

Rates are per second, as the hazard of a Markov chain in continuous time: 1 / the mean time until it happens,
given that it can happen now. They are assumed orders of magnitude, not measurements: an excavator loads a
tipper in 3 to 8 buckets of 20-40 s, tipping takes 1-3 minutes, an electric cover 20-60 s; nothing is loaded
or tipped at speed; a cover opens under way when wind or driver open it.
"""

from typing import Literal

from agent.model import LoadState, Smoothing

CLASSES: tuple[LoadState, ...] = ("empty", "covered", "partly", "uncovered")
Pace = Literal["standing", "moving", "unknown"]
Four = tuple[float, float, float, float]
Rows = tuple[Four, Four, Four, Four]

_MINUTE = 60.0
_NEVER = 0.0
_NOT_EMPTY = 0.1
# Row by row the rates from empty, covered, partly, uncovered to each of the four.
_STANDING: Rows = (
    (0.0, 1 / (10 * _MINUTE), 1 / (20 * _MINUTE), 1 / (5 * _MINUTE)),
    (1 / (10 * _MINUTE), 0.0, 1 / (10 * _MINUTE), 1 / (5 * _MINUTE)),
    (1 / (10 * _MINUTE), 1 / _MINUTE, 0.0, 1 / (2 * _MINUTE)),
    (1 / (5 * _MINUTE), 1 / (2 * _MINUTE), 1 / (4 * _MINUTE), 0.0),
)
_MOVING: Rows = (  # over an empty bed only the cover may close; what is loaded stays loaded
    (0.0, 1 / (10 * _MINUTE), _NEVER, _NEVER),
    (1 / (30 * _MINUTE), 0.0, 1 / (15 * _MINUTE), 1 / (30 * _MINUTE)),
    (_NEVER, 1 / (4 * _MINUTE), 0.0, 1 / (10 * _MINUTE)),
    (_NEVER, 1 / (2 * _MINUTE), 1 / (4 * _MINUTE), 0.0),
)


def held(state: LoadState, how: Smoothing) -> Four:
    """The chances just after a state was taken for real; before any was (`unknown`), the class priors.

    A state that was held may have been wrong: that share, `mistaken`, follows the priors. What was taken for
    an empty bed and was none is a light cover far rather than an open load.
    """
    first = (how.prior.empty, how.prior.covered, how.prior.partly, how.prior.uncovered)
    if state == "unknown":
        return first
    open_load = _NOT_EMPTY if state == "empty" else 1.0
    weights = (first[0], first[1], open_load * first[2], open_load * first[3])
    wrong = [weight / sum(weights) for weight in weights]
    e, c, p, u = (
        how.mistaken * w + (1 - how.mistaken) * (name == state)
        for name, w in zip(CLASSES, wrong, strict=True)
    )
    return e, c, p, u


def later(chances: Four, pace: Pace, seconds: float) -> Four:
    """The chances after so long, by the chain's rates; they add up to 1 as before.

    One implicit (backward Euler) sweep over the outflows, so that no step is too long to stay positive.
    """
    table = _MOVING if pace == "moving" else _STANDING  # unknown: what may have happened, the faster
    after = [0.0, 0.0, 0.0, 0.0]
    for i, row in enumerate(table):
        out = seconds * sum(row)
        kept = chances[i] / (1 + out)
        moved = kept * seconds
        for j, rate in enumerate(row):
            after[j] += moved * rate
        after[i] += kept
    e, c, p, u = after
    return e, c, p, u
