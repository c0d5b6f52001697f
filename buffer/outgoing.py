"""What a sink gets next: committed records by seq, none damaged, and none passed over in silence."""

import logging
from pathlib import Path

from buffer.errors import JournalDamaged
from buffer.ranges import Range, RangeSet
from buffer.reading import Reading
from buffer.records import Record
from buffer.writing import Writing

log = logging.getLogger(__name__)


class Outgoing:
    """Looks into the journal at `path`; safe across threads."""

    def __init__(self, path: Path, writing: Writing, reading: Reading) -> None:
        self._path, self._writing, self._reading = path, writing, reading
        self._damaged: set[tuple[str, int]] = set()

    @property
    def damaged(self) -> list[tuple[str, int]]:
        """(stream, seq) of every record found damaged."""
        with self._writing.state:
            return sorted(self._damaged)

    def window(self, sink: str, stream: str, limit: int, in_flight: RangeSet) -> list[Record]:
        """See Journal.window."""
        while True:
            done, last = self._writing.done(sink, stream)
            done.merge(in_flight)
            for seq in [seq for name, seq in self.damaged if name == stream]:
                done.add(seq, seq)
            records = self._read(stream, done, last, limit)
            if records is not None and self._all_intact(stream, records):
                return records

    def _read(self, stream: str, done: RangeSet, last: int, limit: int) -> list[Record] | None:
        """The first `limit` records that are not done; None when some were pruned meanwhile."""
        records: list[Record] = []
        for lo, hi in done.missing(1, last):
            wanted = limit - len(records)
            found = self._reading.fetch(stream, lo, hi, wanted)
            end = found[-1].seq if len(found) == wanted else hi
            missing = self._missing(stream, lo, end, found)
            if missing:
                if self._writing.pruned_within(stream, lo, end):
                    return None
                raise JournalDamaged(
                    f"{stream}: seqs {', '.join(f'{a} to {b}' for a, b in missing[:5])} are missing",
                    where=str(self._path),
                    remedy="restart: what is left is saved",
                )
            records += found
            if len(records) >= limit:
                break
        return records

    def _missing(self, stream: str, lo: int, hi: int, found: list[Record]) -> list[Range]:
        """What of lo..hi is neither there nor left out by thinning."""
        if [record.seq for record in found] == list(range(lo, hi + 1)):
            return []
        there = self._writing.thinned_ranges(stream)
        for record in found:
            if isinstance(record.seq, int) and record.seq > 0:
                there.add(record.seq, record.seq)
        return list(there.missing(lo, hi))

    def _all_intact(self, stream: str, records: list[Record]) -> bool:
        """Whether every checksum holds; records that fail are noted, so the next look goes past them."""
        bad = {(stream, record.seq) for record in records if not record.intact()}
        if bad:
            log.error("%s: records fail their checksum: %s", self._path, sorted(bad))
            with self._writing.state:
                self._damaged |= bad
        return not bad
