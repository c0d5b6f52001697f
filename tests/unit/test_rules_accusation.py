"""What an accusation needs, whatever the cameras say: frames of the deciding model, enough and for long."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.model import LoadReading, Probabilities
from agent.rules.transitions import CLASSES
from tests.samples import samples

relaxed = settings(
    max_examples=samples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
share = st.floats(0, 1)
weights = st.one_of(
    st.tuples(share, share, share, st.floats(0.01, 3)), st.tuples(*[st.floats(0, 0.1)] * 3, st.floats(0.5, 3))
)
pause = st.sampled_from([0.5, 0.5, 0.5, 1, 5, 14, 40])
look = st.tuples(pause, weights, st.sampled_from(["usable", "usable", "usable", "unusable", "shadow"]))
open_bed = st.tuples(st.just(0.5), st.tuples(*[st.floats(0, 0.1)] * 3, st.floats(0.5, 3)), st.just("usable"))
spells = st.lists(st.one_of(st.lists(look, max_size=5), st.lists(open_bed, max_size=25)), max_size=8).map(
    lambda spells: [one for spell in spells for one in spell]
)
AFTER_S = 6.0
MOST_BLIND_S = 12.0


def probabilities(four, more=0.0):
    p = [(1 - more) * v / sum(four) for v in four]
    return Probabilities(*p[:3], p[3] + more)


def drive(t, looks, more=(), word=None):
    """A truck on the road and one camera; returns the moments (s) of usable deciding frames."""
    seen = []
    for n, (seconds, four, kind) in enumerate(looks):
        end = t.at + seconds
        while t.at < end:
            t.at += 0.5
            t.fix()
        p = probabilities(four, more[n] if more else 0.0)
        said = word or max(CLASSES, key=lambda name: getattr(p, name))
        usable = kind != "unusable"
        reading = LoadReading(t.now, "bed", said if usable else "unknown", p, usable, None, "m1", n)
        if kind == "shadow":
            reading = LoadReading(t.now, "bed", said, p, True, None, "m2", n, shadow=True)
        elif usable:
            seen.append((t.at, p.uncovered))
        t.feed(reading)
    return seen


def started(t):
    return t.emitted("uncovered_load.started")


@relaxed
@given(looks=spells)
def test_an_accusation_was_seen_all_the_while(timeline, looks):
    t = timeline(uncovered_after_s=AFTER_S)
    seen = drive(t, looks)
    for event in started(t):
        since = event.data["since_us"] / 1e6
        until = event.data["conditions"]["newest_usable_us"] / 1e6
        assert until - since >= AFTER_S
        frames = [(at, p) for at, p in seen if since <= at <= until]
        moments = [at for at, _ in frames]
        assert len(frames) >= 2
        assert max(b - a for a, b in pairwise(moments)) <= MOST_BLIND_S
        assert max(p for _, p in frames) > 0.5
        assert event.data["conditions"]["least_confidence"] >= 0.8


@relaxed
@given(looks=st.lists(st.tuples(pause, weights, st.sampled_from(["unusable", "shadow"])), max_size=60))
def test_nobody_is_accused_by_what_does_not_count(timeline, looks):
    t = timeline(uncovered_after_s=AFTER_S)
    drive(t, looks, word="uncovered")
    assert not t.emitted("uncovered_load.started", "partly_covered.started", "load.changed")


@relaxed
@given(looks=spells)
def test_nobody_is_accused_without_the_models_own_word(timeline, looks):
    t = timeline(uncovered_after_s=AFTER_S)
    drive(t, looks, word="covered")
    assert not t.emitted("uncovered_load.started")


steady = st.tuples(
    st.just(0.5), st.tuples(st.just(0.0), share, st.just(0.0), st.floats(0.01, 3)), st.just("usable")
)


@relaxed
@given(looks=st.lists(steady, min_size=15, max_size=60), more=st.lists(share, min_size=60, max_size=60))
def test_more_evidence_never_delays_the_start(timeline, looks, more):
    less_sure, surer = (timeline(uncovered_after_s=AFTER_S) for _ in range(2))
    drive(less_sure, looks, word="uncovered")
    drive(surer, looks, more, word="uncovered")
    if started(less_sure):
        assert started(surer)
        assert started(surer)[0].data["since_us"] <= started(less_sure)[0].data["since_us"]
