"""The part of the configuration about the flight recording."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta


class RecordingConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many hours of what reached the rules are kept in a ring, at most; 0: nothing is recorded."""

    hours: Annotated[float, Meta(ge=0, le=168)] = 0.0
    folder: Path | None = None
    max_bytes: Annotated[int, Meta(ge=1_000_000)] = 100_000_000
    min_free_bytes: Annotated[int, Meta(ge=0)] = 200_000_000
