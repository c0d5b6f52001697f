"""What each step rests on, as a digest: settings, profiles, keys, corners, model, teaching, papers."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from agent.commission.state import STEPS
from agent.config import Config
from agent.errors import ModelError, TrustError
from agent.evidence.device import public_of
from agent.evidence.setup import files_of
from agent.layers.gather import sources
from agent.model_commission import StepName
from agent.trust.keys import public_file
from agent.vision.manifest import SHIPPED, read_manifest
from drivers.errors import ProfileError
from drivers.profiles import find_profile

_DIGITS = 16


def inputs(config: Config) -> dict[StepName, str]:
    """The digest of each step's inputs as they are now; what can't be read counts as absent."""
    return {name: _digest(list(_parts(name, config))) for name in STEPS}


def _parts(name: StepName, config: Config) -> Iterator[Any]:
    cameras = [camera for camera in config.cameras if camera.on]
    match name:
        case "identity":
            yield from (config.unit, _kid(config), _content(config.journal.path.parent / "trust.json"))
        case "receiver" | "sky":
            yield from (config.gnss, _profile("gnss", config.gnss.profile))
        case "cameras":
            yield [msgspec.structs.replace(camera, roi=(), driver=()) for camera in cameras]
            yield [_profile("camera", camera.profile) for camera in cameras]
        case "roi":
            yield [(camera.name, camera.roi, camera.driver) for camera in cameras]
            yield [_content(config.vision.references / f"{camera.name}.png") for camera in cameras]
        case "teaching":
            yield _model(config.vision.model)
            yield [_names(config.vision.teaching / camera.name) for camera in cameras]
        case "switches":
            yield from (config.switches, config.warning)
        case "papers":
            yield from (config.zones, config.permits)
            yield [_content(source.present) for source in sources(config).values()]
        case "platform":
            yield from (config.sinks, config.unit)
        case "evidence":
            yield from (_kid(config), config.journal.path, config.evidence, config.privacy)


def _digest(parts: list[Any]) -> str:
    coded = msgspec.json.encode(parts, enc_hook=str, order="sorted")
    return hashlib.sha256(coded).hexdigest()[:_DIGITS]


def _kid(config: Config) -> str | None:
    try:
        return public_of(public_file(files_of(config).key)).kid
    except TrustError:
        return None


def _profile(kind: Any, name: str) -> str | None:
    try:
        return hashlib.sha256(find_profile(kind, name).read_bytes()).hexdigest()
    except (ProfileError, OSError):
        return None


def _model(path: Path | None) -> str | None:
    try:
        return read_manifest(path or SHIPPED).sha256
    except ModelError:
        return None


def _content(path: Path | None) -> str | None:
    try:
        return None if path is None else hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _names(folder: Path) -> list[str]:
    """Taught pictures, whose names are hashes of their content."""
    return sorted(str(file.relative_to(folder)) for file in folder.glob("*/*.jpg"))
