"""What a link gives away: certificates that end, a cloned identity, a month's bytes."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.model import BudgetState, LinkState, Restarted, Tick

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
SECOND = 1_000_000_000


def ns(moment: datetime) -> int:
    return round(moment.timestamp()) * SECOND


def tick(t, moment):
    t.at += 1
    t.feed(Tick(t.now, ns(moment)))


def said(t, kind):
    return [(e.data["whose"], e.data["days_left"]) for e in t.emitted(kind)]


def test_a_certificate_is_told_of_thirty_seven_and_one_day_before_it_ends_and_then(timeline):
    t = timeline()
    end = NOW + timedelta(days=40)
    t.feed(LinkState(t.now, "city", True, certificates={"unit": ns(end), "broker": ns(end + timedelta(400))}))
    for hours in range(0, 41 * 24, 6):
        tick(t, NOW + timedelta(hours=hours))
    assert said(t, "certificate.ending") == [("unit", 30.0), ("unit", 7.0), ("unit", 1.0)]
    assert said(t, "certificate.ended") == [("unit", 0.0)]
    assert {e.severity for e in t.emitted("certificate.ending")} == {"notice"}


def test_one_that_is_near_its_end_when_it_is_seen_first_is_told_once(timeline):
    t = timeline()
    t.feed(LinkState(t.now, "city", True, certificates={"unit": ns(NOW + timedelta(days=3))}))
    for _ in range(100):
        tick(t, NOW)
    assert said(t, "certificate.ending") == [("unit", 3.0)]


def test_a_new_certificate_begins_anew_and_a_clock_that_nobody_set_says_nothing(timeline):
    t = timeline()
    t.feed(LinkState(t.now, "city", True, certificates={"unit": ns(NOW + timedelta(days=3))}))
    t.feed(Tick(t.now + 1))
    assert said(t, "certificate.ending") == []
    tick(t, NOW)
    t.feed(LinkState(t.now, "city", True, certificates={"unit": ns(NOW + timedelta(days=90))}))
    tick(t, NOW)
    tick(t, NOW + timedelta(days=61))
    assert said(t, "certificate.ending") == [("unit", 3.0), ("unit", 29.0)]


def test_a_boot_does_not_tell_it_again(timeline):
    t = timeline()
    word = LinkState(t.now, "city", True, certificates={"unit": ns(NOW + timedelta(days=3))})
    t.feed(word)
    tick(t, NOW)
    t.feed(Restarted(t.now, "1", first=False, new_boot=True, clean=False))
    t.feed(t.state.settings or t.settings)
    t.feed(word)
    tick(t, NOW)
    assert len(said(t, "certificate.ending")) == 1


@pytest.mark.parametrize("gap_s", [1, 300])
def test_takeovers_are_a_cloned_identity_told_at_once_and_then_once_an_hour(timeline, gap_s):
    t = timeline()
    for _ in range(7200 // gap_s):
        t.feed(LinkState(t.now, "city", True))
        t.at += gap_s
        t.feed(LinkState(t.now, "city", False, "taken over", taken_over=True))
    told = t.emitted("identity.cloned")
    assert [e.severity for e in told] == ["violation"] * len(told)
    assert len(told) in (2, 3)
    assert len({e.subject for e in told}) == 1
    assert sum(e.data["times"] for e in told) >= 3600 // gap_s


def test_a_link_that_is_merely_lost_is_no_clone(timeline):
    t = timeline()
    t.feed(LinkState(t.now, "city", False, "connection lost"))
    assert t.emitted("identity.cloned") == []


def reach(t, month, level, sink="city"):
    t.feed(BudgetState(t.now, sink, month, level, level * 10, 1000))


def test_a_budget_is_told_once_of_each_month_and_level(timeline):
    t = timeline()
    for month, level in (
        ("2026-11", 80),
        ("2026-11", 80),
        ("2026-11", 95),
        ("2026-11", 80),
        ("2026-11", 100),
    ):
        reach(t, month, level)
        reach(t, "2026-11", level, "fleet")
    reach(t, "2026-12", 80)
    near = [(e.data["sink"], e.data["month"], e.data["percent"]) for e in t.emitted("budget.near")]
    assert near == [
        ("city", "2026-11", 80),
        ("fleet", "2026-11", 80),
        ("city", "2026-11", 95),
        ("fleet", "2026-11", 95),
        ("city", "2026-12", 80),
    ]
    (spent, _) = t.emitted("budget.spent")
    assert (spent.subject, spent.severity) == ("budget:city:2026-11", "notice")
    told = {"sink": "city", "month": "2026-11", "percent": 100, "bytes": 1000, "limit": 1000}
    assert spent.data == told | {"rules": ""}


def test_a_boot_does_not_tell_a_budget_again(timeline):
    t = timeline()
    reach(t, "2026-11", 80)
    t.feed(Restarted(t.now, "1", first=False, new_boot=True, clean=False))
    t.feed(t.state.settings or t.settings)
    reach(t, "2026-11", 80)
    reach(t, "2026-11", 95)
    assert [e.data["percent"] for e in t.emitted("budget.near")] == [80, 95]
