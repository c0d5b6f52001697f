"""The load model: one picture in, a judgement out; OpenCV's DNN module runs the network."""

import hashlib
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np

from agent.errors import ModelError
from agent.model import LoadState, Probabilities
from agent.vision.camera_health import Limits, measure, unusable
from agent.vision.preprocess import Picture, Roi, blob, crop_bed, shrink

SHIPPED = Path(__file__).parent / "models" / "load.json"
_REMEDY = "restore the model's files from the package, or point vision.model at a complete manifest"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be known of a model file: `load.json` beside it.

    `input` is the side of the square input in px; input = (BGR pixel - `mean`) * `scale`. The network answers
    with probabilities in the order of `classes`. `opencv` is the version it was checked with.
    """

    version: str
    file: str
    sha256: str
    input: int
    mean: tuple[float, float, float]
    scale: float
    classes: tuple[LoadState, ...]
    opencv: str
    usable: Limits


class Judgement(msgspec.Struct, frozen=True):
    """The word on one frame: the likeliest class, or `unknown` when the frame isn't usable.

    `p` is the network's answer, None for a frame it wasn't asked about; `reason` says why it isn't usable:
    dark, glare, blocked, blurred.
    """

    state: LoadState
    p: Probabilities | None
    usable: bool
    reason: str | None


class Classifier:
    """A loaded model. Not for several threads at once; load it in the process that uses it."""

    def __init__(self, manifest: Manifest, network: Any) -> None:
        self._manifest, self._network = manifest, network

    @classmethod
    def load(cls, manifest: Path | None) -> "Classifier":
        """The model that the manifest file describes (None: the shipped one).

        Raises ModelError when a file is missing, the model isn't the one described, or it doesn't run.
        """
        path = SHIPPED if manifest is None else manifest
        described = _manifest(path)
        content = _model(path.parent / described.file, described)
        try:
            loaded = cls(described, cv2.dnn.readNetFromONNX(content))
            loaded._ask(np.full((described.input, described.input, 3), 128, np.uint8))
        except (cv2.error, ValueError) as e:
            raise _refusal(f"OpenCV {cv2.__version__} can't run it: {' '.join(str(e).split())}", path) from e
        return loaded

    @property
    def version(self) -> str:
        """The model's version, as readings and events name it."""
        return self._manifest.version

    def judge(self, frame: Picture, roi: Roi) -> Judgement:
        """Judge a uint8 frame (height, width, BGR; grey and BGRA too), any size from 1 x 1 px.

        `roi` are relative corners of the bed's opening; fewer than three mean the whole frame.
        """
        picture = shrink(crop_bed(frame, roi), self._manifest.input)
        reason = unusable(measure(picture), self._manifest.usable)
        if reason is not None:
            return Judgement("unknown", None, usable=False, reason=reason)
        p = self._ask(picture)
        return Judgement(max(p, key=lambda c: p[c]), Probabilities(**p), usable=True, reason=None)

    def _ask(self, picture: Picture) -> dict[LoadState, float]:
        manifest = self._manifest
        self._network.setInput(blob(picture, manifest.mean, manifest.scale))
        (row,) = self._network.forward()
        return {c: float(v) for c, v in zip(manifest.classes, row, strict=True)}


def _manifest(path: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as e:
        raise _refusal(f"can't be read: {e.strerror}", path) from e
    except msgspec.DecodeError as e:
        raise _refusal(f"is no model manifest: {e}", path) from e
    if sorted(manifest.classes) != sorted(Probabilities.__struct_fields__):
        raise _refusal(f"its classes are not {', '.join(Probabilities.__struct_fields__)}", path)
    return manifest


def _model(path: Path, manifest: Manifest) -> Any:
    try:
        content = path.read_bytes()
    except OSError as e:
        raise _refusal(f"can't be read: {e.strerror}", path) from e
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise _refusal(f"is not the model {manifest.version} of its manifest (SHA-256 differs)", path)
    return np.frombuffer(content, np.uint8)


def _refusal(what: str, path: Path) -> ModelError:
    return ModelError(what, where=f"load model {path}", remedy=_REMEDY)
