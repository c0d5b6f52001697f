"""Networks from one start mixed weight by weight: all keep the same statistics in their batch norm."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor

from training.nets.backbone import Backbone


def average(nets: Sequence[Backbone]) -> Backbone:
    """One network with the mean of the others' weights (Wortsman et al. 2022, arXiv:2203.05482)."""
    return _mixed(nets, [1 / len(nets)] * len(nets))


def towards(start: Backbone, net: Backbone, share: float) -> Backbone:
    """The network `share` of the way from `start` to `net`, 0..1.

    What lies between knows more of pictures unlike those that were trained on than the end does (WiSE-FT,
    Wortsman et al. 2021, arXiv:2109.01903).
    """
    return _mixed((start, net), (1 - share, share))


def _mixed(nets: Sequence[Backbone], shares: Sequence[float]) -> Backbone:
    states = [n.state_dict() for n in nets]
    mixed = copy.deepcopy(nets[0])
    mixed.load_state_dict({name: _sum([s[name] for s in states], shares) for name in states[0]})
    return mixed.eval()


def _sum(values: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    """The weighted sum; of what only counts (batch norm's batches), the first."""
    if not values[0].is_floating_point():
        return values[0]
    return torch.stack([v * share for v, share in zip(values, shares, strict=True)]).sum(0)
