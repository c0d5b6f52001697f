"""The commands that are known, and their arguments. Pure."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

UNSIGNED = frozenset({"ping", "get_status"})
"""These change nothing, so nobody has to sign them; and they may be carried out twice."""
_Address = Annotated[str, Meta(pattern=r"^https://[!-~]+$", max_length=2048)]
_Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
_Seq = Annotated[int, Meta(ge=1)]
_Pace = Annotated[float, Meta(ge=0.5, le=86400)]


class NoArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to say."""


class Camera(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which camera."""

    camera: Annotated[str, Meta(min_length=1, max_length=64)]


class Picture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which file of a picture; `url`: where to put it, instead of sending it over MQTT."""

    sha256: _Sha256
    url: _Address | None = None


class Collected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to put a support bundle, None: nowhere; `personal`: it may say where the truck is."""

    url: _Address | None = None
    personal: bool = False


class Interval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often fixes go to the platform that asks, for `for_s`; None: as configured."""

    for_s: Annotated[float, Meta(ge=1, le=86400)]
    track_every_s: _Pace | None = None
    live_every_s: _Pace | None = None


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seqs of a stream, both ends included."""

    stream: Literal["life", "event", "trip", "coverage", "health", "track"]
    first: _Seq = msgspec.field(name="from")
    last: _Seq = msgspec.field(name="to")


class Enclosed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed document of its own."""

    document: dict[str, Any]


Args = NoArgs | Camera | Picture | Collected | Interval | Range | Enclosed
ARGS: dict[str, type[Args]] = {
    "ping": NoArgs,
    "get_status": NoArgs,
    "snapshot": Camera,
    "upload_media": Picture,
    "set_interval": Interval,
    "collect_bundle": Collected,
    "rescan": NoArgs,
    "resend": Range,
    "sync_zones": Enclosed,
    "sync_permits": Enclosed,
    "trust": Enclosed,
    "reload": NoArgs,
}
"""What each command takes."""
