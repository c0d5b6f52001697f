"""One camera's readings over time: a belief that saturates, forgets, and is careful with accusations."""

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.model import LoadReading, Probabilities, Smoothing
from agent.rules.smoothing import Belief, begin, observe
from agent.rules.transitions import CLASSES, held, later
from agent.rules.words import alone
from tests.samples import samples

HOW = Smoothing()
SECOND = 1_000_000_000


def chances(state, p):
    rest = (1 - p) / 3
    return Probabilities(**(dict.fromkeys(CLASSES, rest) | {state: p}))


def reading(at_s, p, word=None, **more):
    likeliest = max(CLASSES, key=lambda c: getattr(p, c)) if p else "unknown"
    values = {"usable": p is not None, "reason": None if p else "dark", "model": "m1", "frame": 1}
    return LoadReading(round(at_s * SECOND), "bed", state=word or likeliest, p=p, **(values | more))


def watch(*spells, belief=None, fps=2.0, start=0.0, how=HOW, pace="moving", **more):
    """Spells of (state or probabilities, p, seconds); returns the beliefs after each frame."""
    beliefs, at = [], start
    for state, p, seconds in spells:
        for _ in range(round(seconds * fps)):
            at += 1 / fps
            shown = state if state is None or isinstance(state, Probabilities) else chances(state, p)
            belief = observe(belief, reading(at, shown, **more), how, pace)
            beliefs.append(belief)
    return beliefs


def first(beliefs, state):
    """When the belief first had this word, s."""
    return next(b.mono_ns for b in beliefs if b.state == state) / SECOND


@pytest.mark.parametrize("state", CLASSES)
def test_clear_frames_become_a_word_within_seconds(state):
    beliefs = watch((state, 0.97, 20))
    assert beliefs[-1].state == state
    assert first(beliefs, state) < 10
    assert beliefs[-1].since <= 0.5 * SECOND


def test_a_mistake_repeated_is_no_confirmation():
    hour = watch((chances("uncovered", 0.6), 0, 3600))
    assert "uncovered" not in {b.state for b in hour}
    rivals = Probabilities(0.0, 0.3, 0.0, 0.7)
    assert "uncovered" not in {b.state for b in watch((rivals, 0, 3600))}


def test_a_change_is_dated_where_its_evidence_began():
    beliefs = watch(("covered", 0.95, 60), ("uncovered", 0.95, 30))
    assert beliefs[-1].state == "uncovered"
    assert beliefs[-1].since == pytest.approx(60.5 * SECOND, abs=0.1 * SECOND)
    assert 3 < first(beliefs, "uncovered") - 60 < 16


def test_one_strange_frame_changes_nothing():
    before = watch(("covered", 0.95, 60))[-1]
    after = observe(before, reading(60.5, chances("uncovered", 1.0)), HOW)
    assert (after.state, after.taken) == ("covered", "covered")


def test_the_frame_rate_does_not_change_the_evidence():
    slow, fast = (watch(("covered", 0.8, 60), fps=fps)[-1] for fps in (1, 10))
    assert slow.p.covered == pytest.approx(fast.p.covered, abs=0.01)


def test_between_neighbours_the_milder_word():
    edge = Probabilities(0.01, 0.01, 0.49, 0.49)
    assert watch((edge, 0, 60))[-1].state == "partly"
    closed = Probabilities(0.01, 0.49, 0.49, 0.01)
    assert watch((closed, 0, 60))[-1].state == "covered"
    assert watch((Probabilities(0.5, 0.0, 0.0, 0.5), 0, 60))[-1].state == "unknown"


