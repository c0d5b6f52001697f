"""The network as it is exported: BGR pixels in; probabilities and the embedding out."""

import copy

import torch
from torch import Tensor, nn

from training.calibrate import Scale
from training.nets.backbone import Backbone
from training.nets.stack import fuse


class Shipped(nn.Module):
    """A copy of a backbone with the order of channels, the inputs' deviation and the logits' scale folded in.

    Input: (n, 3, h, w) BGR pixels minus `mean` (0..255). Outputs: `p` (n, 4), rows adding up to 1, and
    `embedding` (n, D), what the classifier sees.
    """

    def __init__(self, net: Backbone, scale: Scale) -> None:
        super().__init__()
        self.net = fuse(copy.deepcopy(net).to(memory_format=torch.contiguous_format)).eval()  # type: ignore[call-overload]
        self.mean = [round(255 * m, 3) for m in reversed(net.mean)]
        with torch.no_grad():
            scaled = self.net.stem.weight / (255 * torch.tensor(net.std).view(1, 3, 1, 1))
            self.net.stem.weight.copy_(scaled.flip(1))
            self.net.head.weight.div_(scale.temperature)
            self.net.head.bias.div_(scale.temperature).add_(torch.tensor(scale.offsets or 0.0))

    @property
    def embedding(self) -> int:
        """The length D of an embedding."""
        return self.net.head.in_features

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels minus mean -> (p, embedding)."""
        embedding = self.net.embed(x)
        return self.net.head(embedding).softmax(1), embedding
