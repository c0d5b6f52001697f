"""Whether the pictures on disk are what the journal says: every file hashed, every record looked up."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from agent.pictures.files import Stored, stored
from buffer.records import Record

State = Literal["fine", "altered", "missing", "unrecorded"]
_CHUNK = 1 << 20


class Checked(msgspec.Struct, frozen=True):
    """One picture: `altered` content isn't that of its name, `missing` is recorded and not there.

    `unrecorded` is there without a record: its record is older than the journal keeps, or was never written.
    """

    subject: str
    sha256: str
    kind: str
    state: State


class _File(msgspec.Struct):
    sha256: str
    kind: str = ""


class _Taken(msgspec.Struct):
    original: _File
    overlay: _File | None


class _Deleted(msgspec.Struct):
    files: list[_File]


def check(root: Path, records: Iterable[Record]) -> list[Checked]:
    """Check a folder against the records of the stream `media`; damaged records count as none."""
    wanted, gone = _recorded(records)
    seen: dict[tuple[str, str], Checked] = {}
    for file in stored(root):
        key = (file.sha256, file.kind)
        if file.gone is not None:
            gone.add(key)
            continue
        state: State = "altered" if not intact(file) else "fine" if key in wanted else "unrecorded"
        seen[key] = Checked(file.subject, file.sha256, file.kind, state)
    lost = {key: subject for key, subject in wanted.items() if key not in seen and key not in gone}
    return [*seen.values(), *(Checked(subject, *key, "missing") for key, subject in lost.items())]


def intact(file: Stored) -> bool:
    """Whether a picture's content is the one that its name promises."""
    digest = hashlib.sha256()
    with file.path.open("rb") as content:
        while part := content.read(_CHUNK):
            digest.update(part)
    return digest.hexdigest() == file.sha256


def _recorded(records: Iterable[Record]) -> tuple[dict[tuple[str, str], str], set[tuple[str, str]]]:
    """(SHA-256, kind) of what was taken, with its subject, and of what was deleted since."""
    taken: dict[tuple[str, str], str] = {}
    deleted: set[tuple[str, str]] = set()
    for record in records:
        if not record.intact():
            continue
        if record.type == "picture.taken":
            files = msgspec.json.decode(record.payload, type=_Taken)
            for kind, file in (("original", files.original), ("overlay", files.overlay)):
                if file is not None:
                    taken[file.sha256, kind] = record.subject
                    deleted.discard((file.sha256, kind))
        elif record.type == "picture.deleted":
            gone = msgspec.json.decode(record.payload, type=_Deleted)
            deleted |= {(file.sha256, file.kind) for file in gone.files}
    return taken, deleted
