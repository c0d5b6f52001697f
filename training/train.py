"""Make the load model: python -m training.train --renders FOLDER... [--labels labels.csv]

Step by step, each kept, so that a killed run goes on where it was: a sister network that never sees some
covers and lights sets how far to go from ImageNet's features, the calibration and the threshold of
accusations; networks from several seeds are averaged, exported, measured; the card is written from the
measurements. Seeds are fixed: the figures come out again within their intervals, the bytes don't. Nothing is
put into the agent without --install.
"""

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.vision.classifier import Classifier
from training import card
from training.abreast import single
from training.candidate import Workshop
from training.candidates import OUT, TRIED, say
from training.evaluate import LOOKS, evaluate, labelled, look, of_renders
from training.pictures import find
from training.plan import Plan, write_atomically
from training.steps import Result, Steps
from training.usable import judged
from training.validate import Calibration

MODELS = Path(__file__).parents[1] / "agent" / "vision" / "models"
_SISTER_SEEDS = range(1, 2)
_CHOSEN = ("backbone", "size", "epochs", "samples", "rate", "frozen", "small", "calm")


def main() -> None:
    """Parse, make, say where it lies."""
    options = _options()
    single()
    plan = replace(Plan(), **{k: getattr(options, k) for k in _CHOSEN}, styled=not options.plain)
    workshop = Workshop(judged(find(*options.renders)), options.out / "models", say)
    strange, seeds = replace(plan, sister=True), range(1, options.seeds + 1)
    workshop.fit([(strange, s) for s in _SISTER_SEEDS] + [(plan, s) for s in seeds], options.processes)
    single(options.processes)  # nothing else runs any more
    way = workshop.share(strange, _SISTER_SEEDS)
    share = way["share"] if options.share is None else options.share
    sister = workshop.finish(strange, _SISTER_SEEDS, f"{options.version}-sister", share)
    calibration = Calibration(**sister["calibration"])
    made = workshop.finish(plan, seeds, options.version, share, calibration)
    folder = workshop.folder / plan.name
    figures = {
        "made": made,
        "shares": way["tried"],
        "sister": sister["validation"],
        **_measured(workshop, plan, options, made),
    }
    write_atomically(folder / "figures.json", json.dumps(figures, indent=1) + "\n")
    tried = _lines(TRIED)
    write_atomically(folder / "MODEL_CARD.md", card.card(figures, tried, _lines(LOOKS)))
    say(f"model, manifest, figures and card: {folder}")
    if options.install:
        install(folder, made["manifest"]["file"], MODELS)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--renders", type=Path, nargs="+", required=True, help="folders with *.roi.jsonl")
    parser.add_argument("--out", type=Path, default=OUT, help="checkpoints, results and the model")
    parser.add_argument("--version", default="0.5.0")
    parser.add_argument("--backbone", default=Plan.backbone, choices=("mobilenet", "lite0"))
    parser.add_argument("--size", type=int, default=Plan.size, help="side of the input, px")
    parser.add_argument("--plain", action="store_true", help="styles are not randomised")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=Plan.epochs)
    parser.add_argument("--samples", type=int, default=Plan.samples, help="pictures per epoch")
    parser.add_argument("--rate", type=float, default=Plan.rate, help="highest learning rate")
    parser.add_argument("--frozen", type=int, default=Plan.frozen, help="first blocks left as they are")
    parser.add_argument("--small", type=float, default=Plan.small, help="share of epochs at 160 px")
    parser.add_argument("--calm", type=float, default=Plan.calm, help="share of epochs with fewer changes")
    parser.add_argument("--share", type=float, help="of the way from ImageNet's features, not the sister's")
    parser.add_argument("--labels", type=Path, help="labels.csv of real pictures, to measure on once")
    parser.add_argument("--tier", default="A_bed")
    parser.add_argument("--processes", type=int, default=2, help="networks trained at a time, a core each")
    parser.add_argument("--install", action="store_true", help="put the model into agent/vision/models")
    return parser.parse_args()


def _measured(workshop: Workshop, plan: Plan, options: argparse.Namespace, made: Result) -> dict[str, Any]:
    """Figures of the exported file through the agent's own code: held-out renders, and real pictures."""
    folder = workshop.folder / plan.name
    steps, inputs = Steps(folder, say), {"sha256": made["manifest"]["sha256"]}
    model = Classifier.load(folder / "load.json")

    def renders() -> Result:
        return evaluate(model, of_renders(plan.chosen(workshop.renders)[1]))

    def real() -> Result:
        found = evaluate(model, labelled(options.labels, options.tier))
        look(LOOKS, model, found, "a finished model", options.tier)
        return found

    measured = {"renders": steps.run("renders", inputs, renders)}
    if options.labels:
        measured["real"] = steps.run("real", inputs, real)
    return measured


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def install(folder: Path, network: str, models: Path) -> None:
    """Put the network, its manifest and card into `models`, and take the network that was there away."""
    before = json.loads((models / "load.json").read_text())["file"]
    shutil.copyfile(folder / network, models / network)
    for name in ("load.json", "MODEL_CARD.md"):
        shutil.copyfile(folder / name, models / name)
    if before != network:
        (models / before).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
