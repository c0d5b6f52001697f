"""What is observed of pictures; agent.model has the rest of what flows."""

from typing import Literal

import msgspec

PictureGroup = Literal["event", "cab", "snapshot"]
When = Literal["before", "at", "after"]
"""Relative to the event that a picture is of."""


class PictureFile(msgspec.Struct, frozen=True):
    """A JPEG file by its content: SHA-256 (hex), size in bytes, width and height in px."""

    sha256: str
    bytes: int
    width: int
    height: int


class PictureAsked(msgspec.Struct, frozen=True):
    """Somebody wants a picture of `camera` without an event; `by` says who, as a word."""

    mono_ns: int
    camera: str
    by: str


class PictureTaken(msgspec.Struct, frozen=True):
    """A picture is on disk: frame `frame` of `camera`, taken from the stream at `at_ns`.

    `decided`: it is the very frame that decided the event, not the next one. `overlay` is the copy that may
    leave the vehicle, None when none may; `concealed` says how people were made unrecognisable in it, or why
    there is none: nothing, faces, area, whole, withheld.
    """

    mono_ns: int
    camera: str
    subject: str
    why: str
    group: PictureGroup
    original: PictureFile
    overlay: PictureFile | None
    concealed: Literal["nothing", "faces", "area", "whole", "withheld"]
    frame: int
    at_ns: int
    decided: bool = False
    when: When = "at"


class PictureFailed(msgspec.Struct, frozen=True):
    """A wanted picture did not come about; `reason` is one phrase."""

    mono_ns: int
    camera: str
    subject: str
    why: str
    reason: str
    decided: bool = False
    when: When = "at"


class PicturesDeleted(msgspec.Struct, frozen=True):
    """Files of one subject are gone for good: (SHA-256, `original` or `overlay`) each.

    `why`: `aged` (their days are over) or `room` (the budget).
    """

    mono_ns: int
    subject: str
    group: PictureGroup
    why: Literal["aged", "room"]
    files: tuple[tuple[str, str], ...]


class PictureUnsent(msgspec.Struct, frozen=True):
    """A picture that a sink should get and never gets from this unit.

    `reason`: `gone`, `damaged` (its bytes are not those that were recorded), `unreadable`, `refused`.
    """

    mono_ns: int
    sink: str
    subject: str
    sha256: str
    kind: str
    reason: str
