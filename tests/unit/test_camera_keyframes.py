"""When keyframes alone are decoded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera.keyframes import SECOND, Keyframes


def seen(keyframes: Keyframes, apart_s: float, count: int = 4, begin_s: float = 0.0) -> Keyframes:
    for i in range(count):
        at = begin_s + i * apart_s
        keyframes.saw(round(at * SECOND), key=True)
        keyframes.saw(round((at + apart_s / 2) * SECOND), key=False)
    return keyframes


@pytest.mark.parametrize(
    ("apart_s", "period_s", "suffice"),
    [
        (1.0, 1.0, True),
        (1.2, 1.0, True),
        (2.0, 1.0, False),
        (2.0, 5.0, True),
        (4.0, 5.0, False),  # who asks for a picture would wait too long
        (2.0, None, True),
        (4.0, None, False),
        (1.0, 0.5, False),
    ],
)
def test_they_suffice_when_they_come_often_enough(apart_s, period_s, suffice) -> None:
    keyframes = seen(Keyframes(5.0), apart_s)
    keyframes.period_s = period_s
    assert keyframes.suffice is suffice
    said = keyframes.news()
    assert said
    assert ("suffice" in said) is suffice
    assert f"{apart_s:.1f} s" in said
    assert keyframes.news() is None, "the same is not said twice"


@pytest.mark.parametrize(
    ("decode", "apart_s", "suffice", "words"),
    [
        ("keyframes", 2.0, True, "suffice, no others"),
        ("keyframes", 4.0, False, "are too far apart, every"),
        ("all", 0.2, False, "not to be relied on, every"),
    ],
)
def test_an_order_is_obeyed(decode, apart_s, suffice, words) -> None:
    keyframes = seen(Keyframes(5.0, decode), apart_s)
    keyframes.period_s = 0.5
    assert keyframes.suffice is suffice
    assert words in (keyframes.news() or "")


def test_nothing_is_known_before_two_distances() -> None:
    keyframes = Keyframes(5.0)
    assert not seen(keyframes, 1.0, count=2).suffice
    assert keyframes.news() is None
    assert seen(keyframes, 1.0, count=1, begin_s=2.0).suffice


def test_the_time_between_two_streams_is_no_distance() -> None:
    keyframes = seen(Keyframes(5.0), 1.0)
    keyframes.begin()
    assert seen(keyframes, 1.0, begin_s=100.0).suffice


def test_a_choice_is_kept_while_distances_waver() -> None:
    keyframes = seen(Keyframes(5.0), 1.0)
    keyframes.period_s = 1.0
    assert keyframes.suffice
    assert seen(keyframes, 1.4, begin_s=10.0, count=5).suffice
    assert not seen(keyframes, 1.6, begin_s=30.0, count=5).suffice
    assert not seen(keyframes, 1.4, begin_s=60.0, count=5).suffice


def test_a_stream_without_them_is_decoded_wholly_again() -> None:
    keyframes = seen(Keyframes(5.0), 1.0)
    assert keyframes.suffice
    keyframes.missed(5 * SECOND)
    assert not keyframes.suffice


def test_a_short_read_time_out_bounds_the_distance() -> None:
    assert not seen(Keyframes(1.0), 1.0).suffice


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.01, 20), st.booleans())), st.one_of(st.none(), st.floats(0.05, 60)))
def test_they_never_suffice_when_the_last_was_too_late(steps, period_s) -> None:
    keyframes = Keyframes(5.0)
    keyframes.period_s = period_s
    at = 0
    for apart, key in steps:
        at += round(apart * SECOND)
        keyframes.saw(at, key=key)
        if keyframes.suffice:
            assert keyframes.apart_s <= min(2.5, 60 if period_s is None else 1.5 * period_s)
