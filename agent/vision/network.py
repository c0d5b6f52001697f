"""The seam behind which a network runs: OpenCV's DNN module, or onnxruntime where somebody installed it."""

from typing import Any, Literal, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from agent.errors import ModelError
from agent.vision.manifest import Manifest
from agent.vision.preprocess import Picture, blob

Vector = npt.NDArray[np.float32]
Runtime = Literal["opencv", "onnxruntime"]
OUTPUTS = ("p", "embedding")


class Network(Protocol):
    """A loaded network; for one thread at a time. What it can't run raises cv2.error or ValueError."""

    def ask(self, picture: Picture) -> tuple[Vector, Vector]:
        """Its answers `p` (4,) and `embedding` (D,) to a BGR picture of its input size."""
        ...


class OpenCvNetwork:
    """Runs in cv2.dnn."""

    def __init__(self, manifest: Manifest, content: bytes) -> None:
        self._manifest = manifest
        self._net: Any = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))

    def ask(self, picture: Picture) -> tuple[Vector, Vector]:
        """As Network says."""
        self._net.setInput(blob(picture, self._manifest.mean, self._manifest.scale))
        p, embedding = self._net.forward(OUTPUTS)
        return np.array(p[0]), np.array(embedding[0])


class OnnxRuntimeNetwork:
    """Runs in onnxruntime on one thread; raises ModelError where that isn't installed."""

    def __init__(self, manifest: Manifest, content: bytes) -> None:
        try:
            import onnxruntime
        except ImportError as e:
            raise ModelError(
                "onnxruntime is not installed",
                where="vision.runtime",
                remedy='pip install "haulwatch[onnxruntime]", or set it to "opencv"',
            ) from e
        self._manifest = manifest
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as e:  # onnxruntime's errors share no other base
            raise ValueError(str(e)) from e
        self._input = self._session.get_inputs()[0].name

    def ask(self, picture: Picture) -> tuple[Vector, Vector]:
        """As Network says."""
        row = blob(picture, self._manifest.mean, self._manifest.scale)
        try:
            p, embedding = self._session.run(OUTPUTS, {self._input: row})
        except Exception as e:  # likewise
            raise ValueError(str(e)) from e
        return p[0], embedding[0]


def open_network(runtime: Runtime, manifest: Manifest, content: bytes) -> Network:
    """The network in that runtime; raises ModelError when that isn't installed."""
    if runtime == "onnxruntime":
        return OnnxRuntimeNetwork(manifest, content)
    return OpenCvNetwork(manifest, content)
