"""What judges on this unit, by hashes, for the record: rules, load model, receiver's profile."""

import hashlib
from importlib.metadata import version
from pathlib import Path

import agent.rules
from agent.config import Config
from agent.vision.manifest import SHIPPED, read_manifest
from drivers.profiles import find_profile


def identity(config: Config) -> dict[str, str]:
    """The agent's version, SHA-256 of rules, model and profile, the receiver's source.

    Raises ProfileError, ModelError.
    """
    manifest = config.vision.model or SHIPPED
    model = read_manifest(Path(manifest))
    profile = find_profile("gnss", config.gnss.profile).read_bytes()
    return {
        "agent": version("haulwatch"),
        "rules": _rules(),
        "model": model.version,
        "model_sha256": model.sha256,
        "receiver": config.gnss.source,
        "receiver_profile": config.gnss.profile,
        "receiver_profile_sha256": hashlib.sha256(profile).hexdigest(),
    }


def _rules() -> str:
    """SHA-256 over names and content of the rules' sources, in the order of names."""
    digest = hashlib.sha256()
    for folder in agent.rules.__path__:
        for file in sorted(Path(folder).rglob("*.py")):
            content = file.read_bytes()
            digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()
