"""Figures of a model, through the agent's own code, on labelled pictures.

python -m training.evaluate --renders FOLDER...              held-out scenes of renders, with their ROI
python -m training.evaluate --labels FOLDER/labels.csv --tier A_bed --why "chosen among 3 candidates"
                                                             real pictures, whole frame

Each look at real pictures is written to training/looks.jsonl: a set that is looked at often proves less.
"""

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from agent.vision.classifier import Classifier
from agent.vision.preprocess import Roi
from training import measure
from training.pictures import CLASSES, Render, find

LOOKS = Path(__file__).parent / "looks.jsonl"
_LABELS = {"partial": "partly"}


@dataclass(frozen=True)
class Case:
    """One labelled picture: `roi` relative corners of the bed, `group` the truck."""

    file: Path
    label: str
    roi: Roi
    group: str


@dataclass(frozen=True)
class Judged:
    """The usable ones among the cases (`used` their places), p (n, 4) of these, and why others weren't."""

    used: list[int]
    p: np.ndarray
    unusable: dict[str, int]


def main() -> None:
    """Judge every picture and print the figures as JSON."""
    options = _options()
    model = Classifier.load(options.model)
    if options.labels:
        cases = labelled(options.labels, options.tier)
        figures = evaluate(model, cases)
        look(LOOKS, model, figures, options.why, f"{options.labels.parent.name} {options.tier or 'all'}")
    else:
        figures = evaluate(model, of_renders([r for r in find(*options.renders) if r.held_out]))
    print(json.dumps(figures, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--labels", type=Path, help="a CSV file with file, label, group, tier")
    parser.add_argument("--tier", help="only rows of this tier")
    parser.add_argument("--why", help="the reason for looking at real pictures, for looks.jsonl")
    parser.add_argument("--renders", type=Path, nargs="+", default=[])
    parser.add_argument("--model", type=Path, help="a manifest; the shipped model without it")
    options = parser.parse_args()
    if bool(options.labels) == bool(options.renders) or bool(options.labels) != bool(options.why):
        parser.error("give either --renders, or --labels with --why")
    return options


def labelled(listing: Path, tier: str | None) -> list[Case]:
    """The cases of a CSV file, whole frames."""
    with listing.open(newline="") as lines:
        rows = [r for r in csv.DictReader(lines) if tier in (None, r["tier"])]
    return [
        Case(listing.parent / r["file"], _LABELS.get(r["label"], r["label"]), (), r["group"]) for r in rows
    ]


def of_renders(renders: Sequence[Render]) -> list[Case]:
    """The renders as cases, grouped by truck."""
    return [Case(r.file, r.label, r.rim, r.truck) for r in renders]


def judge(model: Classifier, cases: Sequence[Case]) -> Judged:
    """The model's word on every case that is usable."""
    used, rows, reasons = [], [], dict[str, int]()
    for i, case in enumerate(cases):
        picture = model.prepare(cv2.imread(str(case.file), cv2.IMREAD_COLOR), case.roi)
        reason = model.unusable(picture)
        if reason is not None:
            reasons[reason] = reasons.get(reason, 0) + 1
            continue
        used.append(i)
        rows.append(model.ask(picture).p)
    order = [model.manifest.classes.index(c) for c in CLASSES]
    return Judged(used, np.array(rows, np.float64).reshape(-1, len(CLASSES))[:, order], reasons)


def evaluate(model: Classifier, cases: Sequence[Case]) -> dict[str, Any]:
    """All figures of a model on cases, ready for JSON."""
    judged = judge(model, cases)
    truth = np.array([CLASSES.index(cases[i].label) for i in judged.used], int)
    groups = [cases[i].group for i in judged.used]
    said = measure.words(judged.p, model.manifest.accuse)
    return {
        "model": model.version,
        "unusable": judged.unusable,
        **measure.summary(truth, judged.p, groups, model.manifest.accuse),
        "by_group": measure.by_group(truth, said, groups),
    }


def look(file: Path, model: Classifier, figures: dict[str, Any], why: str, where: str) -> None:
    """Append a line to `file`: when which model was measured on real pictures, why, and what came out."""
    kept = ("n", "accuracy_3", "accuracy_3_95", "auc", "auc_95", "called_uncovered", "ece", "unusable")
    line = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": model.version,
        "sha256": model.manifest.sha256[:12],
        "pictures": where,
        "why": why,
        **{k: figures[k] for k in kept},
    }
    with file.open("a") as lines:
        lines.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
