"""From a torch network to the ONNX file that OpenCV runs, checked against each other, and its manifest."""

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from training.net import MEAN, Shipped
from training.pictures import CLASSES

TOLERANCE = 1e-4


def export(net: Shipped, file: Path, size: int) -> None:
    """Write `file`; raises SystemExit when OpenCV's answers differ from torch's by more than TOLERANCE."""
    net.eval()
    torch.onnx.export(
        net,
        (torch.zeros(1, 3, size, size),),
        str(file),
        input_names=["picture"],
        output_names=["p"],
        opset_version=17,
        dynamo=False,
    )
    worst = difference(net, file, size)
    if worst > TOLERANCE:
        raise SystemExit(f"{file.name}: OpenCV differs from torch by {worst:.1e}")


def difference(net: Shipped, file: Path, size: int, times: int = 8) -> float:
    """The largest difference of a probability between torch and OpenCV over random pictures."""
    rng, runtime, worst = np.random.default_rng(0), cv2.dnn.readNetFromONNX(str(file)), 0.0
    for _ in range(times):
        x = rng.uniform(-120, 130, (1, 3, size, size)).astype(np.float32)
        runtime.setInput(x)
        with torch.no_grad():
            worst = max(worst, float(np.abs(net(torch.from_numpy(x)).numpy() - runtime.forward()).max()))
    return worst


def write_manifest(folder: Path, file: Path, version: str, size: int, extra: dict[str, Any]) -> None:
    """Write `load.json`: what the agent must know to run `file`, which lies beside it."""
    manifest = {
        "version": version,
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "input": size,
        "mean": [round(255 * m, 3) for m in reversed(MEAN)],
        "scale": 1.0,
        "classes": list(CLASSES),
        "opencv": cv2.__version__,
        **extra,
    }
    (folder / "load.json").write_text(json.dumps(manifest, indent=2) + "\n")
