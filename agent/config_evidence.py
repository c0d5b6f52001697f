"""The part of the configuration about evidence."""

from typing import Annotated

import msgspec
from msgspec import Meta


class EvidenceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much time around an accusation belongs to it, and how often the head of the chain is signed."""

    around_s: Annotated[float, Meta(ge=1, le=600)] = 60.0
    anchor_every_s: Annotated[float, Meta(ge=60, le=604_800)] = 86_400.0
