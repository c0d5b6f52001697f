"""One candidate: the network of a plan, calibrated on what it never saw, exported, measured, timed."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from agent.vision.classifier import Classifier
from training import abreast
from training.batches import Pictures
from training.calibrate import least_within
from training.export import export, write_manifest
from training.fit import Say, fitted, start
from training.nets.backbone import Backbone
from training.nets.shipped import Shipped
from training.pictures import Render
from training.plan import Plan, of_renders
from training.steps import Result, Steps
from training.validate import Calibration, Exam
from training.weights import average, towards

SHARES = (0.55, 0.7, 0.85, 1.0)
_TIMES = 60
_FINISHED = "finished.json"


class Workshop:
    """Where networks are made from `renders`: checkpoints and results of steps lie in `folder`."""

    def __init__(self, renders: list[Render], folder: Path, say: Say) -> None:
        self.renders, self.say = renders, say
        self.folder = folder / of_renders(renders)
        self._held: tuple[str, Pictures] | None = None

    def fit(self, wanted: Sequence[tuple[Plan, int]], processes: int) -> None:
        """Train the networks of these plans and seeds, `processes` at a time, ahead of `finish`."""
        open_ = [(p, seed) for p, seed in wanted if not (self.folder / p.name / _FINISHED).exists()]
        abreast.fit(self.renders, self.folder, open_, processes, self.say)

    def nets(self, plan: Plan, seeds: range) -> list[Backbone]:
        """The plan's networks of these seeds, trained or read."""
        return [fitted(plan, self._pictures(plan), seed, self.folder / plan.name, self.say) for seed in seeds]

    def exam(self, plan: Plan) -> Exam:
        """The renders that the plan validates on."""
        return Exam(plan.chosen(self.renders)[1], plan)

    def share(self, plan: Plan, seeds: range) -> Result:
        """How far to go from ImageNet's features to those trained: `share` 0..1, and all that were `tried`.

        The least of SHARES whose log loss on the plan's validation is within a standard error of the best
        one's (Breiman et al. 1984): where renders can't tell, the less specialised network.
        """

        def work() -> Result:
            begun, net = self.start(plan), average(self.nets(plan, seeds))
            exam = Exam(plan.chosen(self.renders)[1][::2], plan)  # half is enough to choose by
            found = {share: exam.answers(towards(begun, net, share)) for share in SHARES}
            losses = {share: answers.losses() for share, answers in found.items()}
            tried = [
                {
                    "share": share,
                    "loss": round(float(losses[share].mean()), 4),
                    "error": round(float(losses[share].std() / np.sqrt(len(exam.renders))), 4),
                    "accuracy_3": found[share].figures(found[share].calibration())["clean"]["accuracy_3"],
                }
                for share in SHARES
            ]
            return {"share": least_within(losses), "tried": tried}

        inputs = {"seeds": [seeds.start, seeds.stop], "shares": list(SHARES)}
        return Steps(self.folder / plan.name, self.say).run("share", inputs, work)

    def start(self, plan: Plan) -> Backbone:
        """The network that all seeds of the plan begin with."""
        return start(plan, self._pictures(plan), self.folder / plan.name, self.say)

    def finish(
        self, plan: Plan, seeds: range, version: str, share: float = 1.0, given: Calibration | None = None
    ) -> Result:
        """Train, average, go `share` of the way, calibrate (unless `given`), export, measure: the figures.

        A step that was done with the same renders, plan, seeds and share is not done again.
        """
        folder = self.folder / plan.name
        inputs = {
            "seeds": [seeds.start, seeds.stop],
            "version": version,
            "share": share,
            "given": given and vars(given),
        }

        def work() -> Result:
            nets, begun, exam = self.nets(plan, seeds), self.start(plan), self.exam(plan)
            net = towards(begun, average(nets), share)
            found = exam.answers(net)
            calibration = given or found.calibration()
            shipped = Shipped(net, calibration.scale)
            file = folder / f"load-{version}.onnx"
            worst = export(shipped, file, plan.size)
            manifest = write_manifest(file, shipped, version, plan.size, calibration.accuse)
            return {
                "plan": vars(plan),
                "renders": {"trained": len(plan.chosen(self.renders)[0]), "validated": len(found.renders)},
                "manifest": manifest,
                "calibration": vars(calibration),
                "share": share,
                "singles": _singles([towards(begun, each, share) for each in nets], exam),
                "validation": found.figures(calibration),
                "difference": worst,
                "bytes": file.stat().st_size,
                "ms": decision_ms(folder / "load.json"),
                "training_s": _seconds(folder, seeds),
            }

        return Steps(folder, self.say).run(Path(_FINISHED).stem, inputs, work)

    def _pictures(self, plan: Plan) -> Pictures:
        kept, _ = plan.chosen(self.renders)
        mark = of_renders(kept)
        if self._held is None or self._held[0] != mark:
            self._held = None
            self._held = mark, Pictures(kept)
        return self._held[1]


def _singles(nets: Sequence[Backbone], exam: Exam) -> list[float]:
    """The share of clean pictures that each single network recognises; none when only one was made."""
    if len(nets) == 1:
        return []
    truth = np.array([r.index for r in exam.renders])
    return [round(float((exam.clean(net).argmax(1) == truth).mean()), 3) for net in nets]


def _seconds(folder: Path, seeds: range) -> int:
    logs = [folder / f"seed-{seed}.log.jsonl" for seed in seeds]
    return sum(json.loads(line)["s"] for log in logs for line in log.read_text().splitlines())


def decision_ms(manifest: Path) -> dict[str, float]:
    """Milliseconds per decision on a 640x480 frame, one thread: with preparation, and the network alone."""
    model = Classifier.load(manifest)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    frame = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    whole, bare = [], []
    for _ in range(_TIMES):
        start = time.perf_counter()
        picture = model.prepare(frame, ())
        model.unusable(picture)
        between = time.perf_counter()
        model.ask(picture)
        end = time.perf_counter()
        whole.append(end - start)
        bare.append(end - between)
    cv2.setNumThreads(threads)
    return {"decision": round(1e3 * median(whole), 2), "network": round(1e3 * median(bare), 2)}


def line_of(result: Result) -> dict[str, Any]:
    """A finished candidate in one flat line."""
    plan, clean, worse = result["plan"], result["validation"]["clean"], result["validation"]["degraded"]
    return {
        **plan,
        **{k: result["renders"][k] for k in ("trained", "validated")},
        "temperature": result["validation"]["temperature"],
        "accuse": round(result["calibration"]["accuse"], 4),
        **{k: clean[k] for k in ("balanced_4", "accuracy_3", "auc", "called_uncovered", "ece")},
        **{f"degraded_{k}": worse[k] for k in ("balanced_4", "accuracy_3", "auc", "ece")},
        "ms": result["ms"]["decision"],
        "mb": round(result["bytes"] / 1e6, 1),
        "training_s": result["training_s"],
    }
