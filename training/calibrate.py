"""From validation to honest probabilities and a threshold for accusing. Pure: numpy only."""

from dataclasses import dataclass

import numpy as np

from training.pictures import CLASSES

_UNCOVERED = CLASSES.index("uncovered")
_TEMPERATURES = np.geomspace(0.2, 8, 241)
LEAST_ACCUSE = 0.4


@dataclass(frozen=True)
class FalseAlarms:
    """The largest shares of pictures of each truth that may be called uncovered."""

    covered: float = 0.02
    empty: float = 0.03
    partly: float = 0.25  # near 30 % open the truth itself is soft


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """(n, k) logits -> (n, k) probabilities."""
    x = np.asarray(logits, np.float64) / temperature
    x = np.exp(x - x.max(1, keepdims=True))
    return x / x.sum(1, keepdims=True)


def temperature(logits: np.ndarray, wanted: np.ndarray) -> float:
    """The divisor of logits that makes held-out probabilities honest (Guo et al. 2017, arXiv:1706.04599).

    `wanted` is (n, k), rows adding up to 1. Between 0.2 and 8, in steps of 1.5 %.
    """
    losses = [-(wanted * np.log(softmax(logits, t) + 1e-12)).sum(1).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


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
