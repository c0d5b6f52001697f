"""A look at a journal from outside, beside the running daemon: is it whole?"""

from contextlib import closing
from pathlib import Path

from buffer.errors import JournalMissing
from buffer.ranges import RangeSet
from buffer.reading import Reading
from buffer.store import known_errors, reader
from buffer.thinned import read_rows

_NEWEST = 1000


def problems(path: Path, *, whole: bool = True) -> list[str]:
    """What is wrong with the file, one phrase each, empty when nothing is.

    SQLite's own check of the `whole` file, which takes time, and checksum and contiguity of the newest 1,000
    seqs of each stream. Raises JournalMissing, or JournalDamaged when the file is no journal at all.
    """
    if not path.exists():
        raise JournalMissing("there is no journal", where=str(path), remedy="start the daemon once")
    with known_errors(path), closing(reader(path)) as db:
        said = [row[0] for row in db.execute("PRAGMA quick_check(5)")] if whole else ["ok"]
        pruned = {stream: RangeSet() for (stream,) in db.execute("SELECT DISTINCT stream FROM pruned")}
        for stream, lo, hi in db.execute("SELECT stream, lo, hi FROM pruned"):
            pruned[stream].add(lo, hi)
        for row in read_rows(db):  # seqs of these may be there or not
            pruned.setdefault(row.stream, RangeSet()).add(row.lo, row.hi)
    with closing(Reading(path)) as reading:
        found = [] if said == ["ok"] else said
        for stream, last in reading.last_seqs().items():
            found += _stream_problems(reading, stream, last, pruned.get(stream, RangeSet()))
    return found


def _stream_problems(reading: Reading, stream: str, last: int, pruned: RangeSet) -> list[str]:
    first = max(1, last - _NEWEST + 1)
    records = reading.fetch(stream, first, last, _NEWEST)
    broken = [f"{stream}/{record.seq} fails its checksum" for record in records if not record.intact()]
    known = RangeSet([(record.seq, record.seq) for record in records])
    known.merge(pruned)
    return broken + [f"{stream}: seqs {lo} to {hi} are missing" for lo, hi in known.missing(first, last)]
