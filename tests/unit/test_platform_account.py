"""The platform's account: seqs by generation, what is excused, and whatever a broker may bring."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.platform.account import Accounts
from agent.platform.delays import bucket, share_s, upper_s
from agent.platform.intake import Batch, Intake, Record, Unreadable
from agent.platform.ledger import Ledger
from agent.uplink.track.batch import encode
from agent.uplink.track.fix import Origin, TrackFix

GENERATION = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
SERIES = ("muck/truck-1", "3f2504e04f8941d3", "event")
TOPIC = "haulwatch/v1/muck/truck-1/event"


def test_what_is_kept_does_not_grow_with_messages():
    accounts = Accounts()
    for seq in range(1, 100_001):
        accounts.take(SERIES, seq, seq)
    assert accounts.known(SERIES) == [(1, 100_000)]


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 5)), max_size=30))
def test_gaps_are_what_is_missing(ranges):
    accounts, there = Accounts(), set()
    for lo, length in ranges:
        accounts.take(SERIES, lo, lo + length)
        there |= set(range(lo, lo + length + 1))
    missing = set(range(1, max(there, default=0))) - there
    assert {n for lo, hi in accounts.gaps(SERIES) for n in range(lo, hi + 1)} == missing


def test_who_joined_late_misses_only_what_came_since():
    accounts = Accounts(joined_late=True)
    for seq in (500, 501, 503):
        accounts.take(SERIES, seq, seq)
    assert accounts.gaps(SERIES) == [(502, 502)]


def message(seq, stream="event", kind="device.changed", generation=GENERATION, **data):
    body = {"id": f"{generation}/{stream}/{seq}", "source": "haulwatch/muck/truck-1", "type": kind}
    body |= {"generation": generation, "stream": stream, "seq": seq, "data": data}
    return json.dumps(body).encode()


def skipped(seq, sink, lo, hi):
    data = {"sink": sink, "stream": "event", "from": lo, "to": hi, "why": "dropped"}
    return json.dumps(json.loads(message(seq, "life", "skipped")) | {"data": data}).encode()


def test_a_skip_for_this_sink_excuses_and_one_for_another_does_not():
    ledger = Ledger("city")
    for seq in (1, 5):
        ledger.take(TOPIC, message(seq))
    ledger.take("haulwatch/v1/muck/truck-1/life", skipped(1, "fleet", 2, 4))
    assert ledger.vehicles["muck/truck-1"].gaps("event") == [(2, 4)]
    ledger.take("haulwatch/v1/muck/truck-1/life", skipped(2, "city", 2, 3))
    ledger.take(TOPIC, message(6))
    assert ledger.vehicles["muck/truck-1"].gaps("event") == [(4, 4)]


def test_each_generation_counts_for_itself():
    ledger, other = Ledger("city"), GENERATION.replace("3", "4")
    for seq in (1, 2, 3):
        ledger.take(TOPIC, message(seq))
    for seq in (1, 3):
        ledger.take(TOPIC, message(seq, generation=other))
    vehicle = ledger.vehicles["muck/truck-1"]
    assert vehicle.duplicates == 0
    assert vehicle.gaps("event") == [(2, 2)]


def test_compact_and_json_batches_of_one_generation_share_an_account():
    ledger, topic = Ledger("city"), "haulwatch/v1/muck/truck-1/track"
    origin = Origin(GENERATION, GENERATION, 0, None, "unsynced")
    ledger.take(topic, encode(origin, [TrackFix(1, 0), TrackFix(2, 1000), TrackFix(5, 2000)]))
    fixes = [{"seq": 5}, {"seq": 6}]
    ledger.take(topic, message(5, "track", "track.batch", fixes=fixes, omitted=[[7, 7]]))
    ledger.take(topic, message(8, "track", "track.batch", fixes=[{"seq": 8}], omitted=[]))
    vehicle = ledger.vehicles["muck/truck-1"]
    assert vehicle.gaps("track") == []
    assert (vehicle.duplicates, sorted(vehicle.fixes)) == (1, [1, 2, 5, 6, 8])


def test_what_is_not_in_order_is_taken_and_named():
    found = Intake().take(TOPIC, message(4, kind="load.guessed"))
    assert isinstance(found, Record)
    assert (found.seq, found.invalid) == (4, "unknown type load.guessed")


@pytest.mark.parametrize("seq", [0, -1, 2**60, 1.5, "1", None])
def test_a_seq_that_is_none_is_unreadable(seq):
    assert isinstance(Intake().take(TOPIC, message(seq)), Unreadable)
    assert isinstance(
        Intake().take(TOPIC, message(1, "track", "track.batch", fixes=[{"seq": seq}])), Unreadable
    )


levels = st.sampled_from(
    ["state", "event", "track", "track/live", "media/ab/1", "media/x/y", "cmd/ping/1", "config"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
member = st.sampled_from(
    ["id", "source", "generation", "stream", "seq", "type", "data", "time", "status", "from"]
)
payloads = st.binary(max_size=60) | st.dictionaries(member, values, max_size=10).map(
    lambda changes: json.dumps(json.loads(message(3)) | changes).encode()
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(levels, payloads), max_size=10))
def test_whatever_comes_is_taken_or_named(messages):
    from agent.platform.store import Store

    intake, ledger, store = Intake(), Ledger("city"), Store(":memory:", "city")
    for level, payload in messages:
        topic = f"haulwatch/v1/muck/truck-1/{level}"
        ledger.take(topic, payload)
        found = intake.take(topic, payload)
        with store.together():
            store.known(found.vehicle, 1)
            keep(store, found, topic, payload)
    with store.together():
        store.look_for_gaps(2)
    store.close()


def keep(store, found, topic, payload):
    if isinstance(found, Record):
        store.record(found, topic, 1)
    elif isinstance(found, Batch):
        store.batch(found, topic, 1)
    elif isinstance(found, Unreadable):
        store.unreadable(found, topic, payload, 1)
    elif hasattr(found, "body"):
        store.volatile(found, topic, 1)


@given(st.lists(st.integers(1, 10**8), min_size=1))
def test_a_share_of_delays_is_right_to_a_fifth(delays):
    counts = {}
    for delay in delays:
        counts[bucket(delay)] = counts.get(bucket(delay), 0) + 1
    half = sorted(delays)[(len(delays) + 1) // 2 - 1] / 1000
    assert half * 0.999 - 0.001 <= share_s(counts, 0.5) <= half * 1.2 + 0.001


def test_delays_below_a_millisecond_and_none_at_all():
    assert bucket(-5000) == bucket(0) == 0
    assert upper_s(0) == 0.001
    assert share_s({}, 0.5) is None
