"""The last seconds of a camera: bounded, and with a frame of the moment that is asked for."""

from itertools import pairwise

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.vision.recent import LEAST_NS, WIDTH, Recent
from drivers.camera.frame import Frame
from tests.samples import samples

S = 10**9
IMAGE = np.random.default_rng(3).integers(0, 255, (48, 64, 3), np.uint8)
CODED = cv2.imencode(".jpg", IMAGE)[1].tobytes()


def jpeg(number: int, at: float, coded: bytes = CODED) -> Frame:
    return Frame(IMAGE, number, round(at * S), coded)


def test_a_jpeg_is_kept_as_the_camera_sent_it():
    recent = Recent(15, 10**6)
    for n in range(30):
        recent.hold(jpeg(n, n / 2))
    found = recent.at(5 * S)
    assert (found.number, found.mono_ns, found.coded, found.size) == (10, 5 * S, CODED, (64, 48))
    assert found.full().shape == (48, 64, 3)
    assert recent.bytes <= 17 * len(CODED)


def test_another_picture_is_coded_once_a_second_and_not_too_wide():
    recent = Recent(15, 10**6)
    wide = np.zeros((1080, 1920, 3), np.uint8)
    for n in range(8):
        recent.hold(Frame(wide, n, n * S // 4))
    assert {recent.at(n * S // 4).number for n in range(8)} == {0, 4}
    assert recent.at(0).size == (WIDTH, 720)


def test_it_is_switched_off_by_either():
    for recent in (Recent(0, 10**6), Recent(15, 0)):
        recent.hold(jpeg(1, 1))
        assert recent.at(S) is None
        assert recent.bytes == 0


def test_what_is_too_old_is_no_picture_of_before():
    recent = Recent(10, 10**6)
    recent.hold(jpeg(1, 1))
    assert recent.at(20 * S) is None


@given(st.lists(st.tuples(st.floats(0.1, 3), st.integers(1, 40)), min_size=1, max_size=60))
@settings(max_examples=samples(60), deadline=None)
def test_however_large_frames_are_the_bytes_hold_and_the_span_is_covered(story):
    most, recent, at = 60 * 1000, Recent(15, 60 * 1000), 0.0
    for n, (pause, size) in enumerate(story):
        at += pause
        recent.hold(jpeg(n, at, CODED[:2] + bytes(size * 1000)))
        assert recent.bytes <= most
    kept = [k.mono_ns for k in recent._kept]
    assert kept == sorted(kept)
    assert all(b - a >= LEAST_NS for a, b in pairwise(kept))
    assert kept[0] >= kept[-1] - 16 * S
