"""The configuration of pictures: where they lie, how they are made, how long they stay."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from agent.config_vision import Positive


class PicturesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where pictures lie (None: beside the journal), what they may take, and how they are made.

    `quality` is libjpeg's; `wait_s` how long a camera may take to give a new frame. Accusations are
    pictured `before_s` before and `after_s` after they begin, too (0: not); for that the last frames of each
    body camera are held in `ring_bytes` of memory (0: none are).
    """

    folder: Path | None = None
    max_bytes: Annotated[int, Meta(ge=1_000_000)] = 4 * 1024**3
    min_free_bytes: Annotated[int, Meta(ge=0)] = 200_000_000
    quality: Annotated[int, Meta(ge=30, le=100)] = 90
    wait_s: Annotated[float, Meta(ge=0.5, le=60)] = 5.0
    before_s: Annotated[float, Meta(ge=0, le=30)] = 10.0
    after_s: Annotated[float, Meta(ge=0, le=30)] = 5.0
    ring_bytes: Annotated[int, Meta(ge=0, le=20_000_000)] = 1_000_000


class Privacy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long pictures are kept, by what they are, and who is made unrecognisable in them.

    `face_model` is a face detector's file (docs/privacy.md); types of events in `cab_events` are photographed
    by the cab cameras, too.
    """

    original_days: Positive = 30.0
    overlay_days: Positive = 90.0
    cab_days: Positive = 7.0
    snapshot_days: Positive = 3.0
    face_model: Path | None = None
    cab_events: tuple[str, ...] = ()
