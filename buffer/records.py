"""What is kept: an entry as handed in, a record as it lies in the journal, and the bytes that check it.

The body of a record is, in this order and all little-endian:

    u64 seq · i64 mono_ns · i64 utc_ns (0 when null) · u8 flags (1: utc_ns is null, 2: audience is null)
    stream · boot · clock · type · subject · audience · payload, each as u32 length and bytes (text is UTF-8)

`crc` is CRC-32 (zlib's) over the body, followed by prev_hash and hash where present.
`hash` is SHA-256 over the domain `haulwatch journal chain 1` and a zero byte, prev_hash, and the body. The
streams `life`, `event`, `trip` and `coverage` form one chain in the order of commits; its first prev_hash is
32 zero bytes.
"""

import hashlib
import struct
import zlib

import msgspec

CHAINED = frozenset({"life", "event", "trip", "coverage"})
GENESIS = bytes(32)
COLUMNS = "stream, seq, boot, mono_ns, utc_ns, clock, type, subject, audience, payload, crc, prev_hash, hash"
Row = tuple[str, int, str, int, int | None, str, str, str, str | None, bytes, int, bytes | None, bytes | None]
_DOMAIN = b"haulwatch journal chain 1\0"
_HEAD = struct.Struct("<QqqB")
_LENGTH = struct.Struct("<I")


class Entry(msgspec.Struct, frozen=True):
    """A record before it has a place: `payload` is final canonical JSON, `mono_ns` the boot's CLOCK_BOOTTIME.

    `utc_ns` is ns since 1970 or None when the clock was not set, `clock` where UTC came from; `audience`
    names the only sink it is for, None for all.
    """

    stream: str
    type: str
    subject: str
    payload: bytes
    mono_ns: int
    utc_ns: int | None
    clock: str
    audience: str | None = None


class Record(Entry, frozen=True, kw_only=True):
    """An entry with its place in the journal, its checksum and, in a chained stream, its links."""

    seq: int
    boot: str
    crc: int
    prev_hash: bytes | None = None
    hash: bytes | None = None

    def row(self) -> Row:
        """The values in the order of COLUMNS."""
        return (
            self.stream, self.seq, self.boot, self.mono_ns, self.utc_ns, self.clock, self.type,
            self.subject, self.audience, self.payload, self.crc, self.prev_hash, self.hash,
        )  # fmt: skip

    def intact(self) -> bool:
        """Whether every field is as it was written."""
        try:
            return self.crc == checksum(body(self, self.seq, self.boot), self.prev_hash, self.hash)
        except (struct.error, TypeError, AttributeError, UnicodeEncodeError):
            return False  # a flipped bit in SQLite's own framing changes a field's type


def body(entry: Entry, seq: int, boot: str) -> bytes:
    """The bytes of the fields, as described above."""
    flags = (entry.utc_ns is None) | (entry.audience is None) << 1
    stream, kind, subject = entry.stream.encode(), entry.type.encode(), entry.subject.encode()
    at, clock, audience = boot.encode(), entry.clock.encode(), (entry.audience or "").encode()
    length = _LENGTH.pack
    return b"".join(
        (
            _HEAD.pack(seq, entry.mono_ns, entry.utc_ns or 0, flags),
            length(len(stream)), stream, length(len(at)), at, length(len(clock)), clock,
            length(len(kind)), kind, length(len(subject)), subject, length(len(audience)), audience,
            length(len(entry.payload)), entry.payload,
        )
    )  # fmt: skip


def checksum(content: bytes, prev_hash: bytes | None, own_hash: bytes | None) -> int:
    """CRC-32 over a body and its links."""
    return zlib.crc32(own_hash or b"", zlib.crc32(prev_hash or b"", zlib.crc32(content)))


def link(prev_hash: bytes, content: bytes) -> bytes:
    """The hash of a chained record's body after `prev_hash`."""
    return hashlib.sha256(_DOMAIN + prev_hash + content).digest()


def linked(record: Record) -> bytes:
    """What the hash of a chained record is over: domain, prev_hash, body."""
    return _DOMAIN + (record.prev_hash or b"") + body(record, record.seq, record.boot)


def unlinked(content: bytes) -> Record:
    """The record in what `linked` gives, with its hash; raises ValueError for anything else."""
    at = len(_DOMAIN) + len(GENESIS)
    try:
        seq, mono_ns, utc_ns, flags = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        parts = []
        for _ in range(7):
            (size,) = _LENGTH.unpack_from(content, at)
            parts.append(content[at + 4 : at + 4 + size])
            at += 4 + size
        stream, boot, clock, kind, subject, audience = (part.decode() for part in parts[:6])
    except (struct.error, UnicodeDecodeError) as e:
        raise ValueError(f"is no link of the chain ({e})") from e
    record = Record(
        stream, kind, subject, parts[6], mono_ns, None if flags & 1 else utc_ns, clock,
        None if flags & 2 else audience, seq=seq, boot=boot, crc=0,
        prev_hash=content[len(_DOMAIN) : len(_DOMAIN) + len(GENESIS)], hash=hashlib.sha256(content).digest(),
    )  # fmt: skip
    if linked(record) != content:
        raise ValueError("is no link of the chain")
    return record


def seal(entry: Entry, seq: int, boot: str, head: bytes) -> Record:
    """The record of an entry at its place; `head` is the hash of the last chained record."""
    content = body(entry, seq, boot)
    chained = entry.stream in CHAINED
    prev_hash, own = (head, link(head, content)) if chained else (None, None)
    return Record(
        entry.stream, entry.type, entry.subject, entry.payload, entry.mono_ns, entry.utc_ns, entry.clock,
        entry.audience, seq=seq, boot=boot, crc=checksum(content, prev_hash, own),
        prev_hash=prev_hash, hash=own,
    )  # fmt: skip


def from_row(row: Row) -> Record:
    """The record in a row of COLUMNS; it may be damaged, see `Record.intact`."""
    stream, seq, boot, mono_ns, utc_ns, clock, kind, subject, audience, payload, crc, prev_hash, own = row
    return Record(
        stream, kind, subject, payload, mono_ns, utc_ns, clock, audience,
        seq=seq, boot=boot, crc=crc, prev_hash=prev_hash, hash=own,
    )  # fmt: skip
