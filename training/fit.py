"""Fitting: a shared classifier first, then whole networks from several seeds, averaged weight by weight."""

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from agent.vision.preprocess import crop_bed, shrink
from training.augment import view
from training.net import MEAN, STD, MobileNetV2
from training.pictures import CLASSES, Render

Say = Callable[[str], None]
SMOOTHING = 0.05


@dataclass(frozen=True)
class Plan:
    """How long and how hard to train; `frozen` counts the first feature blocks left as ImageNet made them."""

    epochs: int = 14
    batch: int = 32
    rate: float = 1.5e-4
    frozen: int = 4
    size: int = 160


def tensor(pictures: list[np.ndarray]) -> Tensor:
    """BGR uint8 pictures of one size -> (n, 3, h, w) normalised as the ImageNet weights expect."""
    rgb = np.stack(pictures)[..., ::-1].astype(np.float32) / 255
    return torch.from_numpy(((rgb - MEAN) / STD).astype(np.float32).transpose(0, 3, 1, 2).copy())


def plain(renders: list[Render], size: int) -> Tensor:
    """The renders as the agent would crop them, unaugmented."""
    return tensor([shrink(crop_bed(r.read(), r.rim), size) for r in renders])


def batches(renders: list[Render], plan: Plan, rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch: every class as often as the largest, augmented, shuffled."""
    pictures = {r.file: r.read() for r in renders}
    order = _balanced(renders, rng)
    for i in range(0, len(order) - len(order) % plan.batch, plan.batch):
        chosen = order[i : i + plan.batch]
        yield (
            tensor([view(pictures[r.file], r.rim, rng, plan.size) for r in chosen]),
            torch.tensor([r.index for r in chosen]),
        )


def _balanced(renders: list[Render], rng: np.random.Generator) -> list[Render]:
    groups = [[r for r in renders if r.label == c] for c in CLASSES]
    most = max(map(len, groups))
    picked = [g[i] for g in groups if g for i in rng.permutation(most) % len(g)]
    return [picked[i] for i in rng.permutation(len(picked))]


def fit_head(net: MobileNetV2, renders: list[Render], plan: Plan, rng: np.random.Generator) -> None:
    """Fit the classifier alone on two epochs of embeddings, so that all seeds start from one place."""
    net.eval()
    with torch.no_grad():
        seen = [(net.embed(x), y) for _ in range(2) for x, y in batches(renders, plan, rng)]
    x, y = torch.cat([e for e, _ in seen]), torch.cat([t for _, t in seen])
    optimiser = torch.optim.AdamW(net.classifier.parameters(), lr=2e-3, weight_decay=1e-2)
    for _ in range(200):
        optimiser.zero_grad()
        nn.functional.cross_entropy(net.classifier(x), y, label_smoothing=SMOOTHING).backward()
        optimiser.step()


def fit(net: MobileNetV2, renders: list[Render], plan: Plan, seed: int, say: Say) -> MobileNetV2:
    """A fine-tuned copy of `net`; batch norm keeps ImageNet's statistics, so that copies can be averaged."""
    net = copy.deepcopy(net)
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    net.eval()
    net.classifier.train()
    for parameter in net.features[: plan.frozen].parameters():
        parameter.requires_grad = False
    trained = [p for p in net.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=plan.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, epochs=plan.epochs, steps_per_epoch=_steps(renders, plan), pct_start=0.15
    )
    for epoch in range(plan.epochs):
        started = time.monotonic()
        loss = _epoch(net, optimiser, schedule, batches(renders, plan, rng))
        say(f"seed {seed} epoch {epoch + 1}/{plan.epochs} loss {loss:.3f} {time.monotonic() - started:.0f} s")
    return net


def _steps(renders: list[Render], plan: Plan) -> int:
    return len(_balanced(renders, np.random.default_rng(0))) // plan.batch


def _epoch(
    net: MobileNetV2,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    source: Iterator[tuple[Tensor, Tensor]],
) -> float:
    losses = []
    for x, y in source:
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y, label_smoothing=SMOOTHING)
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def average(nets: list[MobileNetV2]) -> MobileNetV2:
    """One network with the mean of the others' weights (Wortsman et al. 2022, arXiv:2203.05482)."""
    states = [n.state_dict() for n in nets]
    mean = copy.deepcopy(nets[0])
    mean.load_state_dict(
        {
            k: torch.stack([s[k] for s in states]).mean(0) if v.is_floating_point() else v
            for k, v in states[0].items()
        }
    )
    return mean.eval()


def logits(net: MobileNetV2, x: Tensor) -> Tensor:
    """The network's word on (n, 3, h, w), in portions, without gradients."""
    net.eval()
    with torch.no_grad():
        return torch.cat([net(part) for part in x.split(32)])


def temperature(scores: Tensor, truth: Tensor) -> float:
    """The divisor of logits that makes held-out probabilities honest (Guo et al. 2017, arXiv:1706.04599)."""
    candidates = torch.logspace(-0.7, 0.7, 141)
    losses = [nn.functional.cross_entropy(scores / t, truth).item() for t in candidates]
    return float(candidates[int(np.argmin(losses))])
