"""Dwell times hold whatever is seen, in stream time."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.vision.condition.dwell import SECOND, Dwell

looks = st.lists(st.tuples(st.floats(0.1, 10.0), st.sampled_from([True, False, None])), max_size=100)


@given(story=looks)
def test_a_fault_begins_and_ends_only_after_its_dwell_times(story) -> None:
    dwell, at, changes = Dwell(15.0, 20.0), 0, []
    before = None
    for seconds, seen in story:
        at += round(seconds * SECOND)
        dwell.feed(at, seen, "x")
        if (dwell.since_ns is None) != (before is None):
            changes.append(at)
            assert seen is (dwell.since_ns is not None), "what begins is seen, what ends is not"
        if dwell.since_ns is not None:
            assert dwell.since_ns <= at
        before = dwell.since_ns
    for first, second in pairwise(changes):
        assert second - first >= 14.9 * SECOND, "it can't flap"


def test_seconds_in_which_nobody_looked_do_not_count() -> None:
    dwell = Dwell(15.0, 15.0)
    dwell.feed(0, True, "x")
    dwell.feed(3600 * SECOND, True, "x")
    assert dwell.since_ns is None
