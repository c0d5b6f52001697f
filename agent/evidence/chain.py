"""Whether records of a chain follow each other, and if not, what became of them. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from agent.evidence.findings import Finding, Kind
from agent.evidence.segments import Head, anchor_of
from buffer.records import CHAINED, Record, linked


class Link(msgspec.Struct, frozen=True):
    """A record of the chain under the name that findings give it."""

    name: str
    record: Record

    @property
    def hash(self) -> bytes:
        """Its own hash."""
        return self.record.hash or b""


def broken(links: Sequence[Link]) -> Iterator[Finding]:
    """Where a record does not follow the one before it.

    A record whose predecessor lies elsewhere was moved, one whose predecessor lies nowhere lost it, and one
    that nobody follows, while another follows its own predecessor, was put in.
    """
    hashes = {link.hash for link in links}
    followed = {link.record.prev_hash for link in links}
    for before, link in pairwise(links):
        if link.record.prev_hash == before.hash:
            continue
        if link.record.prev_hash not in hashes:
            yield Finding("missing", link.name, "the record before it is missing")
        elif before.hash not in followed and link.record.prev_hash == before.record.prev_hash:
            yield Finding("inserted", before.name, "was put into the chain; no record follows it")
        else:
            yield Finding("reordered", link.name, "does not follow the record before it")


def genesis(links: Sequence[Link], generation: str) -> Link | None:
    """The anchor that these records begin at: what it covers lies right before the first of them."""
    for link in links:
        anchor = anchor_of(link.record)
        said = {} if anchor is None else anchor.statement
        if (said.get("generation"), said.get("head")) == (
            generation,
            (links[0].record.prev_hash or b"").hex(),
        ):
            return link
    return None


def begun(links: Sequence[Link], anchor: Link) -> Iterator[Finding]:
    """Whether each stream begins right behind what its first anchor covers."""
    said = anchor_of(anchor.record)
    counts: Any = {} if said is None else said.statement.get("counts")
    first: dict[str, Link] = {}
    for link in links:
        first.setdefault(link.record.stream, link)
    for stream, link in first.items():
        if link.record.seq != counts.get(stream, 0) + 1:
            yield Finding("missing", link.name, f"is not the first of {stream} behind anchor {anchor.name}")


def rehashed(links: Iterable[Link]) -> Iterator[Finding]:
    """Where a record does not have the hash of its content."""
    for link in links:
        if hashlib.sha256(linked(link.record)).digest() != link.record.hash:
            yield Finding("altered", link.name, "does not have the hash of its content")


def ends(links: Sequence[Link], generation: str) -> Iterator[Finding]:
    """Whether the last record is an anchor of this generation whose head is among the records."""
    if not links:
        return
    last = links[-1]
    anchor = anchor_of(last.record)
    if anchor is None:
        yield Finding("cut", last.name, "no anchor follows: what came after it may have been cut off")
        return
    if anchor.statement.get("head") not in {link.hash.hex() for link in links}:
        yield Finding("missing", last.name, "the record that this anchor signed is missing")
    if anchor.statement.get("generation") != generation:
        yield Finding("altered", last.name, "the anchor is of another generation")


def seqs(links: Iterable[Link]) -> Iterator[Finding]:
    """Whether each chained stream counts on; whoever has the key could otherwise leave a record out."""
    newest: dict[str, int] = {}
    for link in links:
        record = link.record
        if record.stream not in CHAINED:
            yield Finding("inserted", link.name, f"is of the stream {record.stream}, which is not chained")
            continue
        before = newest.get(record.stream)
        if before is not None and record.seq != before + 1:
            kind: Kind = "missing" if record.seq > before + 1 else "reordered"
            yield Finding(kind, link.name, f"follows {record.stream}/{before}")
        newest[record.stream] = record.seq


def contradicted(links: Sequence[Link], generation: str, held: Iterable[Head]) -> Iterator[Finding]:
    """Published anchors that belong between these records, and whose heads are none of them."""
    heads = {link.hash.hex() for link in links}
    lives = [link.record.seq for link in links if link.record.stream == "life"]
    for head in held:
        at = head.counts.get("life", 0)
        if head.generation != generation or not lives or head.head in heads:
            continue
        if lives[0] <= at < lives[-1]:
            what = f"an anchor published after life/{at} has another head: the chain was rewritten"
            yield Finding("altered", links[0].name, what)


def published_anchors(links: Iterable[Link], held: Iterable[Head]) -> bool:
    """Whether the anchor that ends these records is among those that were published."""
    known = {(head.generation, head.head) for head in held}
    anchors = [anchor_of(link.record) for link in links]
    said = [a.statement for a in anchors if a is not None]
    return bool(said) and (said[-1].get("generation"), said[-1].get("head")) in known
