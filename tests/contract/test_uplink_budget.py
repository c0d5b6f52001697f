"""Budgets over a real broker: what is counted, what waits, and what a restart remembers."""

from datetime import UTC, datetime

import pytest

from agent.config_budget import Budget
from agent.model import BudgetState
from tests.contract.pictures import ALL, VEHICLE, content, take

MB = 1_000_000


@pytest.fixture
def told(rig):
    """What the uplink told of its budget."""
    found: list[BudgetState] = []
    put = rig._put
    rig._put = lambda seen: found.append(seen) if isinstance(seen, BudgetState) else put(seen)
    return found


def budgeted(rig, broker, month_bytes, **more):
    rig.clock.anchor(*([rig.clock.stamp().utc_ns, rig.clock.mono_ns()]))  # a date that is trusted
    return rig.sink(broker.url, budget=Budget(month_bytes=month_bytes), **(ALL | more))


def count(city, stream):
    known = city.platform.snapshot().get(VEHICLE)
    return len(known.seqs.get(stream, ())) if known else 0


def test_what_was_on_the_air_is_counted_and_kept_over_a_restart(rig, album, city, broker, until, told):
    name, _ = take(rig, "load-1", content(600_000))
    rig.start(budgeted(rig, broker, 100 * MB))
    assert city.verified(name)
    until(rig.drained)
    rig.stop()
    first = rig.status.budget
    assert 600_000 < first.bytes < 750_000
    assert first.month == f"{datetime.now(UTC):%Y-%m}"
    assert (first.limit, first.level, told) == (100 * MB, 0, [])
    rig.reopen()
    rig.start(budgeted(rig, broker, 100 * MB))
    until(lambda: rig.status.connected)
    assert rig.status.budget.bytes >= first.bytes
    rig.stop()
    assert first.bytes < rig.status.budget.bytes < first.bytes + 10_000


def spend(rig, share, limit):
    """As if so much of the month's bytes had been on the air."""
    month = f"{datetime.now(UTC):%Y-%m}"
    rig.journal.notes.put("budget/city", f'{{"month":"{month}","bytes":{limit * share // 100}}}')


def test_near_its_end_pictures_wait_but_those_of_violations(rig, album, city, broker, until, told):
    spend(rig, 81, 100 * MB)
    plain, _ = take(rig, "load-1", content(20_000, 1))
    grave, _ = take(rig, "load-2", content(20_000, 2), grave=True)
    rig.append("health", 3)
    rig.start(budgeted(rig, broker, 100 * MB))
    assert city.verified(grave)
    until(lambda: rig.journal.backlog("city") == {"media": 1, "health": 0})
    assert plain not in city.chunks
    assert [(t.sink, t.level, t.limit) for t in told] == [("city", 80, 100 * MB)]
    rig.stop()
    rig.start(budgeted(rig, broker, 100 * MB, unmetered=("lo",)))  # it waited for this
    assert city.verified(plain)
    until(rig.drained)


def test_close_to_its_end_reports_thin_and_changes_go(rig, album, city, broker, until, told):
    spend(rig, 96, 100 * MB)
    grave, _ = take(rig, "load-2", content(20_000, 2), grave=True)
    report = rig.entry("health")
    rig.journal.append([type(report)(**{**_fields(report), "type": "health.report"}) for _ in range(5)])
    rig.append("health", 3)
    rig.start(budgeted(rig, broker, 100 * MB))
    until(lambda: count(city, "health") == 4)
    assert city.platform.snapshot()[VEHICLE].seqs["health"] == {1, 6, 7, 8}
    rig.append("event", 1)
    until(lambda: count(city, "event") == 1)
    until(lambda: rig.journal.backlog("city") == {"media": 1, "health": 4, "event": 0})
    assert grave not in city.chunks
    rig.stop()
    rig.start(rig.sink(broker.url, **ALL))
    assert city.verified(grave)
    until(rig.drained)


def test_spent_only_what_matters_goes_and_the_next_month_brings_the_rest(
    rig, album, city, broker, until, told
):
    spend(rig, 100, 100 * MB)
    for stream in ("life", "event", "trip", "coverage", "health", "track"):
        rig.append(stream, 2)
    rig.start(budgeted(rig, broker, 100 * MB))
    until(lambda: all(count(city, s) == 2 for s in ("life", "event", "trip", "coverage")))
    rig.uplink.live(b'{"lat":1.5}')
    assert city.platform.wait_for(lambda v: v[VEHICLE].live is not None, 40)
    rig.append("event")
    until(lambda: count(city, "event") == 3)
    assert (count(city, "health"), count(city, "track")) == (0, 0)
    assert (rig.status.budget.level, [t.level for t in told]) == (100, [100])
    rig.stop()
    rig.journal.notes.put("budget/city", '{"month":"2020-01","bytes":100000000}')
    rig.start(budgeted(rig, broker, 100 * MB))
    until(lambda: (count(city, "health"), count(city, "track")) == (2, 2))
    until(rig.drained)


def test_an_event_overtakes_what_waits_for_the_rate(rig, album, city, broker, until):
    name, _ = take(rig, "load-1", content(150_000))
    slow = Budget(rate_bytes_s=30_000, burst_bytes=20_000)
    rig.start(rig.sink(broker.url, budget=slow, **ALL))
    until(lambda: name in city.chunks)
    rig.append("event")
    until(lambda: "event" in city.topics)
    assert name not in city.pictures.verified
    assert city.verified(name)


def _fields(entry):
    return {name: getattr(entry, name) for name in entry.__struct_fields__}
