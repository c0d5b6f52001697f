"""What a few taught pictures do for the other pictures of the same truck.

    python benchmarks/teaching.py --trucks FOLDER... [--model load.json] [--draws 5]
    python benchmarks/teaching.py --labels FOLDER/labels.csv --tier A_bed --by source_repo --known 5

FOLDER holds renders of trucks with an identity (`python -m training.render trucks`). For each truck 1, 3 and
5 pictures of each state are drawn and taught, and all others of it are judged before and after; `partly` is
never taught. With --labels real pictures are judged, taught with others of the same site, which proves less.
One JSON object per line: accuracy over three classes (`partly` left out of truth and answers), logarithmic
loss, calibration error, and the share of each state that is called uncovered by the agent's own rule; before,
after, and after with one of the lessons wrong. Without pictures it says so and does nothing.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from agent.vision.classifier import Answer, Classifier
from agent.vision.judge import word
from agent.vision.lessons import Lesson
from agent.vision.taught import lessons_of

TRUCKS = Path(__file__).parents[1] / "training" / "out" / "trucks"
TAUGHT = ("empty", "covered", "uncovered")
_LABELS = {"partial": "partly"}


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture, whose truck (or site) and label are known, and the network's answer to it."""

    truck: str
    label: str
    answer: Answer


def main() -> None:
    """Judge before and after, and print a line per number of lessons."""
    options = _options()
    model = Classifier.load(options.model)
    cv2.setNumThreads(1)
    if options.labels:
        seen = list(_labelled(model, options.labels, options.tier, options.by))
    else:
        seen = [row for folder in options.trucks for row in _rendered(model, folder)]
    if not seen:
        print(f"no renders of trucks in {TRUCKS}; see --help", file=sys.stderr)
        return
    for count in options.known:
        print(
            json.dumps(
                {"bench": "teaching", "per_state": count, **compare(model, seen, count, options.draws)}
            )
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trucks", type=Path, nargs="+", default=[TRUCKS])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--known", type=int, nargs="+", default=[1, 3, 5])
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--tier")
    parser.add_argument("--by", default="group")
    return parser.parse_args()


def compare(model: Classifier, seen: list[Seen], count: int, draws: int) -> dict[str, object]:
    """Over all trucks and draws: the figures before and after, and with one lesson of the draw wrong."""
    rng = np.random.default_rng(0)
    before, after, misled = [], [], []
    for truck in sorted({s.truck for s in seen}):
        own = [s for s in seen if s.truck == truck]
        for _ in range(draws):
            taught = _draw(own, count, rng)
            rest = [s for s in own if s not in taught]
            if not taught or not rest:
                continue
            before += [(s.label, s.answer.p) for s in rest]
            after += _judged(model, rest, [(s.label, s) for s in taught])
            misled += _judged(model, rest, _mistaken(taught, rng))
    n = len(before) // draws
    return {"n": n, "before": _figures(model, before), "after": _figures(model, after)} | {
        "one_wrong": _figures(model, misled)
    }


def _draw(own: list[Seen], count: int, rng: np.random.Generator) -> list[Seen]:
    """`count` of each state that the truck has more of; none when it shows fewer than two states."""
    by_state = {state: [s for s in own if s.label == state] for state in TAUGHT}
    enough = [rows for rows in by_state.values() if len(rows) > count]
    if len(enough) < 2:
        return []
    return [rows[i] for rows in enough for i in rng.choice(len(rows), count, replace=False)]


def _mistaken(taught: list[Seen], rng: np.random.Generator) -> list[tuple[str, Seen]]:
    wrong = taught[rng.integers(len(taught))]
    states = sorted({s.label for s in taught} - {wrong.label})
    return [(states[rng.integers(len(states))] if s is wrong else s.label, s) for s in taught]


def _judged(
    model: Classifier, rest: list[Seen], taught: list[tuple[str, Seen]]
) -> list[tuple[str, np.ndarray]]:
    classes = model.manifest.classes
    made = [Lesson(classes.index(t), s.answer.p, s.answer.embedding) for t, s in taught]
    lessons = lessons_of(made, model.manifest)
    return [(s.label, lessons.correct(s.answer.p, s.answer.embedding)) for s in rest]


def _figures(model: Classifier, judged: list[tuple[str, np.ndarray]]) -> dict[str, object]:
    classes, limit = model.manifest.classes, model.manifest.accuse
    truth = np.array([classes.index(label) for label, _ in judged])
    p = np.array([row for _, row in judged])
    three = [classes.index(state) for state in TAUGHT]
    among = np.isin(truth, three)
    right = np.array(three)[p[:, three].argmax(1)] == truth
    accused = np.array([word(dict(zip(classes, row, strict=True)), limit) == "uncovered" for row in p])
    shares = {
        state: round(float(accused[truth == classes.index(state)].mean()), 3)
        for state in classes
        if (truth == classes.index(state)).any()
    }
    return {
        "accuracy_3": round(float(right[among].mean()), 3),
        "log_loss": round(float(-np.log(np.maximum(p[np.arange(len(truth)), truth], 1e-6)).mean()), 3),
        "ece": round(_calibration_error(truth, p), 3),
        "called_uncovered": shares,
    }


def _calibration_error(truth: np.ndarray, p: np.ndarray) -> float:
    """The mean gap between confidence and accuracy over ten equal bins."""
    sure, right = p.max(1), p.argmax(1) == truth
    place = np.minimum((sure * 10).astype(int), 9)
    return sum(abs(sure[place == b].sum() - right[place == b].sum()) for b in set(place)) / len(truth)


def _rendered(model: Classifier, folder: Path) -> Iterator[Seen]:
    for listing in sorted(folder.glob("*.roi.jsonl")):
        for line in listing.read_text().splitlines():
            scene = json.loads(line)
            if (folder / scene["file"]).exists():
                rim = tuple((x, y) for x, y in scene["pts"])
                yield from _seen(model, folder / scene["file"], scene["label"], scene["truck"], rim)


def _labelled(model: Classifier, listing: Path, tier: str | None, by: str) -> Iterator[Seen]:
    with listing.open(newline="") as lines:
        for row in csv.DictReader(lines):
            if tier in (None, row["tier"]):
                label = _LABELS.get(row["label"], row["label"])
                yield from _seen(model, listing.parent / row["file"], label, row[by], ())


def _seen(
    model: Classifier, file: Path, label: str, truck: str, rim: tuple[tuple[float, float], ...]
) -> Iterator[Seen]:
    picture = model.prepare(np.asarray(cv2.imread(str(file), cv2.IMREAD_COLOR), np.uint8), rim)
    if model.unusable(picture) is None:
        yield Seen(truck, label, model.ask(picture))


if __name__ == "__main__":
    main()
