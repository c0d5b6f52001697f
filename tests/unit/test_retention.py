"""Which records may go, as single cases and as a month's timeline."""

from hypothesis import given
from hypothesis import strategies as st

from buffer.ranges import RangeSet
from buffer.retention import BOUNDS_M, WINDOW, Span, plan

NONE = RangeSet()


def span(stream="track", last=1000, acknowledged=NONE, aged_to=0, gone=NONE, thinned=None):
    return Span(stream, last, gone, acknowledged, aged_to, 100, thinned or {})


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


def thins(spans, need=10**9):
    drops, thins = plan(spans, need, thin=True)
    return [d.why for d in drops], [(t.lo, t.hi, t.bound_m, t.was_m) for t in thins]


def test_unsent_track_is_thinned_before_it_is_dropped_but_not_the_newest():
    seen = span(last=10_000, acknowledged=RangeSet([(5001, 6000)]))
    assert thins([seen]) == (["room"], [(1, 5000, 5, 0), (6001, 10_000 - WINDOW, 5, 0)])
    assert thins([seen], need=100)[1] == [], "what everybody has is enough"
    assert thins([seen], need=0) == ([], [])


def test_a_stage_of_thinning_begins_when_the_one_before_is_through():
    end = 10_000 - WINDOW
    seen = span(last=10_000, thinned={5: RangeSet([(1, 7000)])})
    assert thins([seen])[1] == [(7001, end, 5, 0)]
    seen = span(last=10_000, thinned={5: RangeSet([(1001, end)]), 20: RangeSet([(1, 1000)])})
    assert thins([seen])[1] == [(1001, end, 20, 5)]
    seen = span(last=10_000, thinned={20: RangeSet([(1, 3000)]), 50: RangeSet([(3001, end)])})
    assert thins([seen])[1] == [(1, 3000, 50, 20)]


def test_when_all_is_thinned_the_oldest_is_dropped():
    seen = span(last=10_000, thinned={50: RangeSet([(1, 10_000 - WINDOW - 100)])})
    assert thins([seen], need=1000) == (["dropped"], []), "the rest is no whole window yet"
    assert thins([span(last=WINDOW)], need=1000) == (["dropped"], [])


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


SHARES = {5: 0.3, 20: 0.15, 50: 0.1}
"""What thinning leaves of a drive in a city, about (benchmarks/retention.py)."""


class Month:
    """A thousand fixes a day, of 100 bytes; what is gone, thinned, and settled at two sinks."""

    def __init__(self, room_days: float) -> None:
        self.room = round(room_days * 100_000)
        self.last, self.gone = 0, RangeSet()
        self.settled = {"city": RangeSet(), "fleet": RangeSet()}
        self.thinned: dict[int, RangeSet] = {bound: RangeSet() for bound in BOUNDS_M}
        self.dropped = RangeSet()

    def used(self) -> int:
        left_out = sum(round(r.count * (1 - SHARES[bound])) for bound, r in self.thinned.items())
        return (self.last - self.gone.count - left_out) * 100

    def make_room(self, aged_to: int) -> None:
        while True:
            acknowledged = self.settled["city"].intersection(self.settled["fleet"])
            seen = Span("track", self.last, self.gone, acknowledged, aged_to, 100, self.thinned)
            need = self.used() - self.room
            drops, thins = plan([seen], need, thin=True)
            for drop in drops:
                for ranges in self.thinned.values():
                    ranges.discard(drop.lo, drop.hi)
                self.gone.add(drop.lo, drop.hi)
                if drop.why == "dropped":
                    self.dropped.add(drop.lo, drop.hi)
                    self.settled["city"].add(drop.lo, drop.hi)
            for thin in thins:
                if self.used() > self.room:
                    for ranges in self.thinned.values():
                        ranges.discard(thin.lo, thin.hi)
                    self.thinned[thin.bound_m].add(thin.lo, thin.hi)
            if self.used() <= self.room or not (drops or thins):
                return

    def day(self, *online: str) -> None:
        for _ in range(10):
            self.last += 100
            for sink in online:
                self.settled[sink].add(1, self.last)
            self.make_room(max(0, self.last - 7000))


def test_seven_days_offline_and_the_fixes_of_a_month_that_fit_stay_as_they_are():
    month = Month(room_days=31)
    for _ in range(30):
        month.day("fleet")
    assert month.gone == RangeSet()
    assert not any(month.thinned.values())


def test_in_a_month_offline_nothing_is_dropped_before_all_is_thinned():
    month = Month(room_days=12)
    for _ in range(30):
        month.day("fleet")
    assert month.gone == RangeSet()
    assert month.thinned[5].count > 10_000
    assert next(iter(month.thinned[5]))[0] == 1, "the oldest first"
    small = Month(room_days=2)
    for _ in range(30):
        small.day("fleet")
    assert small.thinned[50].count > 5_000
    assert list(small.dropped) == list(small.gone)
    assert small.used() <= small.room


def test_when_the_sink_is_back_all_is_delivered_and_goes_by_its_age():
    month = Month(room_days=12)
    for day in range(40):
        month.day("fleet", *(["city"] if day >= 30 else []))
    assert month.gone == RangeSet([(1, month.last - 7000)])
    assert month.dropped == RangeSet()
    assert not any(ranges.intersection(month.gone) for ranges in month.thinned.values())
