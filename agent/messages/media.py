"""Stream `media`: pictures; the subject is that of the event they belong to."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from agent.messages.parts import Count, Data, Part, Sha256, Us, Word

FileKind = Literal["original", "overlay"]
SentKind = Literal["original", "overlay", "sheet"]
Group = Literal["event", "cab", "snapshot"]
When = Literal["before", "at", "after"]


class Jpeg(Part, frozen=True, kw_only=True):
    """A JPEG file by its content; width and height in px."""

    sha256: Sha256
    bytes: Annotated[int, Meta(ge=1)]
    width: Count
    height: Count


class MayLeave(Part, frozen=True, kw_only=True):
    """Which files may be sent at all."""

    original: bool
    overlay: bool


class PictureTaken(Data, frozen=True, kw_only=True):
    """A picture is on the vehicle's disk; `why` is the type of the record that wanted it, or `command`.

    `original` as the camera gave it, `overlay` the copy for people, `concealed` how people are made
    unrecognisable in it. `decided`: the very frame that decided the event. `when`: wanted of some seconds
    before or after the event, else of it.
    """

    why: Word
    camera: Word
    group: Group
    original: Jpeg
    overlay: Jpeg | None
    concealed: Literal["nothing", "faces", "area", "whole", "withheld"]
    may_leave: MayLeave
    frame: Count
    at_us: Us
    decided: bool
    when: When | UnsetType = UNSET


class PictureFailed(Data, frozen=True, kw_only=True):
    """A wanted picture did not come about."""

    why: Word
    camera: Word
    reason: str
    decided: bool
    when: When | UnsetType = UNSET


class DeletedFile(Part, frozen=True, kw_only=True):
    """A file that is gone."""

    sha256: Sha256
    kind: FileKind


class PictureDeleted(Data, frozen=True, kw_only=True):
    """Files are gone for good: their days are over (`aged`), or their room was needed."""

    group: Group
    why: Literal["aged", "room"]
    files: tuple[DeletedFile, ...]


class PictureUnsent(Data, frozen=True, kw_only=True):
    """A file that a manifest announced to a sink never comes."""

    sink: Word
    sha256: Sha256
    kind: SentKind
    reason: str