def test_flicker_between_partly_and_uncovered_is_partly():
    belief, words = None, set()
    for n in range(240):
        belief = observe(belief, reading(n / 2, chances(("partly", "uncovered")[n // 4 % 2], 0.9)), HOW)
        words.add(belief.state)
    assert belief.state == "partly"
    assert "uncovered" not in words


def test_a_long_blind_time_ends_in_ignorance():
    before = watch(("uncovered", 0.99, 60))
    blind = watch((None, 0, 600), belief=before[-1], start=60)
    assert blind[20].state == "uncovered"
    assert blind[-1].state == "unknown"
    assert max(alone(blind[-1].evidence)) < 0.3


def test_after_a_gap_one_frame_is_not_enough():
    before = watch(("covered", 0.95, 60))[-1]
    after = observe(before, reading(660, chances("uncovered", 0.99)), HOW)
    assert after.state == "unknown"
    assert watch(("uncovered", 1.0, 0.5))[-1].state == "unknown"


def test_the_models_own_threshold_protects():
    p = Probabilities(0.02, 0.08, 0.1, 0.8)
    assert watch((p, 0, 60))[-1].state == "uncovered"
    cautious = watch((p, 0, 60), word="partly")
    assert "uncovered" not in {b.state for b in cautious}


def test_another_model_counts_on_from_half_way():
    before = watch(("covered", 0.95, 60))[-1]
    same = observe(before, reading(60.5, chances("covered", 0.95)), HOW)
    other = observe(before, reading(60.5, chances("covered", 0.95), teaching="t2"), HOW)
    assert (other.teaching, other.state) == ("t2", "covered")
    assert other.evidence[1] < 0.6 * same.evidence[1]


def test_a_shadow_reading_and_an_old_one_do_nothing():
    before = watch(("covered", 0.95, 10))[-1]
    assert observe(before, reading(11, chances("uncovered", 1.0), shadow=True), HOW) == before
    assert observe(before, reading(3, chances("uncovered", 1.0)), HOW) == before


def test_nothing_is_loaded_at_speed():
    def later_word(pace):
        empty = watch(("empty", 0.97, 60))[-1]
        assert empty.taken == "empty"
        driven = [watch((None, 0, 300), belief=empty, start=60, pace=pace)[-1]]
        return watch(("uncovered", 0.8, 20), belief=driven[-1], start=360, pace=pace)[-1].p.uncovered

    assert later_word("moving") < later_word("standing") - 0.1


@pytest.mark.parametrize("state", ["unknown", *CLASSES])
@pytest.mark.parametrize("pace", ["standing", "moving", "unknown"])
def test_the_prior_alone_is_no_word(state, pace):
    chance = held(state, HOW)
    for seconds in (0.5, 5.0, 60.0, 3600.0, 1e6):
        chance = later(chance, pace, seconds)
        assert sum(chance) == pytest.approx(1)
        assert min(chance) >= 0
    assert observe(begin(0, HOW, state), reading(1, None), HOW, pace).state == "unknown"


share = st.floats(0, 1)
anything = st.one_of(st.floats(), share, share)
frame = st.tuples(
    st.floats(0, 40),
    st.one_of(st.none(), st.tuples(anything, anything, anything, anything), st.sampled_from(CLASSES)),
    st.sampled_from([*CLASSES, "unknown"]),
    st.booleans(),
    st.sampled_from(["m1", "m2"]),
)


def told(at, shown, word, usable, model):
    p = chances(shown, 0.97) if isinstance(shown, str) else shown and Probabilities(*shown)
    return LoadReading(round(at * SECOND), "bed", word, p, usable, None, model, 1)


@settings(max_examples=samples(200), deadline=None)
@given(st.lists(frame, max_size=40))
def test_any_readings_leave_a_belief(frames):
    belief, at = None, 0.0
    for seconds, *rest in frames:
        at += seconds
        belief = observe(belief, told(at, *rest), HOW)
        p = [getattr(belief.p, c) for c in CLASSES]
        assert sum(p) == pytest.approx(1)
        assert all(0 <= v <= 1 for v in p)
        assert all(map(math.isfinite, belief.evidence))
        assert belief.since <= belief.sure_ns <= belief.mono_ns or belief.state == "unknown"
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(belief), type=Belief) == belief


four = st.tuples(share, share, share, st.floats(0.01, 1))


@settings(max_examples=samples(200), deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 5), four, share), min_size=1, max_size=40))
def test_more_evidence_of_uncovered_never_makes_it_less_likely(frames):
    def run(raised):
        belief, at = None, 0.0
        for seconds, weights, more in frames:
            at += seconds
            p = [w / sum(weights) for w in weights]
            if raised:
                p = [(1 - more) * v for v in p[:3]] + [(1 - more) * p[3] + more]
            belief = observe(belief, reading(at, Probabilities(*p), word="uncovered"), HOW)
            yield alone(belief.evidence)[3], belief.leads[0], belief.onsets[0]

    for (p, lead, onset), (more_p, more_lead, more_onset) in zip(run(False), run(True), strict=True):
        assert more_p >= p - 1e-9
        assert more_lead >= lead - 1e-9
        assert lead <= 1e-9 or more_onset <= onset


@settings(max_examples=samples(100), deadline=None)
@given(st.lists(frame, max_size=40))
def test_without_a_usable_reading_nothing_is_known(frames):
    belief, at = None, 0.0
    for seconds, shown, word, shadow, model in frames:
        at += seconds
        unusable = told(at, shown, word, shadow, model)
        belief = observe(belief, msgspec.structs.replace(unusable, shadow=shadow), HOW) if shadow else belief
        belief = observe(belief, msgspec.structs.replace(unusable, usable=False), HOW)
        assert belief.state == "unknown"
