"""Waits before a link is made: they grow, they end, and a fleet does not come in one second."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import Sink
from agent.uplink.backoff import Backoff

SINK = Sink("city", "mqtt://broker", retry_first_s=1.0, retry_cap_s=60.0, retry_spread_s=5.0)


@given(st.lists(st.booleans(), max_size=100), st.integers(0, 2**32))
def test_a_wait_is_within_its_bounds(lives: list[bool], seed: int) -> None:
    backoff, failures = Backoff(SINK, random.Random(seed)), 0
    assert 0 <= backoff.first() <= 5
    for good in lives:
        failures = 0 if good else failures
        longest = min(60.0, 2.0 ** min(failures, 16))
        assert longest / 2 <= backoff.after(good=good) <= longest + 5
        failures += 1


@pytest.mark.parametrize("wait", [lambda b: b.first(), lambda b: b.after(good=True)], ids=["start", "return"])
def test_a_fleet_comes_spread_out(wait: Callable[[Backoff], float]) -> None:
    waits = sorted(wait(Backoff(SINK, random.Random(truck))) for truck in range(1000))
    busiest = max(sum(start <= wait < start + 1 for wait in waits) for start in waits)
    assert busiest < 260  # of a thousand within any one second; without the spread all of them
