"""Bytes in flight as the line allows."""

from agent.uplink.flow import FIRST, Flow

MS = 1_000_000
BATCH = 15_000


def play(flow, line_bytes_s, messages=200, rtt_ms=80):
    """A line of so many bytes a second and always more to send; the longest wait of the last PUBACKs, ms."""
    now, free_at, mid, waits, flight = 0, 0, 0, [], []
    while mid < messages:
        while flow.has_room and len(flight) < 20:
            flow.sent(mid, BATCH, now)
            free_at = max(now, free_at) + BATCH * 1000 * MS // line_bytes_s
            flight.append((free_at + rtt_ms * MS, mid, now))
            mid += 1
        now, one, since = flight.pop(0)
        waits.append((now - since) / MS)
        flow.answered(one, now)
    for _, one, _ in flight:
        flow.answered(one, now)
    return max(waits[-50:])


def test_a_slow_line_has_little_in_flight_and_a_fast_one_a_window():
    assert play(Flow(), 5_000) < 3200  # one message at a time: a batch takes three seconds
    assert play(Flow(), 30_000) < 1600
    assert play(Flow(), 100_000) < 1100
    fast = Flow()
    assert play(fast, 10_000_000) < 400
    assert fast.allowed >= 20 * BATCH


def test_a_line_that_becomes_slow_is_noticed():
    flow = Flow()
    play(flow, 10_000_000)
    assert play(flow, 20_000) < 2000


def test_one_message_may_always_go_and_other_numbers_mean_nothing():
    flow = Flow()
    flow.sent(1, 10 * FIRST, 0)
    assert not flow.has_room
    flow.answered(99, 5)
    assert not flow.has_room
    flow.answered(1, 5000 * MS)
    assert flow.has_room
    assert flow.allowed == FIRST // 2
