"""RangeSet against a plain set of integers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buffer.ranges import RangeSet

TOP = 60
RANGES = st.tuples(st.integers(1, TOP), st.integers(0, 9)).map(lambda r: (r[0], min(TOP, r[0] + r[1])))


def plain(ranges: list[tuple[int, int]]) -> set[int]:
    return {n for lo, hi in ranges for n in range(lo, hi + 1)}


@given(st.lists(RANGES))
def test_add_is_union(ranges):
    ours, model = RangeSet(ranges), plain(ranges)
    assert plain(list(ours)) == model
    assert ours.count == len(model)
    assert ours.first_gap() == min(set(range(1, TOP + 2)) - model)
    assert [n in ours for n in range(TOP + 2)] == [n in model for n in range(TOP + 2)]
    assert all(b + 1 < c for (_, b), (c, _) in zip(list(ours), list(ours)[1:], strict=False))


@given(st.lists(RANGES), RANGES)
def test_missing_is_the_complement(ranges, within):
    lo, hi = within
    expected = set(range(lo, hi + 1)) - plain(ranges)
    found = list(RangeSet(ranges).missing(lo, hi))
    assert plain(found) == expected
    assert found == list(RangeSet(found)), "ascending, disjoint, not adjacent"


@given(st.lists(RANGES), st.lists(RANGES))
def test_intersection_and_merge(one, other):
    a, b = RangeSet(one), RangeSet(other)
    assert plain(list(a.intersection(b))) == plain(one) & plain(other)
    union = a.copy()
    union.merge(b)
    assert plain(list(union)) == plain(one) | plain(other)
    assert plain(list(a)) == plain(one), "a copy is independent"


@pytest.mark.parametrize("wrong", [(0, 3), (5, 4), (-2, -1)])
def test_a_range_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match="not a range"):
        RangeSet([wrong])


def test_sets_compare_by_content():
    assert RangeSet([(1, 2), (3, 4)]) == RangeSet([(1, 4)])
    assert RangeSet([(1, 2)]) != RangeSet([(1, 3)])
    assert not RangeSet()
