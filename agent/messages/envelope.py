"""The envelope: CloudEvents 1.0 in JSON, with the attributes that every record of a vehicle has."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from agent.messages.parts import Clock, Count, Part, Seq, Severity, Sha256, Word

Stream = Literal["life", "event", "trip", "coverage", "health", "track", "media"]
Moment = Annotated[datetime, Meta(tz=True)]
Uuid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Source = Annotated[str, Meta(pattern="^haulwatch/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]


class Head(Part, frozen=True, kw_only=True):
    """What every event has, also the volatile `track.live`, which is in no stream.

    `time` is when it happened, absent while the clock was never set. Take a message once
    by `source` and `id`.
    """

    specversion: Literal["1.0"]
    id: Word
    source: Source
    type: Word
    time: Moment | UnsetType = UNSET
    datacontenttype: Literal["application/json"]
    boot: Uuid
    monons: Annotated[int, Meta(ge=0, description="Nanoseconds of CLOCK_BOOTTIME when it happened.")]
    data: msgspec.Raw


class Envelope(Head, frozen=True, kw_only=True):
    """A record: `seq` is its place in `stream` of this `generation` of the vehicle's journal.

    `recordedtime`: what the vehicle's clock said when it was written, null if it was not set; `clock` says
    where that was from. `historical`: backlog, not news. Facts with a duration share `subject`.
    """

    subject: Word | UnsetType = UNSET
    generation: Uuid
    stream: Stream
    seq: Seq
    clock: Clock
    historical: bool
    recordedtime: Moment | None
    severity: Severity


class FileToCome(Part, frozen=True, kw_only=True):
    """A file that follows as `chunks` chunks on `media/{sha256}/{index}`: of a picture, or a `sheet`."""

    kind: Literal["original", "overlay", "sheet"]
    sha256: Sha256
    bytes: Annotated[int, Meta(ge=1)]
    chunks: Annotated[int, Meta(ge=1)]


class Manifest(Envelope, frozen=True, kw_only=True):
    """The envelope of `picture.taken` and `commission.sheet`: `files` follow for this sink.

    None where a policy keeps them. Every chunk has `chunkbytes` bytes but a file's last.
    """

    chunkbytes: Annotated[int, Meta(ge=1, le=65_536)]
    files: tuple[FileToCome, ...]


class State(Part, frozen=True, kw_only=True):
    """The retained `state`: `session` rises with each connection; `lost` is the broker's word (the will)."""

    status: Literal["online", "sleeping", "stopped", "lost"]
    time: Moment | None
    source: Source
    session: Annotated[int, Meta(ge=1)]
    version: Word
    generation: Uuid


__all__ = ["Count", "Envelope", "FileToCome", "Head", "Manifest", "Moment", "State", "Stream"]
