"""Figures of the shipped model, through the agent's own code, on labelled pictures.

python -m training.evaluate --labels FOLDER/labels.csv [--tier A_bed]     crops of beds, whole frame
python -m training.evaluate --renders FOLDER...                           held-out scenes of renders
"""

import argparse
import csv
import json
from pathlib import Path

import cv2
import numpy as np

from agent.vision.judge import Judge
from agent.vision.preprocess import Roi
from training.measure import auc_covered, summary
from training.pictures import CLASSES, find

_LABELS = {"partial": "partly"}
Case = tuple[Path, str, Roi, str]  # file, label, corners of the bed, group


def main() -> None:
    """Judge every picture and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=Path, help="a CSV file with file, label, group, tier")
    parser.add_argument("--tier", help="only rows of this tier")
    parser.add_argument("--renders", type=Path, nargs="+", default=[])
    parser.add_argument("--model", type=Path, help="a manifest; the shipped model without it")
    options = parser.parse_args()
    cases = _labelled(options.labels, options.tier) if options.labels else _held_out(options.renders)
    print(json.dumps(_figures(Judge.load(options.model), cases), indent=2))


def _labelled(listing: Path, tier: str | None) -> list[Case]:
    with listing.open(newline="") as lines:
        rows = [r for r in csv.DictReader(lines) if tier in (None, r["tier"])]
    return [(listing.parent / r["file"], _LABELS.get(r["label"], r["label"]), (), r["group"]) for r in rows]


def _held_out(folders: list[Path]) -> list[Case]:
    return [(r.file, r.label, r.rim, r.file.stem) for r in find(*folders) if r.held_out]


def _figures(model: Judge, cases: list[Case]) -> dict[str, object]:
    judged, unusable = [], 0
    for file, label, roi, group in cases:
        judgement = model.judge("", cv2.imread(str(file), cv2.IMREAD_COLOR), roi)
        unusable += not judgement.usable
        if judgement.p is not None:
            judged.append((label, [getattr(judgement.p, c) for c in CLASSES], group))
    p = np.array([row for _, row, _ in judged])
    return {
        "model": model.model,
        "unusable": unusable,
        **summary([label for label, _, _ in judged], p),
        "interval_95": _interval(judged, p),
    }


def _interval(judged: list[tuple[str, list[float], str]], p: np.ndarray) -> dict[str, list[float]]:
    """Bootstrap by group: AUC and three-class accuracy."""
    rng = np.random.default_rng(0)
    names = sorted({g for _, _, g in judged})
    members = {n: [i for i, (_, _, g) in enumerate(judged) if g == n] for n in names}
    truth = np.array([CLASSES.index(label) for label, _, _ in judged])
    drawn: dict[str, list[float]] = {"auc_covered_uncovered": [], "accuracy_3": []}
    for _ in range(2000):
        chosen = [i for n in rng.choice(names, len(names)) for i in members[n]]
        drawn["auc_covered_uncovered"].append(auc_covered(truth[chosen], p[chosen]))
        figures = summary([judged[i][0] for i in chosen], p[chosen])
        drawn["accuracy_3"].append(float(str(figures["accuracy_3"])))
    return {k: [round(float(q), 3) for q in np.nanpercentile(v, (2.5, 97.5))] for k, v in drawn.items()}


if __name__ == "__main__":
    main()
