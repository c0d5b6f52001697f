"""A few confirmed pictures correct the network's word: by as much as they are many, alike and agreed on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.lessons import Lesson, Lessons

EMPTY, COVERED, UNCOVERED = 0, 1, 3
COVER, SOIL = np.array([1, 0, 0, 0.2], np.float32), np.array([0, 1, 0, 0.2], np.float32)


def chances(state: int, p: float) -> np.ndarray:
    row = np.full(4, (1 - p) / 3, np.float32)
    row[state] = p
    return row


def lesson(taught: int, said: int, p: float, embedding: np.ndarray) -> Lesson:
    return Lesson(taught, chances(said, p), embedding)


def after(lessons: list[Lesson], said: int, p: float, embedding: np.ndarray) -> np.ndarray:
    return Lessons(lessons).correct(chances(said, p), embedding)


def test_a_bed_that_is_always_mistaken_is_learnt() -> None:
    lessons = [lesson(COVERED, EMPTY, 0.7, COVER) for _ in range(5)]
    assert after(lessons, EMPTY, 0.7, COVER).argmax() == COVERED


def test_more_lessons_say_more() -> None:
    said = [after([lesson(COVERED, EMPTY, 0.8, COVER)] * n, EMPTY, 0.8, COVER)[COVERED] for n in (1, 2, 3, 5)]
    assert said == sorted(said)
    assert said[0] > chances(EMPTY, 0.8)[COVERED]


def test_what_is_alike_is_corrected_more() -> None:
    lessons = [lesson(COVERED, EMPTY, 0.7, COVER)] * 3
    alike, other = (after(lessons, EMPTY, 0.7, e)[COVERED] for e in (COVER * 3, SOIL))
    assert alike > other > chances(EMPTY, 0.7)[COVERED]


def test_lessons_that_the_network_knew_change_little() -> None:
    lessons = [lesson(COVERED, COVERED, 0.99, COVER)] * 5
    assert after(lessons, UNCOVERED, 0.6, SOIL)[UNCOVERED] == pytest.approx(0.6, abs=0.05)


def test_one_wrong_lesson_among_right_ones_turns_nothing() -> None:
    right = [lesson(COVERED, COVERED, 0.9, COVER)] * 4 + [lesson(UNCOVERED, UNCOVERED, 0.9, SOIL)] * 4
    wrong = lesson(UNCOVERED, COVERED, 0.9, COVER)
    assert after([*right, wrong], COVERED, 0.8, COVER).argmax() == COVERED
    assert Lessons([*right, wrong]).doubtful() == [8]
    assert Lessons(right).doubtful() == []


def test_a_first_lesson_against_the_network_is_doubtful() -> None:
    assert Lessons([lesson(COVERED, EMPTY, 0.95, COVER)]).doubtful() == [0]


def test_no_lessons_are_refused() -> None:
    with pytest.raises(ValueError, match="no lessons"):
        Lessons([])


weights = st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4).map(lambda w: np.array(w, np.float32))
taught = st.sampled_from([EMPTY, COVERED, UNCOVERED])


@given(st.lists(st.builds(Lesson, taught, weights, weights), min_size=1, max_size=12), weights, weights)
def test_probabilities_stay_probabilities(
    lessons: list[Lesson], p: np.ndarray, embedding: np.ndarray
) -> None:
    found = Lessons(lessons).correct(p, embedding)
    assert found.shape == (4,)
    assert (found >= 0).all()
    assert float(found.sum()) == pytest.approx(1, abs=1e-4)
