"""From validation to honest probabilities, a threshold for accusing and a choice. Pure: numpy only."""

from dataclasses import dataclass

import numpy as np

from training.pictures import CLASSES

_UNCOVERED = CLASSES.index("uncovered")
_STEPS, _RATE = 400, 0.5  # of gradient descent; the loss is convex and the figures are of order 1
LEAST_ACCUSE = 0.4


@dataclass(frozen=True)
class FalseAlarms:
    """The largest shares of pictures of each truth that may be called uncovered."""

    covered: float = 0.02
    empty: float = 0.03
    partly: float = 0.25  # near 30 % open the truth itself is soft


@dataclass(frozen=True)
class Scale:
    """What makes logits honest: they are divided by `temperature`, then `offsets` (k,) are added."""

    temperature: float = 1.0
    offsets: tuple[float, ...] = ()

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """(n, k) logits -> (n, k) probabilities."""
        x = np.asarray(logits, np.float64) / self.temperature + (
            np.array(self.offsets) if self.offsets else 0
        )
        x = np.exp(x - x.max(1, keepdims=True))
        return x / x.sum(1, keepdims=True)


def balance(truth: np.ndarray, chances: dict[str, float]) -> np.ndarray:
    """(n,) weights, 1 on average, with which the classes of `truth` (n,) occur as often as `chances` say.

    What is kept unseen is chosen by cover and light, and an empty bed has no cover: how often a class occurs
    there says nothing of the road.
    """
    weights = np.zeros(len(truth))
    for label, chance in chances.items():
        here = truth == CLASSES.index(label)
        weights[here] = chance / max(here.sum(), 1)
    return weights * len(truth) / max(weights.sum(), 1e-12)


def scale(logits: np.ndarray, wanted: np.ndarray, weights: np.ndarray | None = None) -> Scale:
    """The scale of least log loss on held-out logits (n, k), whose `wanted` rows add up to 1.

    Temperature scaling (Guo et al. 2017, arXiv:1706.04599) with an offset per class (Alexandari et al. 2020,
    arXiv:1901.06852), since classes that training shows equally often aren't. The offsets add up to 0.
    """
    x = np.asarray(logits, np.float64)
    deviation = max(float(x.std()), 1e-9)
    share = 1.0 if weights is None else weights[:, None]
    x, factor, offsets = x / deviation, 1.0, np.zeros(x.shape[1])
    for _ in range(_STEPS):
        excess = (Scale(1 / factor, tuple(offsets)).probabilities(x) - wanted) * share
        factor = max(factor - _RATE * float((excess * x).sum(1).mean()), 1e-3)
        offsets -= _RATE * excess.mean(0)
    return Scale(round(deviation / factor, 4), tuple(round(float(o), 4) for o in offsets - offsets.mean()))


def least_within(losses: dict[float, np.ndarray]) -> float:
    """The least key whose mean loss is within a standard error of the best one's mean.

    `losses` (n,) each, of the same n renders. The rule of Breiman et al. 1984, section 3.4.3.
    """
    best = min(losses.values(), key=lambda found: float(found.mean()))
    limit = best.mean() + best.std() / np.sqrt(len(best))
    return min(share for share, found in losses.items() if found.mean() <= limit)


def accuse(p: np.ndarray, truth: np.ndarray, limits: FalseAlarms) -> float:
    """The least p(uncovered), at least LEAST_ACCUSE, to be called uncovered within all `limits`.

    `p` is (n, 4) probabilities, `truth` (n,) places in CLASSES. A class without pictures sets no limit.
    """
    threshold = LEAST_ACCUSE
    for label, share in vars(limits).items():
        scores = np.sort(p[truth == CLASSES.index(label), _UNCOVERED])[::-1]
        if not scores.size:
            continue
        allowed = int(share * len(scores) + 1e-9)
        if allowed < len(scores) and scores[allowed] >= threshold:
            threshold = float(np.nextafter(scores[allowed], 1))
    return min(threshold, 1.0)
