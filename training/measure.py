"""Figures from labels, probabilities and the threshold. Pure: numpy only.

Throughout, `truth` is (n,) places in CLASSES and `p` (n, 4) probabilities in that order.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from training.pictures import CLASSES

EMPTY, COVERED, PARTLY, UNCOVERED = range(len(CLASSES))
RATES = (0.01, 0.03, 0.05, 0.1)
EDGES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.7, 0.9, 1.0)
Figure = Callable[[np.ndarray, np.ndarray], float]


def words(p: np.ndarray, accuse: float) -> np.ndarray:
    """(n,) places in CLASSES: the likeliest, but uncovered only from p(uncovered) = `accuse` on."""
    said = p.argmax(1)
    other = np.where(np.arange(p.shape[1]) == UNCOVERED, -1.0, p).argmax(1)
    return np.where((said == UNCOVERED) & (p[:, UNCOVERED] < accuse), other, said)


def confusion(truth: np.ndarray, said: np.ndarray) -> dict[str, dict[str, int]]:
    """Counts by truth, then by word."""
    return {
        c: {d: int(((truth == i) & (said == j)).sum()) for j, d in enumerate(CLASSES)}
        for i, c in enumerate(CLASSES)
    }


def accuracy_3(truth: np.ndarray, p: np.ndarray) -> float:
    """The share of right answers among three classes, `partly` left out of truth and answers."""
    three = np.array([EMPTY, COVERED, UNCOVERED])
    among = np.isin(truth, three)
    said = three[p[:, three].argmax(1)]
    return _mean((said == truth)[among])


def balanced(truth: np.ndarray, p: np.ndarray) -> float:
    """The mean over the classes that occur of the share of them that is recognised."""
    right = p.argmax(1) == truth
    return _mean(np.array([right[truth == c].mean() for c in np.unique(truth)]))


def rank(p: np.ndarray) -> np.ndarray:
    """(n,): p(uncovered) against p(covered) alone, 0..1."""
    return p[:, UNCOVERED] / (p[:, UNCOVERED] + p[:, COVERED] + 1e-12)


def auc(truth: np.ndarray, p: np.ndarray) -> float:
    """The chance that an uncovered picture ranks above a covered one; nan without either."""
    score = rank(p)
    covered, uncovered = np.sort(score[truth == COVERED]), score[truth == UNCOVERED]
    if not covered.size:
        return float("nan")
    below, up_to = (np.searchsorted(covered, uncovered, side) for side in ("left", "right"))
    return _mean((below + up_to) / 2 / len(covered))


def recall_at(truth: np.ndarray, p: np.ndarray, rate: float) -> float:
    """The share of uncovered pictures above the score that at most `rate` of the covered ones exceed."""
    score = rank(p)
    covered, uncovered = np.sort(score[truth == COVERED])[::-1], score[truth == UNCOVERED]
    if not covered.size:
        return float("nan")
    allowed = int(rate * len(covered) + 1e-9)
    return _mean(uncovered > covered[allowed]) if allowed < len(covered) else 1.0


def called_uncovered(truth: np.ndarray, p: np.ndarray, accuse: float) -> dict[str, float | None]:
    """By truth, the share called uncovered: recall for uncovered itself, false alarms for the others."""
    accused = words(p, accuse) == UNCOVERED
    return {c: _round(_mean(accused[truth == i])) for i, c in enumerate(CLASSES)}


def calibration_error(truth: np.ndarray, p: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean gap between confidence and accuracy over equal-width bins."""
    sure, right = p.max(1), p.argmax(1) == truth
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(sure[place == b].mean() - right[place == b].mean()) * (place == b).sum() for b in set(place)]
    return float(sum(gaps) / len(truth)) if len(truth) else float("nan")


def over_exposed(exposed: np.ndarray, said: np.ndarray) -> list[dict[str, object]]:
    """The words over the exposed share of loaded beds (n,) 0..1: a line per interval that has pictures."""
    lines: list[dict[str, object]] = []
    for low, high in pairwise(EDGES):
        inside = (exposed >= low) & ((exposed < high) | (high == EDGES[-1]))
        if inside.any():
            shares = {c: _round(_mean(said[inside] == i)) for i, c in enumerate(CLASSES)}
            lines.append({"from": low, "to": high, "n": int(inside.sum()), **shares})
    return lines


def interval(truth: np.ndarray, p: np.ndarray, groups: Sequence[str], figure: Figure) -> list[float | None]:
    """The 95 % interval of `figure` from 1,000 bootstrap samples of whole groups (trucks)."""
    rng, names = np.random.default_rng(0), sorted(set(groups))
    members = [np.flatnonzero(np.array(groups) == name) for name in names]
    drawn: list[float] = []
    for _ in range(1000 if names else 0):
        chosen = np.concatenate([members[k] for k in rng.integers(len(names), size=len(names))])
        drawn.append(figure(truth[chosen], p[chosen]))
    if np.isnan(drawn).all():
        return [None, None]
    return [_round(q) for q in np.nanpercentile(drawn, (2.5, 97.5))]


def summary(truth: np.ndarray, p: np.ndarray, groups: Sequence[str], accuse: float) -> dict[str, object]:
    """All figures of a set of pictures, intervals by group, ready for JSON."""
    said = words(p, accuse)
    return {
        "n": len(truth),
        "groups": len(set(groups)),
        "accuracy_4": _round(_mean(said == truth)),
        "balanced_4": _round(balanced(truth, p)),
        "accuracy_3": _round(accuracy_3(truth, p)),
        "accuracy_3_95": interval(truth, p, groups, accuracy_3),
        "auc": _round(auc(truth, p)),
        "auc_95": interval(truth, p, groups, auc),
        "recall_at": {str(r): _round(recall_at(truth, p, r)) for r in RATES},
        "accuse": accuse,
        "called_uncovered": called_uncovered(truth, p, accuse),
        "ece": _round(calibration_error(truth, p)),
        "confusion": confusion(truth, said),
    }


def by_group(truth: np.ndarray, said: np.ndarray, groups: Sequence[str]) -> dict[str, dict[str, int]]:
    """By group (a truck, a kind of cover, a light): how many pictures there are and how many are right."""
    names = np.array(groups)
    return {
        name: {"n": int((names == name).sum()), "right": int((said == truth)[names == name].sum())}
        for name in sorted(set(groups))
    }


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if np.size(values) else float("nan")


def _round(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)
