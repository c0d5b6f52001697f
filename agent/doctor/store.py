"""The disk and the journal on it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.config import Config
from agent.doctor.findings import Finding, fail, ok, skip, warn
from buffer.errors import JournalError

Status = dict[str, Any] | None


def disk(config: Config) -> Iterator[Finding]:
    """Room and rights where the journal lies."""
    folder = config.journal.path.parent
    try:
        room = os.statvfs(folder)
    except OSError as e:
        yield fail("disk.folder", f"{folder}: {e.strerror}", "create it for the daemon's user")
        return
    free = room.f_bavail * room.f_frsize
    if not os.access(folder, os.W_OK):
        yield fail("disk.folder", f"{folder} cannot be written", "give it to the daemon's user")
    elif free < config.journal.min_free_bytes:
        yield fail(
            "disk.space", f"{free / 1e6:.0f} MB free at {folder}", "make room, or lower min_free_bytes"
        )
    elif free < 4 * config.journal.min_free_bytes:
        yield warn("disk.space", f"only {free / 1e6:.0f} MB free at {folder}", "make room soon")
    else:
        yield ok("disk.space", f"{free / 1e9:.1f} GB free at {folder}")


def journal(config: Config, status: Status) -> Iterator[Finding]:
    """Whether the journal can be read, takes records, and is whole."""
    from buffer.inspection import problems

    path: Path = config.journal.path
    if not path.exists():
        yield skip("journal.whole", f"{path}: there is none yet")
        return
    if status is not None and status["journal"]["full"]:
        yield fail("journal.full", status["journal"]["full"], "make room; records wait in memory meanwhile")
        return
    try:
        found = problems(path)
    except JournalError as e:
        yield fail("journal.whole", str(e), "restart the daemon: it moves a damaged journal aside")
        return
    if found:
        yield fail("journal.whole", "; ".join(found), "restart the daemon: it moves a damaged journal aside")
    else:
        yield ok("journal.whole", f"{path}: {path.stat().st_size / 1e6:.1f} MB, no damage found")
