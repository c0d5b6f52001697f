"""Figures of a model against values counted by hand and against properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.judge import word
from training import measure
from training.calibrate import LEAST_ACCUSE, FalseAlarms, Scale, accuse, balance, least_within, scale
from training.measure import COVERED, EMPTY, PARTLY, UNCOVERED
from training.pictures import CLASSES, target

# Two of each of empty, covered, uncovered and one partly; one covered and one uncovered are mistaken.
TRUTH = np.array([EMPTY, EMPTY, COVERED, COVERED, UNCOVERED, UNCOVERED, PARTLY])
P = np.array(
    [
        [0.9, 0.1, 0.0, 0.0],
        [0.6, 0.1, 0.1, 0.2],
        [0.0, 0.8, 0.1, 0.1],
        [0.0, 0.3, 0.1, 0.6],
        [0.1, 0.0, 0.0, 0.9],
        [0.1, 0.5, 0.0, 0.4],
        [0.0, 0.2, 0.5, 0.3],
    ]
)

rows = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.floats(0.01, 1), min_size=4, max_size=4)),
    min_size=1,
    max_size=40,
)


def arrays(drawn: list[tuple[int, list[float]]]) -> tuple[np.ndarray, np.ndarray]:
    p = np.array([values for _, values in drawn])
    return np.array([label for label, _ in drawn]), p / p.sum(1, keepdims=True)


def test_accuracies_and_confusion() -> None:
    assert measure.accuracy_3(TRUTH, P) == pytest.approx(4 / 6)
    assert measure.balanced(TRUTH, P) == pytest.approx((1 + 0.5 + 0.5 + 1) / 4)
    counts = measure.confusion(TRUTH, P.argmax(1))
    assert counts["covered"] == {"empty": 0, "covered": 1, "partly": 0, "uncovered": 1}
    assert sum(sum(row.values()) for row in counts.values()) == len(TRUTH)


def test_auc_counts_pairs() -> None:
    # ranks: covered 1/9 and 2/3, uncovered 1 and 4/9; three of the four pairs are in order
    assert measure.auc(TRUTH, P) == pytest.approx(3 / 4)


def test_ties_count_half() -> None:
    same = np.full((2, 4), 0.25)
    assert measure.auc(np.array([COVERED, UNCOVERED]), same) == 0.5


def test_recall_at_a_rate_of_false_alarms() -> None:
    # no covered picture may rank higher: only the first uncovered one is above 2/3
    assert measure.recall_at(TRUTH, P, 0.03) == 0.5
    assert measure.recall_at(TRUTH, P, 0.5) == 1.0


def test_below_the_threshold_the_likeliest_other_class_is_the_word() -> None:
    assert measure.words(P, 0.7).tolist() == [EMPTY, EMPTY, COVERED, COVERED, UNCOVERED, COVERED, PARTLY]
    assert measure.words(P, 0.0).tolist() == P.argmax(1).tolist()


def test_called_uncovered_by_truth() -> None:
    assert measure.called_uncovered(TRUTH, P, 0.5) == {
        "empty": 0.0,
        "covered": 0.5,
        "partly": 0.0,
        "uncovered": 0.5,
    }


def test_calibration_error_by_hand() -> None:
    truth = np.array([EMPTY, EMPTY, COVERED, COVERED])
    p = np.array([[0.75, 0.25, 0, 0]] * 4)
    assert measure.calibration_error(truth, p) == pytest.approx(0.25)


def test_words_over_the_exposed_share() -> None:
    lines = measure.over_exposed(np.array([0.0, 0.01, 0.27, 1.0]), np.array([1, 2, 2, 3]))
    assert [(x["from"], x["n"], x["partly"], x["uncovered"]) for x in lines] == [
        (0.0, 2, 0.5, 0.0),
        (0.25, 1, 1.0, 0.0),
        (0.9, 1, 0.0, 1.0),
    ]


def test_a_summary_without_a_class_has_no_figure_for_it() -> None:
    summary = measure.summary(np.array([EMPTY]), P[:1], ["a"], 0.5)
    assert summary["auc"] is None
    assert summary["auc_95"] == [None, None]
    assert summary["accuracy_3"] == 1.0


def test_intervals_are_of_groups_and_seeded() -> None:
    groups = ["a", "a", "b", "b", "c", "c", "d"]
    low, high = measure.interval(TRUTH, P, groups, measure.accuracy_3)
    assert low is not None
    assert high is not None
    assert low <= 4 / 6 <= high
    assert measure.interval(TRUTH, P, groups, measure.accuracy_3) == [low, high]
    assert measure.interval(TRUTH, P, ["one"] * 7, measure.accuracy_3) == [0.667, 0.667]


def test_right_answers_by_group() -> None:
    assert measure.by_group(TRUTH, P.argmax(1), ["a"] * 4 + ["b"] * 3) == {
        "a": {"n": 4, "right": 3},
        "b": {"n": 3, "right": 2},
    }


@given(rows, st.floats(0, 1))
def test_words_accuse_only_from_the_threshold_on(drawn: list[tuple[int, list[float]]], limit: float) -> None:
    _, p = arrays(drawn)
    said = measure.words(p, limit)
    assert (p[said == UNCOVERED, UNCOVERED] >= limit).all()
    assert (said[p.argmax(1) != UNCOVERED] == p.argmax(1)[p.argmax(1) != UNCOVERED]).all()


@given(rows, st.floats(0, 1))
def test_words_are_those_of_the_agent(drawn: list[tuple[int, list[float]]], limit: float) -> None:
    _, p = arrays(drawn)
    by_agent = [word(dict(zip(CLASSES, map(float, row), strict=True)), limit) for row in p]
    tied = [len(set(row)) < 4 for row in p.tolist()]
    ours = [CLASSES[k] for k in measure.words(p, limit)]
    assert all(a == b for a, b, tie in zip(by_agent, ours, tied, strict=True) if not tie)


@given(rows)
def test_shares_stay_between_none_and_all(drawn: list[tuple[int, list[float]]]) -> None:
    truth, p = arrays(drawn)
    for value in (measure.auc(truth, p), measure.accuracy_3(truth, p), measure.recall_at(truth, p, 0.1)):
        assert math.isnan(value) or 0 <= value <= 1
    assert 0 <= measure.calibration_error(truth, p) <= 1


@given(rows)
def test_the_threshold_keeps_its_promise(drawn: list[tuple[int, list[float]]]) -> None:
    truth, p = arrays(drawn)
    limits = FalseAlarms()
    threshold = accuse(p, truth, limits)
    assert LEAST_ACCUSE <= threshold <= 1
    called = measure.called_uncovered(truth, p, threshold)
    for label, share in vars(limits).items():
        found = called[label]
        assert found is None or found <= share + 1e-3  # called_uncovered rounds


def test_the_threshold_is_no_higher_than_it_must_be() -> None:
    p = np.array([[0, 1 - s, 0, s] for s in np.linspace(0.51, 0.99, 100)])
    threshold = accuse(p, np.full(100, COVERED), FalseAlarms(covered=0.1))
    assert (p[:, UNCOVERED] >= threshold).sum() == 10


def test_classes_weigh_as_much_as_they_occur_on_the_road() -> None:
    chances = {"empty": 0.3, "covered": 0.3, "partly": 0.15, "uncovered": 0.25}
    truth = np.repeat([0, 1, 2, 3], [5, 60, 15, 20])
    weights = balance(truth, chances)
    assert weights.mean() == pytest.approx(1)
    shares = [weights[truth == c].sum() / len(truth) for c in range(4)]
    assert shares == pytest.approx(list(chances.values()))
    assert balance(np.array([1, 1]), chances) == pytest.approx([1, 1])


def test_the_scale_undoes_a_sample_that_is_not_like_the_road() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (8000, 4))
    truth = (rng.random((8000, 1)) > Scale().probabilities(logits).cumsum(1)).sum(1).clip(0, 3)
    kept = (truth != EMPTY) | (rng.random(8000) < 0.2)  # most of the empty ones are not in the sample
    even = dict.fromkeys(CLASSES, 0.25)
    skewed = scale(logits[kept], np.eye(4)[truth[kept]])
    found = scale(logits[kept], np.eye(4)[truth[kept]], balance(truth[kept], even))
    assert skewed.offsets[EMPTY] < -0.8
    assert found.offsets == pytest.approx((0, 0, 0, 0), abs=0.15)


def test_what_chance_could_have_made_better_does_not_count() -> None:
    rng = np.random.default_rng(0)
    best = rng.normal(1, 0.1, 400)  # a standard error of 0.005
    near, far = best + 0.004, best + 0.006
    assert least_within({1.0: best, 0.4: far, 0.7: near}) == 0.7
    assert least_within({1.0: best, 0.4: far}) == 1.0
    assert least_within({1.0: far, 0.4: best}) == 0.4


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("spoilt", [(0.0, 0.0, 0.0, 0.0), (0.5, -0.25, -0.75, 0.5)])
def test_the_scale_finds_what_spoilt_honest_logits(factor: float, spoilt: tuple[float, ...]) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (6000, 4))
    chances = Scale().probabilities(logits)
    truth = (rng.random((6000, 1)) > chances.cumsum(1)).sum(1).clip(0, 3)
    found = scale((logits - np.array(spoilt)) * factor, np.eye(4)[truth])
    assert found.temperature == pytest.approx(factor, rel=0.1)
    assert found.offsets == pytest.approx(spoilt, abs=0.12)


@given(st.floats(0, 1))
def test_soft_labels_are_shares_and_hard_away_from_the_borders(exposed: float) -> None:
    wanted = target("partly", exposed)
    assert wanted.sum() == pytest.approx(1)
    assert (wanted >= 0).all()
    name = "covered" if exposed < 0.05 else "partly" if exposed <= 0.3 else "uncovered"
    assert wanted[CLASSES.index(name)] >= 0.5 - 1e-6
    if min(abs(exposed - 0.05), abs(exposed - 0.3)) > 0.03:
        assert wanted.max() == 1


def test_an_empty_bed_is_empty_however_far_it_is_exposed() -> None:
    assert target("empty", None).tolist() == [1, 0, 0, 0]
    assert target("empty", 1.0).tolist() == [1, 0, 0, 0]
