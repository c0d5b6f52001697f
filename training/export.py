"""From a torch network to the ONNX file that OpenCV runs, checked against each other, and its manifest."""

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from training.nets.shipped import Shipped
from training.pictures import CLASSES
from training.plan import write_atomically
from training.usable import USABLE

TOLERANCE = 1e-4
LARGEST = 15e6  # bytes
OUTPUTS = ("p", "embedding")


def export(net: Shipped, file: Path, size: int) -> float:
    """Write `file`; the largest difference between OpenCV's and torch's outputs on random pictures.

    Raises SystemExit when that is above TOLERANCE or the file is larger than LARGEST.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        net,
        (torch.zeros(1, 3, size, size),),
        str(file),
        input_names=["picture"],
        output_names=list(OUTPUTS),
        opset_version=17,
        dynamo=False,
    )
    net.eval()  # the export has put all of it into the mode of its outermost part
    worst = difference(net, file, size)
    if worst > TOLERANCE:
        raise SystemExit(f"{file.name}: OpenCV differs from torch by {worst:.1e}")
    if file.stat().st_size > LARGEST:
        raise SystemExit(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB, at most {LARGEST / 1e6:.0f}")
    return worst


def difference(net: Shipped, file: Path, size: int, times: int = 8) -> float:
    """The largest difference over random pictures: absolute in `p`, of the largest value in `embedding`."""
    rng, runtime, worst = np.random.default_rng(0), cv2.dnn.readNetFromONNX(str(file)), 0.0
    for _ in range(times):
        x = rng.uniform(-120, 130, (1, 3, size, size)).astype(np.float32)
        runtime.setInput(x)
        given = runtime.forward(OUTPUTS)
        with torch.no_grad():
            wanted = [part.numpy() for part in net(torch.from_numpy(x))]
        for ours, theirs in zip(given, wanted, strict=True):
            worst = max(worst, float(np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1)))
    return worst


def write_manifest(file: Path, net: Shipped, version: str, size: int, accuse: float) -> dict[str, Any]:
    """Write `load.json` beside `file`: what the agent must know to run it; what was written."""
    manifest = {
        "version": version,
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "input": size,
        "mean": net.mean,
        "scale": 1.0,
        "classes": list(CLASSES),
        "opencv": cv2.__version__,
        "embedding": net.embedding,
        "accuse": round(accuse, 4),
        "usable": USABLE,
    }
    write_atomically(file.with_name("load.json"), json.dumps(manifest, indent=2) + "\n")
    return manifest
