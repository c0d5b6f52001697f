"""Train and compare candidates: python -m training.candidates --renders FOLDER... [--only TEXT]

Each is a sister network (one seed), trained without the covers and lights that it is then measured on, all
with the same budget. One line per finished candidate goes to training/candidates.jsonl; a killed run goes on
where it was. With --labels, candidates that weren't yet are measured on real pictures too; each is a look.
"""

import argparse
import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from agent.vision.classifier import Classifier
from training.abreast import single
from training.candidate import Workshop, line_of
from training.evaluate import LOOKS, evaluate, labelled, look
from training.pictures import find
from training.plan import Plan
from training.steps import Result, Steps
from training.usable import judged

OUT = Path(__file__).parent / "out"
TRIED = Path(__file__).parent / "candidates.jsonl"


def plans(budget: Plan) -> list[Plan]:
    """All candidates with the budget's epochs and samples, the likelier ones first.

    Backbones, sizes and styles; of the budget's own, more left as ImageNet made it, and slower learning.
    """
    ways = product((160, 224), ("mobilenet", "lite0"), (True, False))
    made = [replace(budget, size=s, backbone=b, styled=y, sister=True) for s, b, y in ways]
    held = product((8, 14), (budget.rate, budget.rate / 2))
    return made + [replace(budget, frozen=f, rate=r, sister=True) for f, r in held]


def main() -> None:
    """Train what isn't finished, print a line for each, write the table's lines."""
    options = _options()
    single()
    workshop = Workshop(judged(find(*options.renders)), options.out / "candidates", say)
    budget = Plan(epochs=options.epochs, samples=options.samples, small=0, calm=0)
    lines: list[dict[str, Any]] = []
    wanted = [plan for plan in plans(budget) if options.only in plan.name]
    workshop.fit([(plan, 1) for plan in wanted], options.processes)
    for plan in wanted:
        result = workshop.finish(plan, range(1, 2), f"c-{plan.name}")
        folder = workshop.folder / plan.name
        real = _real(folder, options, result) if options.labels else _kept_look(folder)
        lines.append({"name": plan.name, **line_of(result), **({"real": real} if real else {})})
        say(json.dumps(lines[-1]))
        _write(TRIED, lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--renders", type=Path, nargs="+", required=True, help="folders with *.roi.jsonl")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", default="", help="plans whose name contains this")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--samples", type=int, default=Plan.samples, help="pictures per epoch")
    parser.add_argument("--labels", type=Path, help="labels.csv of real pictures, to look at")
    parser.add_argument("--tier", default="A_bed")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def _real(folder: Path, options: argparse.Namespace, result: Result) -> Result:
    """Figures on real pictures; a second call gives the first one's, without another look."""

    def work() -> Result:
        model = Classifier.load(folder / "load.json")
        figures = evaluate(model, labelled(options.labels, options.tier))
        look(LOOKS, model, figures, "comparison of finished candidates", f"{options.tier}")
        return figures

    return Steps(folder, say).run("real", {"sha256": result["manifest"]["sha256"]}, work)


def _kept_look(folder: Path) -> Result | None:
    file = folder / "real.json"
    return json.loads(file.read_text())["result"] if file.exists() else None


def _write(file: Path, lines: list[dict[str, Any]]) -> None:
    """Put `lines` into `file`, replacing earlier ones of the same names and numbers of renders."""
    new = {(line["name"], line["trained"]) for line in lines}
    old = [json.loads(x) for x in file.read_text().splitlines()] if file.exists() else []
    kept = [x for x in old if (x["name"], x["trained"]) not in new]
    file.write_text("".join(json.dumps(x) + "\n" for x in kept + lines))


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, flush=True)


if __name__ == "__main__":
    main()
