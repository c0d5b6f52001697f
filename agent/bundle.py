"""A support bundle: what the agent knows of itself, as JSON files in one ZIP, without secrets.

Secrets are files that the configuration only names; what may hide in an address is taken out. Where the truck
was and what its cameras saw is in it only when that is asked for. A part that cannot be had is named in
`missing.json` with the reason, and the rest is there.
"""

import hashlib
import logging
import os
import platform
import shutil
import zipfile
from collections.abc import Callable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import msgspec

from agent.config import Config
from drivers.camera.spec import without_secret

log = logging.getLogger(__name__)
FOLDER = "bundles"
_KEPT = 3
_PERSONAL = ("fix", "motion", "violations")
_MEMORY = Path("/proc/meminfo")
Part = Callable[[], object]


class Bundle(msgspec.Struct, frozen=True):
    """A bundle on disk."""

    path: Path
    sha256: str
    bytes: int


def parts(config: Config, status: Callable[[], dict[str, Any]], *, personal: bool) -> dict[str, Part]:
    """What goes into a bundle, by file name; `personal`: where the truck is, too."""
    return {
        "status.json": lambda: status() if personal else _impersonal(status()),
        "config.json": lambda: redacted(msgspec.to_builtins(config, enc_hook=str)),
        "packages.json": lambda: {d.metadata["Name"]: d.version for d in distributions()},
        "machine.json": lambda: _machine(config.journal.path.parent),
    }


def pack(wanted: Mapping[str, Part], folder: Path, name: str) -> Bundle:
    """Write `folder`/NAME.zip, and keep the newest three; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path, draft = folder / f"{name}.zip", folder / f"{name}.new"
    missing: dict[str, str] = {}
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, part in wanted.items():
            try:
                archive.writestr(file, msgspec.json.format(msgspec.json.encode(part(), enc_hook=str)))
            except Exception as e:  # noqa: BLE001 - whatever is broken, the rest is wanted all the more
                log.warning("bundle: %s: %s", file, e)
                missing[file] = f"{type(e).__name__}: {e}"
        archive.writestr("missing.json", msgspec.json.encode(missing))
    os.replace(draft, path)
    for old in sorted(folder.glob("*.zip"), key=lambda p: p.stat().st_mtime_ns)[:-_KEPT]:
        old.unlink()
    content = path.read_bytes()
    return Bundle(path, hashlib.sha256(content).hexdigest(), len(content))


def redacted(value: Any) -> Any:
    """The same without user names and passwords in addresses."""
    if isinstance(value, dict):
        return {key: redacted(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [redacted(v) for v in value]
    return without_secret(value) if isinstance(value, str) and "://" in value else value


def _impersonal(status: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in status.items() if key not in _PERSONAL}


def _machine(state: Path) -> dict[str, Any]:
    disk, load = shutil.disk_usage(state), os.getloadavg()
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": load,
        "memory": _MEMORY.read_text().splitlines()[:5],
        "disk": {"total": disk.total, "free": disk.free},
    }
