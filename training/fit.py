"""Fitting one network: a classifier on frozen features first, then the whole; resumes at the last epoch.

Batch norm keeps ImageNet's statistics, so that networks from one start can be mixed weight by weight
(training.weights); within a run, weights are averaged as they go (an exponential mean).
"""

import copy
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training.batches import Pictures, portions, tensor
from training.nets.backbone import Backbone
from training.nets.pretrained import pretrained
from training.nets.stack import fuse
from training.pictures import Picture
from training.plan import Plan

Say = Callable[[str], None]
SMOOTHING = 0.05
_DECAY = 0.993  # of the running mean of weights, per step: about 140 steps
_HEAD_VIEWS, _HEAD_STEPS = 1024, 60


def fitted(plan: Plan, pictures: Pictures, seed: int, folder: Path, say: Say) -> Backbone:
    """The network of `plan` and `seed`; `folder` keeps checkpoints and `seed-N.log.jsonl`, a line per epoch.

    A run that was killed goes on after its last whole epoch; one that is done is read from its file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"seed-{seed}.pt"
    run = _Run(plan, start(plan, pictures, folder, say), len(pictures.renders))
    if kept.exists():
        run.load(kept)
        say(f"{plan.name} seed {seed}: goes on after epoch {run.epoch}/{plan.epochs}")
    while run.epoch < plan.epochs:
        started = time.monotonic()
        loss = run.step_epoch(pictures, seed)
        run.save(kept)
        took = time.monotonic() - started
        line = {"epoch": run.epoch, "loss": round(loss, 4), "s": round(took)}
        with (folder / f"seed-{seed}.log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")
        left = (plan.epochs - run.epoch) * took / 60
        say(f"{plan.name} seed {seed} epoch {run.epoch}/{plan.epochs} loss {loss:.3f}, {left:.0f} min left")
    return run.mean.eval()


class _Run:
    """One network being trained: its weights, their running mean, the optimiser, the epochs done."""

    def __init__(self, plan: Plan, start: Backbone, renders: int) -> None:
        self.plan, self.epoch, self.renders = plan, 0, renders
        self.net = copy.deepcopy(start).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.mean = copy.deepcopy(self.net)
        for parameter in self.net.features[: plan.frozen].parameters():
            parameter.requires_grad = False
        self.early = fuse(copy.deepcopy(self.net.features[: plan.frozen]))
        trained = [p for p in self.net.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(trained, lr=plan.rate, weight_decay=0.02)
        steps = plan.samples // plan.batch
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, plan.rate, epochs=plan.epochs, steps_per_epoch=steps, pct_start=0.15
        )

    def step_epoch(self, pictures: Pictures, seed: int) -> float:
        """Train one epoch; the mean loss."""
        torch.manual_seed(seed * 1000 + self.epoch)
        self.net.train()  # dropout; batch norm is fixed in a Stack
        losses = []
        for x, wanted in pictures.epoch(self.plan, self.net, (seed, self.epoch)):
            self.optimiser.zero_grad()
            loss = _loss(self._logits(x), wanted)
            loss.backward()
            self.optimiser.step()
            self.schedule.step()
            self._follow()
            losses.append(loss.item())
        self.epoch += 1
        return float(np.mean(losses))

    def _logits(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            early = self.early(x)
        return self.net.classify(self.net.features[self.plan.frozen :](early).mean((2, 3)))

    def _follow(self) -> None:
        with torch.no_grad():
            for mean, now in zip(self.mean.parameters(), self.net.parameters(), strict=True):
                mean.lerp_(now, 1 - _DECAY)

    def load(self, file: Path) -> None:
        """Go on from a checkpoint."""
        state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
        for name, part in (("net", self.net), ("mean", self.mean)):
            part.load_state_dict(state[name])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.epoch = state["epoch"]

    def save(self, file: Path) -> None:
        """Write a checkpoint; a killed write leaves the one before."""
        part = file.with_name(file.name + ".part")
        state = {"net": self.net, "mean": self.mean, "optimiser": self.optimiser, "schedule": self.schedule}
        torch.save({"epoch": self.epoch, **{k: v.state_dict() for k, v in state.items()}}, part)
        part.replace(file)


def start(plan: Plan, pictures: Pictures, folder: Path, say: Say) -> Backbone:
    """ImageNet's features and a classifier fitted on them, the same for all seeds of a plan."""
    torch.manual_seed(0)
    net, kept = pretrained(plan.backbone), folder / "head.pt"
    if kept.exists():
        net.head.load_state_dict(torch.load(kept, map_location="cpu", weights_only=True))
        return net
    say(f"{plan.name}: fitting the classifier on ImageNet's features")
    net.eval()
    with torch.no_grad():
        short = Plan(**{**plan.__dict__, "samples": _HEAD_VIEWS})
        seen = [(net.embed(x), wanted) for x, wanted in pictures.epoch(short, net, (0, 0))]
    x, wanted = (torch.cat(part) for part in zip(*seen, strict=True))
    optimiser = torch.optim.AdamW(net.head.parameters(), lr=1e-3, weight_decay=1e-2)
    for _ in range(_HEAD_STEPS):
        optimiser.zero_grad()
        _loss(net.head(x), wanted).backward()
        optimiser.step()
    part = kept.with_name(f"{kept.name}.{os.getpid()}.part")  # another seed may be fitting the same
    torch.save(net.head.state_dict(), part)
    part.replace(kept)
    return net


def _loss(logits: Tensor, wanted: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits, wanted, label_smoothing=SMOOTHING)


def logits(net: Backbone, pictures: list[Picture]) -> np.ndarray:
    """The network's word on BGR pictures of its size, (n, 4) float32."""
    net.eval()
    with torch.no_grad():
        return np.concatenate([net(tensor(part, net)).numpy() for part in portions(pictures, 32)])
