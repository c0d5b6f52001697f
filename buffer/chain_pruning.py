"""How far the chain may be let go: the newest anchor that everybody has, behind which nobody needs a record.

An anchor will do when every sink has settled it and all that it covers, when it is old enough, when no record
that it covers is of a subject that is held or open, and when nothing else is left of that time: what stays
needs the births and clocks beside it.
"""

from collections.abc import Callable, Iterator

import msgspec

from buffer.aside import Suspicion
from buffer.genesis import TYPE, ChainAnchor, Cut, anchor_of
from buffer.ranges import RangeSet
from buffer.reading import Reading, aged_to
from buffer.records import CHAINED, COLUMNS, from_row
from buffer.writing import Writing

_MOST = 2000  # records in one cut, which is one transaction
_LOOKED = 200  # anchors
_ENDED = ".ended"


class Bounds(msgspec.Struct, frozen=True):
    """For whom and how long records are kept: all `sinks` must have them, older ones than `older_than_ns` go.

    `held` says of a subject whether its records must stay; an open episode of `boot` stays, too.
    """

    sinks: tuple[str, ...]
    older_than_ns: int
    boot: str
    held: Callable[[str], bool]


class ChainPruning:
    """Looks into an open journal; safe across threads."""

    def __init__(self, writing: Writing, reading: Reading, suspicion: Suspicion) -> None:
        self._writing, self._reading, self._suspicion = writing, reading, suspicion

    def planned(self, bounds: Bounds) -> Cut | None:
        """What may go now, as much as one transaction may: to the newest anchor that will do."""
        if not bounds.sinks:
            return None  # nothing was published
        begun = self._begun()
        best: ChainAnchor | None = None
        for anchor in self._anchors(bounds):
            many = sum(anchor.counts.values()) - sum(begun.values())
            if many <= 0:
                continue  # it is where the chain begins, or before that
            if (best and many > _MOST) or not self._will_do(anchor, bounds, begun):
                break
            best = anchor
        return None if best is None else Cut(best)

    def cut(self, step: Cut) -> None:
        """Let it go, in one transaction."""
        with self._suspicion.noting():
            self._writing.prune(step)

    def _begun(self) -> dict[str, int]:
        """How many of each chained stream are gone from its beginning."""
        with self._writing.state:
            first = {
                stream: next(iter(self._writing.pruned.get(stream, RangeSet())), (0, 0)) for stream in CHAINED
            }
        return {stream: hi if lo == 1 else 0 for stream, (lo, hi) in first.items()}

    def _anchors(self, bounds: Bounds) -> Iterator[ChainAnchor]:
        """Anchors that are old enough and settled by all, the oldest first."""
        with self._writing.state:
            last = self._writing.last.get("life", 0)
        old = aged_to(self._reading, "life", last, bounds.older_than_ns)
        query = (
            f"SELECT {COLUMNS} FROM record WHERE stream = 'life' AND type = ? AND seq <= ? "  # noqa: S608
            "ORDER BY seq LIMIT ?"
        )
        for row in self._reading.ask(query, TYPE, old, _LOOKED):
            anchor = anchor_of(from_row(row), self._writing.generation)
            if anchor is not None:
                yield anchor

    def _will_do(self, anchor: ChainAnchor, bounds: Bounds, begun: dict[str, int]) -> bool:
        """Whether all that it covers may go; if not, no later one will do, either."""
        wanted = anchor.counts | {"life": anchor.seq}
        with self._writing.state:
            settled = all(
                not list(self._writing.delivery.settled(sink, stream).missing(1, hi))
                for sink in bounds.sinks
                for stream, hi in wanted.items()
            )
        return settled and self._ends_at(anchor) and not self._needed(anchor, bounds, begun)

    def _ends_at(self, anchor: ChainAnchor) -> bool:
        """The newest of the covered records is the one signed, and nothing unchained is as old."""
        query = "SELECT rowid, hash FROM record WHERE stream = ? AND seq = ?"
        rows = [row for of in anchor.counts.items() for row in self._reading.ask(query, *of)]
        if not rows or (max(rows)[1] or b"").hex() != anchor.head:
            return False
        first = "SELECT rowid FROM record WHERE stream = ? ORDER BY seq LIMIT 1"
        with self._writing.state:
            others = [stream for stream in self._writing.last if stream not in CHAINED]
        return all(row[0] > max(rows)[0] for stream in others for row in self._reading.ask(first, stream))

    def _needed(self, anchor: ChainAnchor, bounds: Bounds, begun: dict[str, int]) -> bool:
        """Whether a record that would go is of a subject that is held, or begins an episode that is open."""
        query = "SELECT DISTINCT subject, type, boot FROM record WHERE stream = ? AND seq > ? AND seq <= ?"
        for stream, hi in anchor.counts.items():
            rows = self._reading.ask(query, stream, begun.get(stream, 0), hi) if stream != "life" else []
            for subject, kind, boot in rows:
                if bounds.held(subject) or (boot == bounds.boot and self._is_open(stream, subject, kind)):
                    return True
        return False

    def _is_open(self, stream: str, subject: str, kind: str) -> bool:
        """Whether an episode that begins here has not ended."""
        name, _, word = kind.rpartition(".")
        if word != "started":
            return False
        query = "SELECT 1 FROM record WHERE stream = ? AND subject = ? AND type = ? LIMIT 1"
        return not self._reading.ask(query, stream, subject, name + _ENDED)
