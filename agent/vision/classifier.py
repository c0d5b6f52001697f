"""The load model: a frame in, the network's answer out, before anything is concluded from it."""

from pathlib import Path

import cv2
import msgspec
import numpy as np

from agent.vision.condition.measures import measure, unusable
from agent.vision.manifest import SHIPPED, Manifest, read_manifest, read_model, refusal
from agent.vision.network import Network, Runtime, Vector, open_network
from agent.vision.preprocess import Picture, Roi, crop_bed, shrink

_SUM = 1e-3


class Answer(msgspec.Struct, frozen=True):
    """What the network says of one picture: `p` (4,) in the manifest's order of classes, `embedding` (D,)."""

    p: Vector
    embedding: Vector


class Classifier:
    """A loaded model. Not for several threads at once; load it in the process that uses it."""

    def __init__(self, manifest: Manifest, network: Network) -> None:
        self.manifest, self._network = manifest, network

    @classmethod
    def load(cls, manifest: Path | None, runtime: Runtime = "opencv") -> "Classifier":
        """The model that the manifest file describes (None: the shipped one).

        Raises ModelError when a file is missing, the model isn't the one described, or it doesn't run.
        """
        path = SHIPPED if manifest is None else manifest
        described = read_manifest(path)
        content = read_model(path, described)
        try:
            loaded = cls(described, open_network(runtime, described, content))
            answer = loaded.ask(np.full((described.input, described.input, 3), 128, np.uint8))
        except (cv2.error, ValueError) as e:
            raise refusal(f"{_named(runtime)} can't run it: {' '.join(str(e).split())}", path) from e
        wrong = _wrong(answer, described)
        if wrong:
            raise refusal(f"its network {wrong}", path)
        return loaded

    @property
    def version(self) -> str:
        """The model's version, as readings and events name it."""
        return self.manifest.version

    def prepare(self, frame: Picture, roi: Roi) -> Picture:
        """The network's picture of a uint8 frame (height, width, BGR; grey and BGRA too), from 1 x 1 px.

        `roi` are relative corners of the bed's opening; fewer than three mean the whole frame.
        """
        return shrink(crop_bed(frame, roi), self.manifest.input)

    def unusable(self, picture: Picture) -> str | None:
        """Why a prepared picture can't be judged: dark, glare, blocked, blurred; None when it can."""
        return unusable(measure(picture), self.manifest.usable)

    def ask(self, picture: Picture) -> Answer:
        """The network's answer to a prepared picture."""
        return Answer(*self._network.ask(picture))


def _named(runtime: Runtime) -> str:
    return f"OpenCV {cv2.__version__}" if runtime == "opencv" else runtime


def _wrong(answer: Answer, manifest: Manifest) -> str | None:
    """How an answer differs from what the manifest promises."""
    for name, row, width in (
        ("p", answer.p, len(manifest.classes)),
        ("embedding", answer.embedding, manifest.embedding),
    ):
        if row.shape != (width,):
            return f"gives {name} of shape {(1, *row.shape)}, not {(1, width)}"
    if not np.isfinite(answer.embedding).all() or not abs(float(answer.p.sum()) - 1) <= _SUM:
        return "gives no probabilities"
    return None
