"""Which seqs of each stream are accounted for, and which are missing: the same for every consumer. Pure.

What is kept grows with the number of gaps, not of messages: a stream without a gap is one range.
"""

from collections.abc import Iterator

from buffer.ranges import Range, RangeSet

Series = tuple[str, str, str]
"""Vehicle, generation (its first 16 hexadecimal digits) and stream: seqs count within it, from 1."""
_ID_DIGITS = 16


def short(generation: str) -> str:
    """A generation as compact track batches have it, too."""
    return generation.replace("-", "")[:_ID_DIGITS]


class Accounts:
    """The seqs of every series that arrived or that a vehicle said will not come.

    `joined_late`: what came before the first message of a series was for others and is not missed.
    """

    def __init__(self, *, joined_late: bool = False) -> None:
        self._joined_late = joined_late
        self._known: dict[Series, RangeSet] = {}
        self.changed: set[Series] = set()

    def take(self, series: Series, lo: int, hi: int) -> None:
        """lo..hi arrived, or are excused; raises ValueError for what is no range of seqs."""
        known = self._known.get(series)
        if known is None:
            known = self._known[series] = RangeSet()
            if self._joined_late and lo > 1:
                known.add(1, lo - 1)
        known.add(lo, hi)
        self.changed.add(series)

    def gaps(self, series: Series) -> list[Range]:
        """Ranges between 1 and the highest seq that are missing."""
        known = list(self._known.get(series, ()))
        return list(self._known[series].missing(1, known[-1][1])) if known else []

    def known(self, series: Series) -> list[Range]:
        """What is accounted for, as inclusive ranges."""
        return list(self._known.get(series, ()))

    def all(self) -> Iterator[Series]:
        """Every series."""
        return iter(list(self._known))
