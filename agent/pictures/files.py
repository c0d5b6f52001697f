"""The folder of pictures: GROUP/SUBJECT/SHA256.KIND.jpg, each file whole and on disk under its name.

The name says what retention must know, so that no index can be lost: the group (event, cab, snapshot), the
subject, the content and the kind (original, overlay); a file's time of change is when its frame was taken, as
far as that was known. A deletion first renames to SHA256.KIND.aged (or .room), a trace that stays, empty,
until the deletion is in the journal; a power cut neither brings a picture back nor leaves its end unrecorded.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import msgspec

from agent.model import PictureGroup
from buffer.directory import sync_directory

Kind = Literal["original", "overlay"]
Why = Literal["aged", "room"]
_NAME = re.compile(r"([0-9a-f]{64})\.(original|overlay)\.(jpg|aged|room)")
_WHY: dict[str, Why] = {"aged": "aged", "room": "room"}
_FRESH = ".fresh-"


class Stored(msgspec.Struct, frozen=True):
    """A picture's file; `utc_ns` its time of change; `gone` says why when only its trace is left."""

    path: Path
    group: PictureGroup
    subject: str
    sha256: str
    kind: Kind
    bytes: int
    utc_ns: int
    gone: Why | None = None


def folder_name(subject: str) -> str:
    """A subject as the name of a folder."""
    return re.sub(r"[^A-Za-z0-9_.:-]|^\.", "_", subject)[:200] or "_"


def path_of(root: Path, group: PictureGroup, subject: str, sha256: str, kind: Kind) -> Path:
    """Where a picture lies while it is there."""
    return root / group / folder_name(subject) / f"{sha256}.{kind}.jpg"


def store(folder: Path, kind: Kind, content: bytes, utc_ns: int | None) -> str:
    """Write a picture into its subject's folder, durable on return; gives its SHA-256. Raises OSError."""
    sha256 = hashlib.sha256(content).hexdigest()
    _make_durable(folder)
    fresh = folder / f"{_FRESH}{sha256[:16]}.{kind}.{os.getpid()}"
    try:
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            if utc_ns is not None:
                os.utime(file.fileno(), ns=(utc_ns, utc_ns))
            os.fsync(file.fileno())
        fresh.replace(folder / f"{sha256}.{kind}.jpg")
    finally:
        fresh.unlink(missing_ok=True)
    sync_directory(folder)
    return sha256


def stored(root: Path) -> Iterator[Stored]:
    """All pictures and traces of deleted ones under `root`; what else lies there is passed over."""
    for group in get_args(PictureGroup):
        for folder in sorted(_entries(root / group)):
            for path in sorted(_entries(folder)):
                found = _NAME.fullmatch(path.name)
                if found:
                    yield from _stored(path, group, found)


def delete(picture: Stored, why: Why) -> Stored:
    """Delete a picture for good, leaving its trace; durable on return. Raises OSError."""
    trace = picture.path.with_suffix(f".{why}")
    picture.path.replace(trace)
    sync_directory(trace.parent)
    return erase(msgspec.structs.replace(picture, path=trace, gone=why))


def erase(trace: Stored) -> Stored:
    """Empty a trace that a power cut left with its content."""
    with trace.path.open("r+b") as file:
        file.truncate()
        os.fsync(file.fileno())
    return msgspec.structs.replace(trace, bytes=0)


def forget(trace: Stored) -> None:
    """Remove a trace whose deletion is in the journal, and its folder when it was the last."""
    folder = trace.path.parent
    trace.path.unlink(missing_ok=True)
    try:
        folder.rmdir()
    except FileNotFoundError:
        return  # it was forgotten before
    except OSError:
        sync_directory(folder)  # there are more in it


def sweep_fresh(root: Path) -> int:
    """Remove what a power cut left half written; how many there were."""
    left = [f for group in get_args(PictureGroup) for f in (root / group).glob(f"*/{_FRESH}*")]
    for file in left:
        file.unlink(missing_ok=True)
    return len(left)


def date(picture: Stored, utc_ns: int) -> None:
    """Let the days of a picture whose time was never known begin now."""
    os.utime(picture.path, ns=(utc_ns, utc_ns))


def _stored(path: Path, group: PictureGroup, found: re.Match[str]) -> Iterator[Stored]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return  # deleted while we look
    kind: Kind = "original" if found[2] == "original" else "overlay"
    yield Stored(
        path=path,
        group=group,
        subject=path.parent.name,
        sha256=found[1],
        kind=kind,
        bytes=status.st_size,
        utc_ns=status.st_mtime_ns,
        gone=_WHY.get(found[3]),
    )


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _make_durable(folder: Path) -> None:
    """Make the folder of a subject and the two above it, each name on disk.

    Also where they are: whoever made them may have been refused, or killed, before the name was synced.
    """
    for made in (folder.parent.parent, folder.parent, folder):
        made.mkdir(parents=True, exist_ok=True)
        sync_directory(made.parent)
