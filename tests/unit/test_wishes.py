"""Who waits for a frame: each wish is answered exactly once, by the right frame."""

import numpy as np
import pytest

from agent.vision.wishes import HELD, Wish, Wishes
from drivers.camera.frame import Frame


def frame(number: int, mono_ns: int = 0) -> Frame:
    return Frame(np.zeros((4, 4, 3), np.uint8), number, mono_ns)


class Waiting:
    def __init__(self) -> None:
        self.wishes = Wishes()
        self.given: list[int] = []
        self.refused: list[str] = []

    def wish(self, after: int = 0, until: int = 100, number: int | None = None) -> None:
        self.wishes.add(
            Wish(after, until, lambda f: self.given.append(f.number), self.refused.append, number)
        )

    def serve(
        self, newest: Frame | None, now: int = 0, *, room: bool = True, reason: str | None = None
    ) -> None:
        self.wishes.serve(newest, now, lambda: room, reason)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


def test_a_frame_of_before_does_not_count(waiting: Waiting) -> None:
    waiting.wish(after=50)
    waiting.serve(frame(1, 49))
    assert waiting.given == []
    waiting.serve(frame(2, 50))
    waiting.serve(frame(3, 51))
    assert waiting.given == [2]


def test_when_none_comes_in_time_it_is_said_why(waiting: Waiting) -> None:
    waiting.wish(until=100)
    waiting.wish(until=100)
    waiting.serve(None, 100)
    assert waiting.refused == []
    waiting.serve(None, 101, reason="silent for 20 s")
    waiting.serve(None, 102)
    assert waiting.refused == ["silent for 20 s"] * 2


def test_the_frame_that_decided_is_held_for_a_while(waiting: Waiting) -> None:
    for number in range(HELD + 1):
        waiting.wishes.hold(frame(number))
    waiting.wish(number=1)
    waiting.wish(number=0)
    waiting.serve(frame(9, 9))
    assert waiting.given == [1]
    assert waiting.refused == ["the frame is no longer held"]


def test_large_frames_are_held_as_far_as_there_is_room(waiting: Waiting) -> None:
    for number in range(6):
        waiting.wishes.hold(Frame(np.zeros((1080, 1920, 3), np.uint8), number, 0))
    for number in range(6):
        waiting.wish(number=number)
    waiting.serve(None)
    assert waiting.given == [4, 5]


def test_while_there_is_no_room_a_wish_waits_past_its_time(waiting: Waiting) -> None:
    waiting.wish()
    waiting.serve(frame(1, 1), 500, room=False)
    assert (waiting.given, waiting.refused) == ([], [])
    waiting.serve(frame(2, 2), 501)
    assert waiting.given == [2]
