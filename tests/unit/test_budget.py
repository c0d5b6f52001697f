"""Budgets as timelines: what goes, what waits, and when it goes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config_budget import Budget
from agent.uplink.budget import ALWAYS, Month, Scheduler, hourly
from agent.uplink.topics import BACKLOG
from buffer.records import Entry, seal

SECOND = 1_000_000_000
MB = 1_000_000
HOUR = 3600 * SECOND


def scheduler(spent=0, month="2026-11", **budget):
    return Scheduler(Budget(**budget), Month(month, spent))


def going(one, now=0):
    return {stream for stream in BACKLOG if one.may(stream, now)}


def drained(one, seconds, size=1000, stream="track", start=0):
    """Bytes that go in so many seconds when there is always more to send."""
    sent = 0
    for step in range(seconds * 10):
        now = start + step * SECOND // 10
        while one.may(stream, now):
            one.took(size, now)
            sent += size
    return sent


def test_without_a_budget_everything_goes():
    one = scheduler()
    one.count(10**12, "2026-11")
    assert going(one) == set(BACKLOG)
    assert (one.limits, one.counts, one.level) == (False, False, 0)
    assert all(one.may_live(now) for now in range(5))
    assert one.ready_ns(0) is None


def test_the_rate_holds_over_time_and_a_pause_allows_a_burst():
    one = scheduler(rate_bytes_s=10_000, burst_bytes=50_000)
    assert drained(one, 100) == pytest.approx(50_000 + 100 * 10_000, abs=12_000)
    assert drained(one, 10, start=1000 * SECOND) == pytest.approx(50_000 + 10 * 10_000, abs=12_000)


@given(st.lists(st.tuples(st.integers(1, 60_000), st.integers(0, 30 * SECOND)), max_size=60))
def test_never_more_than_the_rate_the_burst_and_one_message(messages):
    one = scheduler(rate_bytes_s=5_000, burst_bytes=20_000)
    now = sent = 0
    one.took(0, now)
    for size, pause in messages:
        now += pause
        if one.may("track", now):
            one.took(size, now)
            sent += size
        assert sent <= 20_000 + 5_000 * now / SECOND + 60_000


def test_an_event_does_not_wait_for_the_rate_and_is_owed():
    one = scheduler(rate_bytes_s=1000, burst_bytes=4096)
    one.took(4096, 0)
    assert going(one) == {"life", "event", "trip"}
    assert not one.may_live(0)
    for _ in range(6):
        one.took(1000, 0)
    assert one.may("event", 0)
    ready = one.ready_ns(0)
    assert ready == pytest.approx(6 * SECOND, abs=SECOND // 100)
    assert not one.may("track", ready - SECOND // 10)
    assert one.may("track", ready)
    assert one.ready_ns(ready) is None


def test_a_month_runs_out_step_by_step_and_the_next_one_begins():
    one = scheduler(month=None, month_bytes=100 * MB)
    seen = []
    for day in range(1, 32):
        one.count(4 * MB, f"2026-10-{day:02}"[:7])
        seen.append((day, one.level, one.grave_only, one.thins, going(one)))
    by_day = {day: rest for day, *rest in seen}
    assert by_day[19] == [0, False, False, set(BACKLOG)]
    assert by_day[20] == [80, True, False, set(BACKLOG)]
    assert by_day[23] == [80, True, False, set(BACKLOG)]
    assert by_day[24] == [95, True, True, set(BACKLOG) - {"media"}]
    assert by_day[25] == [100, True, True, set(ALWAYS)]
    assert by_day[31] == [100, True, True, set(ALWAYS)]
    one.count(0, "2026-11")
    assert (one.spent, one.level, going(one)) == (Month("2026-11", 0), 0, set(BACKLOG))


def test_an_unmetered_link_is_outside_of_the_month_and_of_the_rate():
    one = scheduler(100 * MB, month_bytes=100 * MB, rate_bytes_s=1000, burst_bytes=4096)
    one.took(10_000, 0)
    assert going(one) == {"life", "event", "trip"}
    one.metered = False
    assert going(one) == set(BACKLOG)
    assert one.may_live(0)
    assert (one.counts, one.grave_only, one.thins) == (False, False, False)
    one.metered = True
    assert going(one) == {"life", "event", "trip"}


def test_a_spent_month_leaves_a_sparse_live_fix():
    one = scheduler(100, month_bytes=100)
    went = [second for second in range(300) if one.may_live(second * SECOND)]
    assert went == [0, 60, 120, 180, 240]
    fresh = scheduler(99, month_bytes=100)
    assert all(fresh.may_live(second * SECOND) for second in range(10))


def test_a_clock_that_is_not_set_or_goes_back_begins_no_month():
    one = scheduler(90, month_bytes=100)
    one.count(5, None)
    one.count(5, "2026-10")
    assert one.spent == Month("2026-11", 100)
    first = scheduler(month=None, month_bytes=100)
    first.count(30, None)
    first.count(30, "2026-11")
    assert first.spent == Month("2026-11", 60)


def report(seq, kind, mono_ns, boot="boot-1"):
    return seal(Entry("health", kind, "unit", b"{}", mono_ns, 1, "gnss"), seq, boot, b"")


def test_thinned_health_lets_changes_pass_and_one_report_an_hour():
    passes = hourly()
    minutes = [m for m in range(181) if passes(report(m + 1, "health.report", m * 60 * SECOND))]
    assert minutes == [0, 60, 120, 180]
    assert all(passes(report(9, "device.changed", 5)) for _ in range(3))
    assert passes(report(1, "health.report", 7, "boot-2"))
