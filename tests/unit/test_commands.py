"""Commands without a broker: reading, limits, states. What comes from outside never raises anything else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.commands.limit import Bucket
from agent.commands.order import Judge, Order, read
from agent.commands.state import Command, accepted, exact, rejected, told
from agent.model import CommandRefused, Tick
from agent.trust.document import Refused
from agent.trust.store import TrustStore
from drivers.clock import Stamp

SECOND = 10**9
UTC = 1_800_000_000 * SECOND
JUDGE = Judge("muck/truck-1", TrustStore(), UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
)
NAMES = st.sampled_from(["args", "expires", "signed", "alg", "kid", "sig"])
DATES = st.datetimes().map(lambda d: d.isoformat() + "Z")


@given(st.sampled_from(["ping", "snapshot", "x"]), st.binary(max_size=60))
def test_any_bytes_are_a_command_or_refused(name, payload):
    take(name, payload)


@given(st.sampled_from(["ping", "get_status", "x"]), st.dictionaries(NAMES, JSON | DATES, max_size=4))
def test_any_object_is_a_command_or_refused(name, payload):
    take(name, json.dumps(payload).encode("utf-8", "surrogatepass"))


def take(name, payload):
    try:
        order = read(name, "c-1", payload, JUDGE)
    except Refused:
        return
    assert order.name in ("ping", "get_status")
    command = accepted(order, Stamp("b", 1, UTC, "gnss"))
    assert told(command, "c-1")["state"] == "accepted"


@pytest.mark.parametrize(
    ("expires", "left"), [("2027-01-15T08:00:01Z", 1), ("2027-01-15T09:00:00+01:00", None)]
)
def test_expiry_of_an_unsigned_command(expires, left):
    payload = json.dumps({"expires": expires}).encode()
    if left is None:
        with pytest.raises(Refused) as caught:
            read("ping", "c-1", payload, JUDGE)
        assert caught.value.reason == "expired"
    else:
        assert read("ping", "c-1", payload, JUDGE).expires_ns == UTC + left * SECOND


def test_without_a_clock_an_expiry_cannot_be_kept():
    with pytest.raises(Refused) as caught:
        read("ping", "c-1", b'{"expires": "2999-01-01T00:00:00Z"}', Judge("a/b", TrustStore(), None))
    assert caught.value.reason == "clock_unset"
    assert read("ping", "c-1", b"", Judge("a/b", TrustStore(), None)) == Order("ping", {})


TAKEN = accepted(Order("snapshot", {}, UTC + 60 * SECOND), Stamp("b", 10 * SECOND, UTC, "gnss"))


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (Stamp("b", 11 * SECOND, UTC + SECOND, "gnss"), False),
        (Stamp("b", 11 * SECOND, UTC + 60 * SECOND, "gnss"), True),
        (Stamp("b", 70 * SECOND, UTC - 3600 * SECOND, "gnss"), True),  # the clock was set back
        (Stamp("b", 70 * SECOND, None, "unsynced"), True),
        (Stamp("b", 69 * SECOND, None, "unsynced"), False),
        (Stamp("c", 1 * SECOND, UTC + 30 * SECOND, "gnss"), False),
        (Stamp("c", 1 * SECOND, UTC + 90 * SECOND, "gnss"), True),
        (Stamp("c", 1 * SECOND, None, "unsynced"), True),
    ],
)
def test_a_command_is_over_by_either_clock(now, over):
    assert TAKEN.over(now) is over


def test_one_without_an_end_is_never_over():
    ever = accepted(Order("ping", {}), Stamp("b", 1, UTC, "gnss"))
    assert not ever.over(Stamp("c", 1, None, "unsynced"))


STATES = ("accepted", "running", "done", "failed", "rejected", "expired")
WAYS = {
    ("accepted", "running"), ("accepted", "done"), ("accepted", "failed"), ("accepted", "expired"),
    ("running", "done"), ("running", "failed"),
}  # fmt: skip


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_there_are_these_ways_and_no_other(before, after):
    command = Command("ping", {}, before)
    if (before, after) in WAYS:
        assert command.to(after).state == after
    else:
        with pytest.raises(ValueError, match="no way"):
            command.to(after)
    assert command.open == (before in ("accepted", "running"))


def test_a_rejection_is_told_with_its_word():
    said = told(rejected(Order("snapshot", {}), "unsigned", "has to be signed"), "c-1", repeated=True)
    assert said == {
        "command": "c-1", "name": "snapshot", "state": "rejected", "reason": "unsigned",
        "detail": "has to be signed", "result": None, "repeated": True, "severity": "notice",
    }  # fmt: skip


@given(JSON)
def test_exact_numbers_survive_a_reader_with_doubles(value):
    def small(v):
        if isinstance(v, dict):
            return all(small(x) for x in v.values())
        if isinstance(v, list):
            return all(small(x) for x in v)
        return not isinstance(v, int) or abs(v) < 2**53

    assert small(exact(value))


def test_a_bucket_lets_a_burst_through_and_then_the_rate():
    bucket = Bucket(per_minute=30, burst=3)
    assert [bucket.take(5 * SECOND) for _ in range(5)] == [True, True, True, False, False]
    assert [bucket.take(s * SECOND) for s in (6, 7, 8, 9)] == [False, True, False, True]
    assert [bucket.take(1000 * SECOND) for _ in range(4)] == [True, True, True, False]


def test_refusals_are_told_at_once_and_then_by_their_number(timeline):
    t = timeline()

    def refuse(reason, seconds):
        t.at += seconds
        t.feed(CommandRefused(t.now, "city", reason, "snapshot", f"c-{t.at:.0f}"))

    def told_():
        return [(e.data["reason"], e.data["times"]) for e in t.emitted("command.refused")]

    refuse("unsigned", 1)
    refuse("bad_signature", 1)
    for _ in range(5):
        refuse("unsigned", 1)
    assert told_() == [("unsigned", 1), ("bad_signature", 1)]
    t.at = 700
    t.feed(Tick(t.now))
    assert told_()[2:] == [("unsigned", 5)]
    t.at = 1400
    t.feed(Tick(t.now))
    refuse("unsigned", 1)
    assert told_()[3:] == [("unsigned", 1)]
    assert {e.severity for e in t.emitted("command.refused")} == {"notice"}
