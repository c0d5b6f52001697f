"""The unit's own key at the command line, where not everybody may read it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agent.errors import TrustError

Key = TypeVar("Key")


def readable(read: Callable[[Path], Key], file: Path) -> Key:
    """What `read` makes of the file; raises TrustError that says who may read it."""
    try:
        return read(file)
    except TrustError as e:
        remedy = "run it as root or as the agent's account; the daemon's first start makes the key"
        raise TrustError(e.what, where=e.where, remedy=remedy) from e
