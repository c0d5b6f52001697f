"""Where the chain begins once its first records were let go: at what a published, signed anchor covers.

The first record that stays has the anchor's `head` as its prev_hash, and the anchor itself stays. `meta`
keeps under `genesis` which anchor that is, so that what is missing can be told from what was let go.
"""

import sqlite3
from collections.abc import Mapping

import msgspec

from buffer.books import write
from buffer.ranges import RangeSet
from buffer.records import CHAINED, Record
from buffer.retention import Drop
from buffer.thinned import Row, Thinning

KEY = "genesis"
TYPE = "chain.anchor"


class ChainAnchor(msgspec.Struct, frozen=True):
    """The anchor in `life`/`seq`: `head` (hex) was the newest chained record, of so many of each stream."""

    seq: int
    head: str
    counts: dict[str, int]


class Cut(msgspec.Struct, frozen=True):
    """All chained records up to the `counts` of this anchor go."""

    anchor: ChainAnchor


class _Said(msgspec.Struct):
    generation: str
    head: str
    counts: dict[str, int]


class _Data(msgspec.Struct):
    statement: _Said


def anchor_of(record: Record, generation: str) -> ChainAnchor | None:
    """The anchor in an intact record of this generation; None for any other."""
    if (record.stream, record.type) != ("life", TYPE) or not record.intact():
        return None
    try:
        said = msgspec.json.decode(record.payload, type=_Data).statement
    except msgspec.MsgspecError:
        return None
    known = {stream: n for stream, n in said.counts.items() if stream in CHAINED and n > 0}
    right = said.generation == generation and len(known) == len(said.counts)
    return ChainAnchor(record.seq, said.head, known) if right else None


def genesis_of(meta: Mapping[str, str]) -> ChainAnchor | None:
    """Where the chain begins, by the rows of `meta`; None: at its first record."""
    text = meta.get(KEY)
    return None if text is None else msgspec.json.decode(text, type=ChainAnchor)


def cut(db: sqlite3.Connection, step: Cut, pruned: Mapping[str, RangeSet]) -> tuple[list[Row], list[Row]]:
    """Delete in the caller's transaction, and remember where the chain begins; nothing of it was thinned."""
    for stream, hi in step.anchor.counts.items():
        gone = pruned.get(stream, RangeSet()).copy()
        gone.add(1, hi)
        db.execute("DELETE FROM record WHERE stream = ? AND seq <= ?", (stream, hi))
        db.execute("DELETE FROM pruned WHERE stream = ?", (stream,))
        write(db, "pruned", [(stream, lo, last) for lo, last in gone])
    write(db, "meta", [(KEY, msgspec.json.encode(step.anchor).decode())])
    return [], []


def gone_with(step: Drop | Thinning | Cut) -> list[tuple[str, int, int]]:
    """(stream, lo, hi) of what is wholly pruned by a step."""
    if isinstance(step, Cut):
        return [(stream, 1, hi) for stream, hi in step.anchor.counts.items()]
    return [(step.stream, step.lo, step.hi)] if isinstance(step, Drop) else []
