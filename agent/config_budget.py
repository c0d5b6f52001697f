"""The configuration of what a link to a platform may cost."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

MediaPolicy = Literal["all", "overlay", "none"]
"""Which pictures go by themselves, of those that may leave: all, only copies with the line of text, none."""


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a metered link may take, in bytes on the air; 0: no limit.

    On average `rate_bytes_s`, at once `burst_bytes`; `month_bytes` in a calendar month of the zone of [duty].
    """

    rate_bytes_s: Annotated[int, Meta(ge=0)] = 0
    burst_bytes: Annotated[int, Meta(ge=4096)] = 262_144
    month_bytes: Annotated[int, Meta(ge=0)] = 0
