"""Waits before a link is made again: they grow, they end, and a fleet does not come back in one second."""

import random

from hypothesis import given
from hypothesis import strategies as st

from agent.config import Sink
from agent.uplink.backoff import pause_s

SINK = Sink("city", "mqtt://broker", retry_first_s=1.0, retry_cap_s=60.0, retry_spread_s=5.0)


@given(st.integers(0, 10_000), st.integers(0, 2**32))
def test_a_wait_is_within_its_bounds(failures: int, seed: int) -> None:
    longest = min(60.0, 2.0 ** min(failures, 16))
    assert longest / 2 <= pause_s(SINK, failures, random.Random(seed)) <= longest + 5


def test_a_fleet_that_lost_its_broker_comes_back_spread_out() -> None:
    waits = sorted(pause_s(SINK, 0, random.Random(truck)) for truck in range(1000))
    busiest = max(sum(start <= wait < start + 1 for wait in waits) for start in waits)
    assert busiest < 260  # of a thousand within any one second; without the spread all of them
