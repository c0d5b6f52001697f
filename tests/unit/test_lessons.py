"""A few confirmed pictures correct the network's word: by as much as they are many, alike and agreed on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.lessons import Lesson, Lessons

EMPTY, COVERED, PARTLY, UNCOVERED = 0, 1, 2, 3
COVER, SOIL, FLOOR = np.eye(3, dtype=np.float32)


def chances(state: int, p: float) -> np.ndarray:
    row = np.full(4, (1 - p) / 3, np.float32)
    row[state] = p
    return row


def lesson(taught: int, said: int, p: float, embedding: np.ndarray) -> Lesson:
    return Lesson(taught, chances(said, p), embedding)


def learn(lessons: list[Lesson]) -> Lessons:
    return Lessons(lessons, frozenset((EMPTY, COVERED, UNCOVERED)), UNCOVERED)


def after(lessons: list[Lesson], said: int, p: float, embedding: np.ndarray) -> np.ndarray:
    return learn(lessons).correct(chances(said, p), embedding)


REST = [lesson(EMPTY, EMPTY, 0.9, FLOOR), lesson(UNCOVERED, UNCOVERED, 0.9, SOIL)]


def test_a_bed_that_is_always_mistaken_is_learnt() -> None:
    lessons = [lesson(COVERED, EMPTY, 0.7, COVER) for _ in range(5)]
    assert after([*REST, *lessons], EMPTY, 0.7, COVER).argmax() == COVERED


def test_more_lessons_say_more() -> None:
    lessons = [[*REST, *[lesson(COVERED, EMPTY, 0.8, COVER)] * n] for n in (1, 2, 3, 5)]
    said = [after(some, EMPTY, 0.8, COVER)[COVERED] for some in lessons]
    assert said == sorted(said)
    assert said[0] > chances(EMPTY, 0.8)[COVERED]


def test_what_is_alike_is_corrected_more() -> None:
    lessons = [*REST, *[lesson(COVERED, EMPTY, 0.7, COVER)] * 3]
    alike, other = (after(lessons, EMPTY, 0.7, e)[COVERED] for e in (COVER * 3, SOIL))
    assert alike > other


def test_lessons_that_the_network_knew_change_little() -> None:
    sure = [lesson(s, s, 0.99, e) for s, e in ((EMPTY, FLOOR), (COVERED, COVER), (UNCOVERED, SOIL))] * 5
    assert 0.6 < after(sure, UNCOVERED, 0.6, SOIL)[UNCOVERED] < 0.8


@pytest.mark.parametrize("state", [EMPTY, COVERED, UNCOVERED])
def test_one_state_alone_changes_nothing(state) -> None:
    found = after([lesson(state, PARTLY, 0.9, COVER)] * 5, EMPTY, 0.6, COVER)
    assert found == pytest.approx(chances(EMPTY, 0.6), abs=1e-6)


@pytest.mark.parametrize("other", [EMPTY, COVERED])
def test_without_all_states_nothing_is_more_accused(other) -> None:
    lessons = [lesson(UNCOVERED, other, 0.7, SOIL)] * 5 + [lesson(other, other, 0.7, COVER)]
    found = after(lessons, other, 0.7, SOIL)
    assert found[UNCOVERED] <= chances(other, 0.7)[UNCOVERED] + 1e-6
    assert after([*lessons, *REST, lesson(COVERED, COVERED, 0.9, COVER)], other, 0.7, SOIL)[UNCOVERED] > 0.3


def test_what_can_not_be_taught_keeps_half_of_its_chance() -> None:
    lessons = [*REST, *[lesson(COVERED, PARTLY, 0.8, COVER)] * 5]
    assert after(lessons, PARTLY, 0.8, COVER)[PARTLY] == pytest.approx(0.4, abs=0.01)


def test_one_wrong_lesson_among_right_ones_turns_nothing() -> None:
    right = [lesson(COVERED, COVERED, 0.9, COVER)] * 4 + [lesson(UNCOVERED, UNCOVERED, 0.9, SOIL)] * 4 + REST
    wrong = lesson(UNCOVERED, COVERED, 0.9, COVER)
    assert after([*right, wrong], COVERED, 0.8, COVER).argmax() == COVERED
    assert learn([*right, wrong]).doubtful() == [len(right)]
    assert learn(right).doubtful() == []


def test_a_first_lesson_against_the_network_is_doubtful() -> None:
    assert learn([lesson(COVERED, EMPTY, 0.95, COVER)]).doubtful() == [0]


def test_no_lessons_are_refused() -> None:
    with pytest.raises(ValueError, match="no lessons"):
        learn([])


weights = st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4).map(lambda w: np.array(w, np.float32))
taught = st.sampled_from([EMPTY, COVERED, UNCOVERED])


@given(st.lists(st.builds(Lesson, taught, weights, weights), min_size=1, max_size=12), weights, weights)
def test_probabilities_stay_probabilities(
    lessons: list[Lesson], p: np.ndarray, embedding: np.ndarray
) -> None:
    found = learn(lessons).correct(p, embedding)
    assert found.shape == (4,)
    assert (found >= 0).all()
    assert float(found.sum()) == pytest.approx(1, abs=1e-4)
