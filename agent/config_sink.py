"""`[[sinks]]` of the configuration: the platforms, and where things go there."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from agent.config_budget import Budget, MediaPolicy
from agent.config_vision import Positive

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class Topics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Topic templates; each needs {fleet} and {vehicle} and what it names besides, and no two may overlap.

    `command` and `reply` need {name} and {id}, each as a level of its own.
    """

    state: str = "haulwatch/v1/{fleet}/{vehicle}/state"
    life: str = "haulwatch/v1/{fleet}/{vehicle}/life"
    event: str = "haulwatch/v1/{fleet}/{vehicle}/event"
    trip: str = "haulwatch/v1/{fleet}/{vehicle}/trip"
    coverage: str = "haulwatch/v1/{fleet}/{vehicle}/coverage"
    health: str = "haulwatch/v1/{fleet}/{vehicle}/health"
    track: str = "haulwatch/v1/{fleet}/{vehicle}/track"
    live: str = "haulwatch/v1/{fleet}/{vehicle}/track/live"
    media: str = "haulwatch/v1/{fleet}/{vehicle}/media"
    chunk: str = "haulwatch/v1/{fleet}/{vehicle}/media/{sha256}/{index}"
    command: str = "haulwatch/v1/{fleet}/{vehicle}/cmd/{name}/{id}"
    reply: str = "haulwatch/v1/{fleet}/{vehicle}/cmd/{name}/{id}/reply"
    config: str = "haulwatch/v1/{fleet}/{vehicle}/config"
    reported: str = "haulwatch/v1/{fleet}/{vehicle}/config/reported"


class Sink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One platform: `mqtt://host:port` or `mqtts://host:port`; secrets are files.

    `track_format`: batches of fixes as JSON, or as docs/track-format.md says, a thirtieth of the bytes.
    `track_policy`: all fixes, or only so many that the others are off by at most `track_error_m`. A live copy
    goes every `live_every_s`, or `live_parked_s` while the truck stands; 0: each fix.
    `media`: which pictures go over a metered link, `media_unmetered` over the network interfaces named in
    `unmetered`; in pieces of `chunk_bytes` at most. `budget` is of what goes over metered links.
    For `session_s` after a lost link the broker keeps commands for the unit. One sink, the first unless one
    has `authority`, may change the unit's configuration.
    """

    name: Name
    url: str
    client_id: str | None = None
    username_file: Path | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    window: Annotated[int, Meta(ge=1, le=20)] = 20
    keepalive_s: Annotated[int, Meta(ge=5, le=3600)] = 30
    retry_first_s: Positive = 1.0
    retry_cap_s: Positive = 60.0
    retry_spread_s: Annotated[float, Meta(ge=0, le=600)] = 3.0
    track_batch: Annotated[int, Meta(ge=1, le=600)] = 60
    track_every_s: Positive = 10.0
    track_format: Literal["json", "compact"] = "json"
    track_policy: Literal["all", "adaptive"] = "all"
    track_error_m: Annotated[float, Meta(ge=1, le=1000)] = 10.0
    live_every_s: Annotated[float, Meta(ge=0, le=3600)] = 5.0
    live_parked_s: Annotated[float, Meta(ge=0, le=3600)] = 60.0
    media: MediaPolicy = "overlay"
    media_unmetered: MediaPolicy = "all"
    unmetered: tuple[str, ...] = ()
    chunk_bytes: Annotated[int, Meta(ge=1024, le=65536)] = 16384
    budget: Budget = Budget()
    session_s: Annotated[int, Meta(ge=0, le=7 * 86400)] = 3600
    authority: bool = False
    topics: Topics = Topics()

    @property
    def host(self) -> str:
        """The broker's host name."""
        return urlsplit(self.url).hostname or ""

    @property
    def tls(self) -> bool:
        """Whether the link is encrypted."""
        return urlsplit(self.url).scheme == "mqtts"

    @property
    def port(self) -> int:
        """The broker's port: 8883 with TLS, else 1883, unless the URL names one."""
        return urlsplit(self.url).port or (8883 if self.tls else 1883)
