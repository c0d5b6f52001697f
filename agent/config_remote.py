"""`[commands]` and `[remote]` of the configuration: what platforms may do to the unit, and how fast."""

from typing import Annotated

import msgspec
from msgspec import Meta


class CommandsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Commands that are taken of each platform: `burst` at once, `per_minute` lastingly, each so large."""

    per_minute: Annotated[float, Meta(gt=0, le=600)] = 30.0
    burst: Annotated[int, Meta(ge=1, le=100)] = 10
    max_bytes: Annotated[int, Meta(ge=1024, le=4 * 1024 * 1024)] = 64 * 1024


class Remote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long a configuration that came from the platform is on probation, s.

    In that time a link or a fix that is lost for `lost_s` brings the last good one back.
    """

    probation_s: Annotated[float, Meta(ge=1, le=86400)] = 300.0
    lost_s: Annotated[float, Meta(ge=1, le=86400)] = 300.0
