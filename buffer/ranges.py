"""A set of positive integers as few inclusive ranges: what a sink has settled of a stream. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Range = tuple[int, int]


class RangeSet:
    """Sorted, disjoint, non-adjacent inclusive (lo, hi). Not safe across threads: copy under a lock."""

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self._los: list[int] = []
        self._his: list[int] = []
        for lo, hi in ranges:
            self.add(lo, hi)

    def add(self, lo: int, hi: int) -> None:
        """Put lo..hi in; ranges that touch become one. Raises ValueError when lo > hi or lo < 1."""
        if not 1 <= lo <= hi:
            raise ValueError(f"not a range of seqs: {lo}..{hi}")
        first = bisect_left(self._his, lo - 1)
        last = bisect_right(self._los, hi + 1)
        if first < last:
            lo, hi = min(lo, self._los[first]), max(hi, self._his[last - 1])
        self._los[first:last] = [lo]
        self._his[first:last] = [hi]

    def discard(self, lo: int, hi: int) -> None:
        """Take lo..hi out; what is not in it stays."""
        kept = [(a, min(b, lo - 1)) for a, b in self if a < lo]
        kept += [(max(a, hi + 1), b) for a, b in self if b > hi]
        self._los, self._his = [a for a, _ in kept], [b for _, b in kept]

    def merge(self, other: "RangeSet") -> None:
        """Put all of another set in."""
        for lo, hi in other:
            self.add(lo, hi)

    def intersection(self, other: "RangeSet") -> "RangeSet":
        """What is in both."""
        both = RangeSet()
        for lo, hi in self:
            for at in range(bisect_left(other._his, lo), bisect_right(other._los, hi)):
                both.add(max(lo, other._los[at]), min(hi, other._his[at]))
        return both

    def first_gap(self) -> int:
        """The watermark: the lowest positive integer that is not in the set."""
        return self._his[0] + 1 if self._los and self._los[0] == 1 else 1

    def missing(self, lo: int, hi: int) -> Iterator[Range]:
        """The ranges within lo..hi that are not in the set, ascending."""
        for at in range(bisect_left(self._his, lo), len(self._los)):
            if self._los[at] > hi:
                break
            if lo < self._los[at]:
                yield lo, self._los[at] - 1
            lo = self._his[at] + 1
        if lo <= hi:
            yield lo, hi

    def below(self, value: int) -> int:
        """The highest integer in the set that is lower than `value`; 0: there is none."""
        at = bisect_left(self._los, value) - 1
        return min(self._his[at], value - 1) if at >= 0 else 0

    def around(self, value: int) -> Range | None:
        """The range that `value` is in."""
        at = bisect_left(self._his, value)
        return (self._los[at], self._his[at]) if at < len(self._los) and self._los[at] <= value else None

    def copy(self) -> "RangeSet":
        """An independent set with the same content."""
        twin = RangeSet()
        twin._los, twin._his = self._los.copy(), self._his.copy()
        return twin

    @property
    def count(self) -> int:
        """How many integers are in the set."""
        return sum(self._his) - sum(self._los) + len(self._los)

    def __contains__(self, value: int) -> bool:
        at = bisect_left(self._his, value)
        return at < len(self._los) and self._los[at] <= value

    def __iter__(self) -> Iterator[Range]:
        return iter(list(zip(self._los, self._his, strict=True)))

    def __len__(self) -> int:
        return len(self._los)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RangeSet) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"RangeSet({list(self)})"
