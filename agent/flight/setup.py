"""What the recorder is told: its limits and who it is; and what it is handed for each observation."""

import logging
import platform
from pathlib import Path
from uuid import uuid4

import msgspec

from agent.config import Config
from agent.flight.ring import Limits, Ring, folder_of
from agent.model import Observation
from agent.rules.state import State

log = logging.getLogger(__name__)
_HOUR_NS = 3600 * 1_000_000_000


class Setup(msgspec.Struct, frozen=True):
    """Where the ring lies and what may stay; who records, for openings; `keep_ns`: nothing older stays."""

    folder: Path
    limits: Limits
    keep_ns: int
    version: str
    rules: str
    machine: str
    unit: str
    run: str


class Taken(msgspec.Struct, frozen=True):
    """An observation, the state before it, whether duty goes on, and how many were lost before it."""

    before: State
    seen: Observation
    on: bool
    lost: int


def recording_setup(config: Config, version: str, rules: str) -> Setup | None:
    """How this agent records; None when it doesn't, and then what was recorded before is deleted."""
    wanted = config.recording
    if not wanted.hours:
        _forget(folder_of(config))
        return None
    return Setup(
        folder=folder_of(config),
        limits=Limits(wanted.hours, wanted.max_bytes, wanted.min_free_bytes),
        keep_ns=round(config.journal.keep_days * 24 * _HOUR_NS),
        version=version,
        rules=rules,
        machine=f"{platform.machine()} {platform.python_implementation()} {platform.python_version()}",
        unit=f"{config.unit.fleet}/{config.unit.vehicle}",
        run=f"{uuid4()}",
    )


def _forget(folder: Path) -> None:
    try:
        if folder.is_dir():
            Ring(folder).prune(Limits(0.0, 0, 0), None, None)
    except OSError as e:
        log.warning("recording: %s: what was recorded cannot be deleted (%s)", folder, e.strerror)
