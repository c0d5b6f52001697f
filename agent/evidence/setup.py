"""What evidence takes from the configuration."""

import logging
from pathlib import Path

import msgspec

from agent.config import Config
from agent.errors import TrustError
from agent.evidence.device import Files, device_key
from agent.evidence.identity import identity
from agent.evidence.notary import Setup
from agent.evidence.shelf import Shelf
from agent.model import Settings
from agent.model_evidence import Device
from agent.settings import keeping

log = logging.getLogger(__name__)
_DAY_NS = 86_400_000_000_000


def proven(settings: Settings, config: Config) -> Settings:
    """The rules' settings with the device's key and what judges; raises ProfileError, ModelError.

    A key that can't be read or made costs the evidence only: the log and the birth record say so.
    """
    device: Device | None = None
    try:
        device = device_key(files_of(config))
    except (TrustError, OSError) as e:
        log.error("evidence: no device key, so nothing is signed: %s", e)  # noqa: TRY400 - a fault, no bug
    return msgspec.structs.replace(settings, device=device, identity=identity(config))


def notary_setup(config: Config) -> Setup:
    """The worker's part."""
    held = keeping(config)
    return Setup(
        vehicle=f"{config.unit.fleet}/{config.unit.vehicle}",
        files=files_of(config),
        shelf=Shelf(shelf_folder(config)),
        keep_ns=round(held.days.longest * _DAY_NS),
        not_before_ns=held.not_before_ns,
    )


def files_of(config: Config) -> Files:
    """Where the device's key lies: beside the journal."""
    return Files(config.journal.path.parent)


def shelf_folder(config: Config) -> Path:
    """Where evidence lies beside the pictures."""
    return config.journal.path.parent / "evidence"
