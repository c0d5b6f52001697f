"""The seam behind which a network runs: OpenCV's DNN module."""

from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from agent.vision.manifest import Manifest
from agent.vision.preprocess import Picture, blob

Vector = npt.NDArray[np.float32]
OUTPUTS = ("p", "embedding")


class Network(Protocol):
    """A loaded network; for one thread at a time."""

    def ask(self, picture: Picture) -> tuple[Vector, Vector]:
        """Its answers `p` (4,) and `embedding` (D,) to a BGR picture of its input size."""
        ...


class OpenCvNetwork:
    """Runs in cv2.dnn; raises cv2.error on what it can't run."""

    def __init__(self, manifest: Manifest, content: bytes) -> None:
        self._manifest = manifest
        self._net: Any = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))

    def ask(self, picture: Picture) -> tuple[Vector, Vector]:
        """As Network says."""
        self._net.setInput(blob(picture, self._manifest.mean, self._manifest.scale))
        p, embedding = self._net.forward(OUTPUTS)
        return np.array(p[0]), np.array(embedding[0])
