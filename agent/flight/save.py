"""A copy of the ring in one file, from a unit that runs or not; segments without an end get one there."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from agent.errors import FlightError
from agent.flight.ring import Ring, Stored
from agent.flight.segment import SegmentFile, pieces
from agent.flight.tape import Closing, Cut, Opening, Piece, Seen


class Saved(msgspec.Struct, frozen=True):
    """What was copied; times in ns since 1970, None where no clock was set.

    `cut` of the segments have no end; of `unread` others nothing could be read.
    """

    segments: int
    cut: int
    unread: int
    first_utc_ns: int | None
    last_utc_ns: int | None
    bytes: int


def save(ring: Ring, file: BinaryIO, since_ns: int, until_ns: int | None) -> Saved:
    """Copy whole segments that touch the time from `since_ns` to `until_ns` (UTC), and their settings.

    One whose time nobody knows is never left out. Raises FlightError when nothing is left.
    """
    held: set[str] = set()
    chosen = [stored for stored in ring.segments() if _touches(stored, since_ns, until_ns)]
    copied, cut, unread, known = 0, 0, 0, list[int]()
    for stored in chosen:
        read = _read(stored)
        if not isinstance(read[0], Opening):
            unread += 1
            continue
        if stored.settings and stored.settings not in held:
            held.add(stored.settings)
            _copy(pieces(ring.settings_file(stored.settings)), file)
        copied, cut = copied + 1, cut + any(isinstance(piece, Cut) for piece in read)
        known += times(read)
        _copy(iter(read), file)
    if not copied:
        raise FlightError("holds nothing of that time", where=str(ring.folder), remedy="give another")
    return Saved(copied, cut, unread, min(known, default=None), max(known, default=None), file.tell())


def _touches(stored: Stored, since_ns: int, until_ns: int | None) -> bool:
    """By the times of what is in it."""
    if not since_ns and until_ns is None:
        return True
    known = times(_read(stored))
    return not known or (max(known) >= since_ns and (until_ns is None or min(known) <= until_ns))


def _read(stored: Stored) -> list[Piece]:
    """What is in a segment: at least a Cut, where the ring let it go or nothing of it is on disk yet."""
    try:
        return list(pieces(stored.path))
    except FlightError as e:
        return [Cut(str(stored.path), e.what)]


def times(read: list[Piece]) -> list[int]:
    """The UTC (ns) of a segment's begin and end, as far as they are known."""
    opening = next((piece for piece in read if isinstance(piece, Opening)), None)
    if opening is None:
        return []
    seen = [piece.observation.mono_ns for piece in read if isinstance(piece, Seen)]
    last = max(seen, default=opening.mono_ns)
    stamped = [
        (p.utc_ns, p.mono_ns) for p in read if isinstance(p, Opening | Closing) and p.utc_ns is not None
    ]
    offset = next((utc_ns - mono_ns for utc_ns, mono_ns in reversed(stamped)), None)
    return [] if offset is None else [opening.mono_ns + offset, last + offset]


def _copy(read: Iterator[Piece], file: BinaryIO) -> None:
    segment = SegmentFile(file)
    for piece in read:
        if not isinstance(piece, Cut):
            segment.write(piece)
    segment.finish()


def span(ring: Ring) -> tuple[int | None, int | None]:
    """From when to when (UTC, ns) the ring goes, as far as its first and last segments know."""
    stored = ring.segments()
    known: list[int] = []
    for one in {found.number: found for found in (*stored[:1], *stored[-1:])}.values():
        known += times(_read(one))
    return min(known, default=None), max(known, default=None)
