"""A compact track batch: bytes for fixes of one boot, and back. Pure; docs/track-format.md describes it.

batch = "HT" version generation first span omitted boot origin mono [utc] cosine names column… crc
"""

import zlib
from collections.abc import Sequence
from itertools import pairwise

from agent.uplink.track.bits import Bytes, leb128, zigzag
from agent.uplink.track.columns import MODES, read_columns, write_columns
from agent.uplink.track.errors import TrackFormatError
from agent.uplink.track.fix import Origin, TrackFix

MAGIC, VERSION = b"HT", 1
MOST_FIXES = 65_536
ORIGINS = ("unsynced", "rtc", "ntp", "gnss", "anchored")
_CRC_BYTES, _ID_BYTES = 4, 8


def encode(origin: Origin, fixes: Sequence[TrackFix], start: int | None = None) -> bytes:
    """The batch of 1 to MOST_FIXES fixes with rising seqs; ids may be whole UUIDs.

    `start` is the first seq that it speaks of, at most the first fix's: what lies before that is left out.
    Raises ValueError for other fixes, a mode or a clock without a number, or ids that are no UUIDs.
    """
    if not 1 <= len(fixes) <= MOST_FIXES or any(b.seq <= a.seq for a, b in pairwise(fixes)):
        raise ValueError(f"a batch has 1 to {MOST_FIXES} fixes with rising seqs")
    if any(fix.mode not in MODES for fix in fixes) or origin.clock not in ORIGINS:
        raise ValueError("a fix has a mode, or the batch a clock, that has no number")
    begin = fixes[0].seq if start is None else start
    if not 0 <= begin <= fixes[0].seq:
        raise ValueError("a batch begins with its first fix, or before it")
    body = b"".join((MAGIC, bytes([VERSION]), _head(origin, fixes, begin), write_columns(origin, fixes)))
    return body + _crc(body)


def decode(content: bytes) -> tuple[Origin, list[TrackFix]]:
    """What `encode` was given, ids and arrival shortened; raises TrackFormatError."""
    if content[:2] != MAGIC:
        raise TrackFormatError("not a compact track batch")
    if content[2:3] != bytes([VERSION]):
        raise TrackFormatError(f"version {content[2:3].hex() or 'missing'} is not known")
    if _crc(content[:-_CRC_BYTES]) != content[-_CRC_BYTES:]:
        raise TrackFormatError("its checksum does not fit")
    source = Bytes(content[3:-_CRC_BYTES])
    try:
        origin, seqs = _read_head(source)
        fixes = read_columns(source, origin, seqs)
    except (UnicodeDecodeError, IndexError, OverflowError) as e:
        raise TrackFormatError("its fields make no sense") from e
    if source.left:
        raise TrackFormatError("something follows its last column")
    return origin, fixes


def span(content: bytes) -> tuple[int, int]:
    """The first and the last seq that a batch speaks of; raises TrackFormatError when there is no head."""
    source = Bytes(content[3 + _ID_BYTES :])
    first = source.number()
    return first, first + source.number()


def _crc(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(_CRC_BYTES, "big")


def _head(origin: Origin, fixes: Sequence[TrackFix], first: int) -> bytes:
    last = fixes[-1].seq
    return b"".join(
        (
            _id(origin.generation),
            leb128(first),
            leb128(last - first),
            _omitted(fixes, first),
            _id(origin.boot),
            bytes([ORIGINS.index(origin.clock) << 1 | (origin.utc_ms is not None)]),
            leb128(origin.mono_ms),
            b"" if origin.utc_ms is None else leb128(zigzag(origin.utc_ms)),
        )
    )


def _id(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", "")[: 2 * _ID_BYTES].ljust(2 * _ID_BYTES, "0"))


def _omitted(fixes: Sequence[TrackFix], first: int) -> bytes:
    """How many runs of seqs are left out, then for each: seqs that are there before it, seqs left out."""
    runs, there = [], 0
    for before, seq in pairwise([first - 1, *(fix.seq for fix in fixes)]):
        if seq > before + 1:
            runs.append(leb128(there) + leb128(seq - before - 1))
            there = 0
        there += 1
    return leb128(len(runs)) + b"".join(runs)


def _read_head(source: Bytes) -> tuple[Origin, list[int]]:
    generation = source.take(_ID_BYTES).hex()
    seqs = _read_seqs(source)
    boot, clock, mono_ms = source.take(_ID_BYTES).hex(), source.take(1)[0], source.number()
    utc_ms = source.signed() if clock & 1 else None
    return Origin(generation, boot, mono_ms, utc_ms, ORIGINS[clock >> 1]), seqs


def _read_seqs(source: Bytes) -> list[int]:
    first, span, runs = source.number(), source.number(), source.number()
    _check(runs)
    seqs, at, last = list[int](), first, first + span
    for _ in range(runs):
        there, missing = source.number(), source.number()
        _check(len(seqs) + there)
        seqs += range(at, at + there)
        at += there + missing
    _check(len(seqs) + max(last + 1 - at, 0))
    seqs += range(at, last + 1)
    if not seqs or seqs[-1] != last:
        raise TrackFormatError("its last seq is not there")
    return seqs


def _check(count: int) -> None:
    if count > MOST_FIXES:
        raise TrackFormatError(f"more than {MOST_FIXES} fixes")
