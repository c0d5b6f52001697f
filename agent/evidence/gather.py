"""What there is about an event, from the open journal and the pictures, when its time is over."""

from collections.abc import Callable
from typing import Literal

import msgspec

from agent.evidence.observed import Read, Window, observed, within
from agent.evidence.shelf import Shelf
from agent.model_evidence import Gathered, Lacking, Seal, SealedFile, SealedPicture, When
from buffer.records import Record

_AT_US = 1_000_000  # a frame so close to the event is of the event
_PICTURES_AFTER_NS = 120_000_000_000  # records of pictures come some time after their frames


class _File(msgspec.Struct):
    sha256: str
    bytes: int


class _MayLeave(msgspec.Struct):
    original: bool
    overlay: bool


class _Taken(msgspec.Struct):
    why: str
    camera: str
    group: str
    original: _File
    overlay: _File | None
    may_leave: _MayLeave
    at_us: int
    decided: bool


class _Failed(msgspec.Struct):
    why: str
    camera: str
    reason: str


def gather(seal: Seal, read: Read, last: Callable[[str], int], shelf: Shelf, now: int) -> Gathered:
    """Look it up and keep what was observed on the shelf; raises OSError, JournalError."""
    around = round(seal.around_s * 1e9)
    window = Window(seal.boot, seal.at_ns - around, seal.at_ns + around)
    wide = Window(seal.boot, window.from_ns, window.to_ns + _PICTURES_AFTER_NS)
    media = within(read, "media", last("media"), wide)
    # One frame may be recorded for the warning, the report and the end; it is one picture of its subject.
    pictures = list(dict.fromkeys(p for record in media for p in _pictures(record, seal, window)))
    failed = [f for record in media for f in _failed(record, seal)]
    content, count = observed(read, last, window)
    sha256 = shelf.keep(seal.subject, content, [p.sha256 for p in pictures])
    return Gathered(
        mono_ns=now,
        subject=seal.subject,
        event=seal.event,
        at_ns=seal.at_ns,
        observed=SealedFile(sha256, len(content), count),
        pictures=tuple(sorted(pictures, key=lambda p: (p.at_us, p.camera, p.kind, p.sha256))),
        failed=tuple(failed),
    )


def _pictures(record: Record, seal: Seal, window: Window) -> list[SealedPicture]:
    """The files of a picture of this event, or of whatever else was pictured in its time, but for the cab."""
    if record.type != "picture.taken":
        return []
    taken = msgspec.json.decode(record.payload, type=_Taken)
    mine = record.subject == seal.subject and taken.why == seal.event
    near = window.from_ns <= taken.at_us * 1000 <= window.to_ns and taken.group == "event"
    if not (mine or near):
        return []
    when = _when(taken.at_us - seal.at_ns // 1000, decided=mine and taken.decided)
    kinds: list[tuple[Literal["original", "overlay"], _File | None, bool]] = [
        ("original", taken.original, taken.may_leave.original),
        ("overlay", taken.overlay, taken.may_leave.overlay),
    ]
    return [
        SealedPicture(file.sha256, kind, file.bytes, taken.camera, record.subject, taken.at_us, when, leaves)
        for kind, file, leaves in kinds
        if file is not None
    ]


def _when(after_us: int, *, decided: bool) -> When:
    if decided or abs(after_us) <= _AT_US:
        return "at"
    return "before" if after_us < 0 else "after"


def _failed(record: Record, seal: Seal) -> list[Lacking]:
    if record.type != "picture.failed" or record.subject != seal.subject:
        return []
    failed = msgspec.json.decode(record.payload, type=_Failed)
    return [Lacking(failed.camera, failed.reason)] if failed.why == seal.event else []
