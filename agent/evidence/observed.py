"""What was observed around an event, as one file: canonical JSON, one record a line, in the order of time.

    {"boot", "clock", "data", "mono_us", "seq", "stream", "subject", "type", "utc_us"}

It holds the fixes, what happened, what the ledger and the devices said, and gaps of the ledger that were open
before. Its
SHA-256 stands in the chained record `evidence.sealed`, so fixes, which are in no chain, are bound by it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from agent.evidence.statement import canonical
from buffer.records import Record

STREAMS = ("coverage", "event", "health", "track")
_CHUNK = 200
_OPEN_BACK = 2000  # records of the ledger that are looked at for gaps which were open
_FURTHEST = 100  # chunks without a record of the boot, after which there is none
Read = Callable[[str, int, int], list[Record]]  # stream, first seq, how many


class Window(msgspec.Struct, frozen=True):
    """A stretch of time in the boot whose id begins with `boot`, ns."""

    boot: str
    from_ns: int
    to_ns: int

    def holds(self, record: Record) -> bool:
        """Whether an intact record lies in it."""
        mine = record.boot.startswith(self.boot) and self.from_ns <= record.mono_ns <= self.to_ns
        return mine and record.intact()


def within(read: Read, stream: str, last: int, window: Window) -> list[Record]:
    """The records of a stream in a window, ascending, looked for from seq `last` backwards."""
    found: list[Record] = []
    hi, strange = last, 0
    while hi > 0 and strange < _FURTHEST:
        lo = max(1, hi - _CHUNK + 1)
        chunk = [r for r in read(stream, lo, _CHUNK) if r.seq <= hi]
        found = [r for r in chunk if window.holds(r)] + found
        mine = [r for r in chunk if r.boot.startswith(window.boot)]
        if mine and mine[0].mono_ns < window.from_ns:
            break
        if found and not mine:
            break  # an earlier boot
        strange = 0 if mine else strange + 1
        hi = lo - 1
    return found


def open_gaps(ledger: Iterable[Record], window: Window) -> list[Record]:
    """The starts of gaps that were open when the window began."""
    opened: dict[str, Record] = {}
    for record in ledger:
        if not record.intact() or not record.boot.startswith(window.boot) or record.mono_ns >= window.from_ns:
            continue
        if record.type == "gap.started":
            opened[record.subject] = record
        elif record.type == "gap.ended":
            opened.pop(record.subject, None)
    return list(opened.values())


def observed(read: Read, last: Callable[[str], int], window: Window) -> tuple[bytes, int]:
    """The file's bytes, and how many records lie in it."""
    ledger = read("coverage", max(1, last("coverage") - _OPEN_BACK), _OPEN_BACK + 1)
    records = open_gaps(ledger, window)
    for stream in STREAMS:
        records += within(read, stream, last(stream), window)
    records.sort(key=lambda r: (r.mono_ns, r.stream, r.seq))
    return b"".join(canonical(plain(r)) + b"\n" for r in records), len(records)


def plain(record: Record) -> dict[str, Any]:
    """A record as a line of the file; times in microseconds, since JSON's integers end at 2^53."""
    return {
        "stream": record.stream,
        "seq": record.seq,
        "boot": record.boot,
        "mono_us": record.mono_ns // 1000,
        "utc_us": None if record.utc_ns is None else record.utc_ns // 1000,
        "clock": record.clock,
        "type": record.type,
        "subject": record.subject,
        "data": msgspec.json.decode(record.payload),
    }


def lines(content: bytes) -> Iterator[dict[str, Any]]:
    """The records of such a file; raises ValueError."""
    for line in content.splitlines():
        try:
            found = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError as e:
            raise ValueError(str(e)) from e
        yield found
