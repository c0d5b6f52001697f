"""The stretches of the chain that a bundle needs: from records of its subject to anchors that cover them."""

from collections.abc import Iterable

import msgspec

from buffer.records import Record

ANCHOR_TYPE = "chain.anchor"
GENESIS = "anchors/genesis"
"""In a bundle, `.json` and `.sig`: the anchor that the journal's chain began at when the bundle was made."""


class Head(msgspec.Struct, frozen=True):
    """A published anchor: the generation's chain had this head (hex) after so many records of each stream."""

    generation: str
    head: str
    counts: dict[str, int]


class Statement(Head, frozen=True):
    """What an anchor signs, with whose it is."""

    vehicle: str


class AnchorData(msgspec.Struct):
    """The `data` of a `chain.anchor` record; `statement` as it was signed; `key` the signer's, since 0.2."""

    kid: str
    sig: str
    statement: dict[str, object]
    alg: str = "Ed25519"
    key: str | None = None


class Segment(msgspec.Struct):
    """Chained records without a gap; `anchor` is the last of them, unless none followed."""

    records: list[Record]
    anchor: AnchorData | None = None


def segments(chain: Iterable[Record], wanted: set[bytes]) -> list[Segment]:
    """The stretches that connect the records with a hash in `wanted` to anchors, in the order of commits.

    `chain` are all chained records from the first wanted one on, in that order.
    """
    found: list[Segment] = []
    open_records: list[Record] = []
    places: dict[str, int] = {}
    last_wanted = -1
    for record in chain:
        if not open_records and record.hash not in wanted:
            continue
        places[(record.hash or b"").hex()] = len(open_records)
        if record.hash in wanted:
            last_wanted = len(open_records)
        open_records.append(record)
        anchor = anchor_of(record)
        if anchor is not None and places.get(str(anchor.statement.get("head")), -1) >= last_wanted:
            found.append(Segment(open_records, anchor))
            open_records, places, last_wanted = [], {}, -1
    if open_records:
        found.append(Segment(open_records))
    return found


def anchor_of(record: Record) -> AnchorData | None:
    """What an anchor's record says; None for another record, or one that is not understood."""
    if (record.stream, record.type) != ("life", ANCHOR_TYPE):
        return None
    try:
        return msgspec.json.decode(record.payload, type=AnchorData)
    except msgspec.MsgspecError:
        return None
