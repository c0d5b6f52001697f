"""Which records may go, as single cases and as a month's timeline."""

from hypothesis import given
from hypothesis import strategies as st

from buffer.ranges import RangeSet
from buffer.retention import Span, plan

NONE = RangeSet()


def span(stream="track", last=1000, acknowledged=NONE, aged_to=0, gone=NONE):
    return Span(stream, last, gone, acknowledged, aged_to, bytes_each=100)


def dropped(spans, need=0):
    return [(d.stream, d.lo, d.hi, d.why) for d in plan(spans, need)[0]]


def test_old_and_acknowledged_goes():
    assert dropped([span(acknowledged=RangeSet([(1, 700)]), aged_to=500)]) == [("track", 1, 500, "aged")]


def test_old_but_not_acknowledged_stays():
    assert dropped([span(aged_to=500)]) == []


def test_what_is_gone_does_not_go_again():
    seen = span(acknowledged=RangeSet([(1, 700)]), aged_to=500, gone=RangeSet([(1, 200), (300, 350)]))
    assert dropped([seen]) == [("track", 201, 299, "aged"), ("track", 351, 500, "aged")]


def test_need_takes_young_acknowledged_track_before_health():
    spans = [span("health", acknowledged=RangeSet([(1, 50)])), span(acknowledged=RangeSet([(1, 700)]))]
    assert dropped(spans, need=4_950) == [("track", 1, 50, "room")]
    assert dropped(spans, need=71_000) == [("track", 1, 700, "room"), ("health", 1, 10, "room")]


def test_need_takes_unsent_track_last_and_nothing_else_unsent():
    spans = [span("media"), span("health"), span(acknowledged=RangeSet([(901, 1000)]))]
    assert dropped(spans, need=11_000) == [("track", 901, 1000, "room"), ("track", 1, 10, "dropped")]


@given(st.integers(0, 10**9), st.lists(st.tuples(st.integers(1, 900), st.integers(0, 99)), max_size=5))
def test_the_chain_never_goes_and_unsent_only_as_dropped_track(need, ranges):
    acknowledged = RangeSet([(lo, lo + n) for lo, n in ranges])
    streams = ("life", "event", "trip", "coverage", "health", "media", "track")
    gone: dict[str, RangeSet] = {stream: RangeSet() for stream in streams}
    for drop in plan([span(s, acknowledged=acknowledged, aged_to=600) for s in streams], need)[0]:
        assert drop.stream in ("health", "media", "track")
        assert all(n not in gone[drop.stream] for n in range(drop.lo, drop.hi + 1)), "only once"
        gone[drop.stream].add(drop.lo, drop.hi)
        if drop.why != "dropped":
            assert all(n in acknowledged for n in range(drop.lo, drop.hi + 1))
        else:
            assert drop.stream == "track"


def test_a_month_with_an_outage_stays_in_its_budget():
    """A thousand fixes a day, seven days kept, room for twelve days; offline from day 8 to day 25."""
    per_day, room = 1000, 12_000 * 100
    acknowledged, gone = RangeSet(), RangeSet()
    unsent_lost, held = 0, []
    for day in range(1, 31):
        last = day * per_day
        if not 8 <= day <= 25:
            acknowledged.add(1, last)
        used = (last - gone.count) * 100
        spans = [span(last=last, acknowledged=acknowledged, aged_to=max(0, day - 7) * per_day, gone=gone)]
        for drop in plan(spans, used - room)[0]:
            gone.add(drop.lo, drop.hi)
            unsent_lost += (drop.hi - drop.lo + 1) * (drop.why == "dropped")
        held.append(last - gone.count)
    assert max(held) == 12_000
    assert unsent_lost == 6_000, "18 days offline, twelve of them fit"
    assert held[-1] == 7_000
    assert gone.first_gap() == 23_001
