"""The manifest of a load model: the file that says what is true of the network beside it."""

import hashlib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from agent.errors import ModelError
from agent.model import LoadState, Probabilities
from agent.vision.condition.limits import Limits

SHIPPED = Path(__file__).parent / "models" / "load.json"
_REMEDY = "restore the model's files from the package, or point vision.model at a complete manifest"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`load.json`: what must be known to run `file`, which lies beside it.

    `input` is the side of the square input in px; input = (BGR pixel - `mean`) * `scale`. The network has two
    outputs: `p` (1, 4), probabilities in the order of `classes`, temperature inside; `embedding`
    (1, `embedding`), what its classifier sees. A frame is called uncovered when that is the likeliest class
    and at least `accuse` (0..1). `opencv` is the version it was checked with, `usable` where a picture ends
    to be one.
    """

    version: Annotated[str, Meta(min_length=1, max_length=40)]
    file: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    input: Annotated[int, Meta(ge=32, le=1024)]
    mean: tuple[float, float, float]
    scale: Annotated[float, Meta(gt=0)]
    classes: tuple[LoadState, ...]
    opencv: str
    embedding: Annotated[int, Meta(ge=1, le=8192)]
    accuse: Annotated[float, Meta(ge=0, le=1)]
    usable: Limits


def read_manifest(path: Path) -> Manifest:
    """The manifest in `path`; raises ModelError when there is none or it says too much or too little."""
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as e:
        raise refusal(f"can't be read: {e.strerror}", path) from e
    except msgspec.DecodeError as e:
        raise refusal(f"is no model manifest: {e}", path) from e
    if sorted(manifest.classes) != sorted(Probabilities.__struct_fields__):
        raise refusal(f"its classes are not {', '.join(Probabilities.__struct_fields__)}", path)
    return manifest


def read_model(path: Path, manifest: Manifest) -> bytes:
    """The network that the manifest in `path` describes; raises ModelError when it is missing or another."""
    file = path.parent / manifest.file
    try:
        content = file.read_bytes()
    except OSError as e:
        raise refusal(f"can't be read: {e.strerror}", file) from e
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise refusal(f"is not the model {manifest.version} of its manifest (SHA-256 differs)", file)
    return content


def refusal(what: str, path: Path) -> ModelError:
    """The error that says what is wrong with a model's file."""
    return ModelError(what, where=f"load model {path}", remedy=_REMEDY)
