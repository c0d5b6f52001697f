"""Batches of augmented views: every class as often, the same again for the same seed and epoch."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice

import numpy as np
import torch
from torch import Tensor

from training.augment.view import Views
from training.nets.backbone import Backbone
from training.pictures import CLASSES, Picture, Render, Rim, kept_crop, target
from training.plan import Plan

Batch = tuple[Tensor, Tensor]


def tensor(pictures: list[Picture], net: Backbone) -> Tensor:
    """BGR uint8 pictures of one size -> (n, 3, h, w) as the net's weights expect, channels last in memory."""
    rgb = np.stack(pictures)[..., ::-1].astype(np.float32)
    rgb = (rgb - 255 * np.float32(net.mean)) / (255 * np.float32(net.std))
    return torch.from_numpy(np.ascontiguousarray(rgb)).permute(0, 3, 1, 2)


class Pictures:
    """Renders held in memory, cut to their beds: about 200 kB each."""

    def __init__(self, renders: list[Render]) -> None:
        self.renders = renders
        self._crops: list[tuple[Picture, Rim]] = [kept_crop(r) for r in renders]
        self._targets = np.stack([target(r.label, r.exposed) for r in renders])
        self._members = [[i for i, r in enumerate(renders) if r.label == c] for c in CLASSES]

    def view(self, i: int, views: Views, rng: np.random.Generator) -> Picture:
        """A random view of render `i`, (size, size, 3) uint8."""
        return views.make(*self._crops[i], self._crops[int(rng.integers(len(self._crops)))][0], rng)

    def epoch(self, plan: Plan, net: Backbone, seed: tuple[int, int]) -> Iterator[Batch]:
        """One epoch of (n, 3, h, w) pictures and (n, 4) wanted answers, made one batch ahead."""
        rng, views = np.random.default_rng(seed), plan.views(seed[1])
        order = self._order(plan.samples, rng)

        def batch(start: int) -> Batch:
            chosen = order[start : start + plan.batch]
            made = [self.view(i, views, rng) for i in chosen]
            return tensor(made, net), torch.from_numpy(self._targets[chosen])

        starts = range(0, plan.samples - plan.batch + 1, plan.batch)
        with ThreadPoolExecutor(1) as worker:
            coming = worker.submit(batch, 0)
            for start in starts:
                ready = coming.result()
                if start + plan.batch in starts:
                    coming = worker.submit(batch, start + plan.batch)
                yield ready

    def _order(self, samples: int, rng: np.random.Generator) -> np.ndarray:
        """`samples` places of renders, the classes by turns, none again before all of its class came."""
        turns = [_shuffled(members, rng) for members in self._members if members]
        return np.array([next(turns[k % len(turns)]) for k in range(samples)])


def _shuffled(members: list[int], rng: np.random.Generator) -> Iterator[int]:
    for _ in count():
        yield from (members[i] for i in rng.permutation(len(members)))


def views_of(pictures: Pictures, views: Views, each: int, seed: int) -> list[Picture]:
    """`each` random views of every render, one render after the other."""
    rng = np.random.default_rng(seed)
    return [pictures.view(i, views, rng) for i in range(len(pictures.renders)) for _ in range(each)]


def portions(pictures: list[Picture], size: int) -> Iterator[list[Picture]]:
    """Consecutive parts of at most `size` pictures."""
    rest = iter(pictures)
    while part := list(islice(rest, size)):
        yield part
