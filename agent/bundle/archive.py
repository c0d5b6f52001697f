"""The ZIP itself: each part is made, cleaned of secrets, and written; what is missing is named."""

import hashlib
import logging
import os
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from agent.bundle.part import Missing, Part, made

log = logging.getLogger(__name__)
FOLDER = "bundles"
_KEPT = 3
_PICTURE = ".jpg"


class Bundle(msgspec.Struct, frozen=True):
    """A bundle on disk, and why parts of it are missing."""

    path: Path
    sha256: str
    bytes: int
    missing: dict[str, str] = {}


def pack(wanted: Iterable[Part], path: Path, clean: Callable[[str, bytes], bytes]) -> Bundle:
    """Make every part, and the archive of them at `path`, the whole of it or none; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    missing: dict[str, str] = {}
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in wanted:
                try:
                    content = made(part)
                except Missing as e:
                    log.warning("bundle: %s: %s", part.name, e)
                    missing[part.name] = clean(part.name, str(e).encode()).decode(errors="replace")
                    continue
                archive.writestr(
                    part.name, content if part.name.endswith(_PICTURE) else clean(part.name, content)
                )
            archive.writestr("missing.json", msgspec.json.format(msgspec.json.encode(missing)))
        draft.chmod(0o600)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    content = path.read_bytes()
    return Bundle(path, hashlib.sha256(content).hexdigest(), len(content), missing)


def keep_newest(folder: Path) -> None:
    """Only so many stay on the unit."""
    for old in sorted(folder.glob("*.zip"), key=lambda p: p.stat().st_mtime_ns)[:-_KEPT]:
        old.unlink()
