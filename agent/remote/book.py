"""What the platform wants of the configuration, in the state folder: wanted, last good, how it went."""

import hashlib
import logging
from pathlib import Path
from typing import Any, Literal

import msgspec

from agent.durable_file import write_durable
from agent.errors import ConfigError

log = logging.getLogger(__name__)
Stage = Literal["applied", "probation", "rejected", "rolled_back"]
NAME = "remote.json"


class Wanted(msgspec.Struct, frozen=True):
    """A configuration of the platform."""

    version: int
    settings: dict[str, Any]

    @property
    def hash(self) -> str:
        """It by its content: the first 16 digits of the SHA-256 of its settings."""
        text = msgspec.json.encode(self.settings, order="sorted")
        return hashlib.sha256(text).hexdigest()[:16]


class Page(msgspec.Struct, frozen=True):
    """`now` holds; `good` is what was there before it, None: the file alone. `newest` is the highest version
    ever taken; on probation, `starts` counts those after no orderly end, `had_` says what was there."""

    stage: Stage = "applied"
    reason: str | None = None
    now: Wanted | None = None
    good: Wanted | None = None
    newest: Wanted | None = None
    starts: int = 0
    had_link: bool = False
    had_fix: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """What is set remotely."""
        return self.now.settings if self.now else {}

    def back(self, reason: str) -> "Page":
        """The last good one again."""
        return msgspec.structs.replace(self, stage="rolled_back", reason=reason, now=self.good, starts=0)

    def forgotten(self) -> "Page":
        """The file alone; what the broker still has does not come back, only a newer version does."""
        return msgspec.structs.replace(
            self, stage="rolled_back", reason="forgotten", now=None, good=None, starts=0
        )


def read(file: Path) -> Page:
    """The page; an empty one when there is none, or when it cannot be read, which is logged."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Page)
    except FileNotFoundError:
        return Page()
    except (OSError, msgspec.MsgspecError) as e:
        log.error("%s: the platform's settings are left out (%s)", file, e)  # noqa: TRY400 - it is handled
        return Page()


def write(file: Path, page: Page) -> None:
    """Put the page into the file; raises ConfigError."""
    put(file, msgspec.json.format(msgspec.json.encode(page)) + b"\n")


def put(file: Path, content: bytes) -> None:
    """Have the content in the file, the whole of it or nothing, on disk on return; raises ConfigError."""
    try:
        write_durable(file, content)
    except OSError as e:
        raise ConfigError(
            f"cannot be written ({e.strerror})", where=str(file), remedy="check owner and free space"
        ) from e
