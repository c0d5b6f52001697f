"""Which files follow a record of the stream `media`, and how they are cut. Pure."""

from typing import Literal

import msgspec

from agent.config_budget import MediaPolicy
from agent.model import PictureGroup
from agent.pictures.files import Kind
from buffer.records import Record

TAKEN, COMMISSIONED = "picture.taken", "commission.sheet"
MANIFESTS = (TAKEN, COMMISSIONED)
_KINDS: tuple[Kind, ...] = ("overlay", "original")  # in the order in which they go: first what people look at


class Sheet(msgspec.Struct, frozen=True):
    """A file that is to go: whose, what and how large; `group` is that of a picture."""

    group: PictureGroup | None
    subject: str
    sha256: str
    kind: Kind | Literal["sheet"]
    bytes: int

    @property
    def media_type(self) -> str:
        """Of its content."""
        return "text/html" if self.kind == "sheet" else "image/jpeg"

    def chunks(self, size: int) -> int:
        """How many chunks of `size` bytes it has; the last may be shorter."""
        return max(1, -(-self.bytes // size))


class _File(msgspec.Struct):
    sha256: str
    bytes: int


class _Taken(msgspec.Struct):
    group: PictureGroup
    original: _File
    overlay: _File | None
    may_leave: dict[str, bool]


class _Severe(msgspec.Struct):
    severity: str = "info"


def sheets(record: Record, policy: MediaPolicy) -> list[Sheet]:
    """The files of a record that may leave the vehicle and that the policy sends."""
    if record.type not in MANIFESTS or policy == "none":
        return []
    try:
        if record.type == COMMISSIONED:
            signed = msgspec.json.decode(record.payload, type=_File)
            return [Sheet(None, record.subject, signed.sha256, "sheet", signed.bytes)]
        taken = msgspec.json.decode(record.payload, type=_Taken)
    except msgspec.MsgspecError:
        return []  # of another version: nothing says that its files may leave
    files = {"overlay": taken.overlay, "original": taken.original}
    return [
        Sheet(taken.group, record.subject, file.sha256, kind, file.bytes)
        for kind in _KINDS
        if (file := files[kind]) and taken.may_leave.get(kind) is True and policy in ("all", kind)
    ]


def is_grave(record: Record) -> bool:
    """Whether it belongs to a violation."""
    try:
        severity = msgspec.json.decode(record.payload, type=_Severe).severity
    except msgspec.MsgspecError:
        return False
    return severity in ("violation", "critical")


def attributes(chosen: list[Sheet], size: int) -> dict[str, object]:
    """What a manifest says besides its record: the size of a chunk, and the files that follow."""
    files = [
        {"kind": sheet.kind, "sha256": sheet.sha256, "bytes": sheet.bytes, "chunks": sheet.chunks(size)}
        for sheet in chosen
    ]
    return {"chunkbytes": size, "files": files}
