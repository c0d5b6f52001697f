"""Figures from labels and probabilities."""

import numpy as np

from training.pictures import CLASSES


def summary(labels: list[str], p: np.ndarray) -> dict[str, object]:
    """Accuracy over four and three classes, AUC covered/uncovered, calibration error, confusion with counts.

    `p` is (n, 4) in the order of CLASSES. The three-class figure leaves `partly` out of truth and answers.
    """
    truth, said = np.array([CLASSES.index(x) for x in labels]), p.argmax(1)
    three = [CLASSES.index(c) for c in ("empty", "covered", "uncovered")]
    among = np.isin(truth, three)
    said3 = np.array(three)[p[:, three].argmax(1)]
    return {
        "n": len(labels),
        "accuracy": _round((said == truth).mean()),
        "accuracy_3": _round((said3 == truth)[among].mean()),
        "auc_covered_uncovered": _round(auc_covered(truth, p)),
        "ece": _round(calibration_error(truth, p)),
        "confusion": {
            c: {d: int(((truth == i) & (said == j)).sum()) for j, d in enumerate(CLASSES)}
            for i, c in enumerate(CLASSES)
        },
    }


def auc_covered(truth: np.ndarray, p: np.ndarray) -> float:
    """The chance that uncovered/(uncovered + covered) ranks an uncovered picture above a covered one."""
    covered, uncovered = CLASSES.index("covered"), CLASSES.index("uncovered")
    score = p[:, uncovered] / (p[:, uncovered] + p[:, covered] + 1e-12)
    above = score[truth == uncovered][:, None] - score[truth == covered][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean()) if above.size else float("nan")


def calibration_error(truth: np.ndarray, p: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean gap between confidence and accuracy over equal-width bins."""
    sure, right = p.max(1), p.argmax(1) == truth
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(sure[place == b].mean() - right[place == b].mean()) * (place == b).sum() for b in set(place)]
    return float(sum(gaps) / len(truth))


def _round(value: float) -> float:
    return round(float(value), 3)
