"""The condition of a camera on short rendered films: each fault is found, and a fair drive has none."""

import cv2
import numpy as np
import pytest

from agent.vision.condition.condition import Condition
from agent.vision.condition.limits import Thresholds
from agent.vision.condition.measures import look, small
from agent.vision.condition.reference import read_reference, write_reference
from agent.vision.condition.verdict import at_once
from drivers.camera.frame import Frame
from drivers.sim.film.film import Film
from drivers.sim.film.script import Fault, Script, Stretch

SECOND = 1_000_000_000
SIZE = (320, 240)
QUICK = Thresholds(after_s=5.0, over_s=5.0, slow_s=15.0, learn_looks=20)


class Watched:
    """A film in front of a camera; a frame a second."""

    def __init__(self, fault=None, still=None, *, truck="b", light="sun", speed=12.0, begin=45):
        road = Stretch(400, "covered", light=light, speed_mps=speed)
        faults = (Fault(fault, begin, 400),) if fault else ()
        self.film = Film.open(None, Script((road,), truck=truck, faults=faults), seed=3)
        self.condition = Condition(self.film.roi, QUICK, still)
        self.at = 0

    def picture(self):
        return self.film.frame(self.at, SIZE)

    def run(self, seconds, change=lambda image: image):
        """The kinds of fault that were seen meanwhile."""
        seen = set()
        for _ in range(seconds):
            self.at += 1
            self.condition.look(Frame(change(self.picture()), self.at, self.at * SECOND))
            seen |= {fault.kind for fault in self.condition.faults()}
        return seen


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [("dark", 10), ("glare", 10), ("blocked", 12), ("defocused", 20), ("moved", 80)],
)
def test_a_fault_is_found_and_named_alone(kind, seconds) -> None:
    watched = Watched(kind)
    assert watched.run(44) == set()
    assert watched.run(seconds) == {kind}
    (fault,) = watched.condition.faults()
    assert 44 * SECOND <= fault.since_ns <= watched.at * SECOND
    assert any(letter.isdigit() for letter in fault.why), "it gives figures"


@pytest.mark.parametrize(("truck", "light"), [("a", "sun"), ("b", "night")])
def test_a_fair_drive_has_no_fault(truck, light) -> None:
    watched = Watched(truck=truck, light=light)
    assert watched.run(100) == set()
    assert watched.condition.compared.moved is False


def test_mud_on_the_lens_is_found() -> None:
    watched = Watched("dirty", truck="a", begin=75)
    assert watched.run(74) == set()
    assert watched.run(60) == {"dirty"}


def test_a_fault_is_over_when_it_was_not_seen_for_a_while() -> None:
    watched = Watched(speed=0.0)
    assert watched.run(10, lambda image: image // 20) == {"dark"}
    watched.run(3)
    assert watched.condition.faults(), "a moment of light ends nothing"
    watched.run(5)
    assert not watched.condition.faults()


def test_a_passing_headlight_is_no_fault() -> None:
    watched = Watched(speed=0.0)
    watched.run(5)
    assert watched.run(3, lambda image: np.full_like(image, 255)) == set()
    assert watched.run(10) == set()


def test_a_stream_that_shows_one_picture_is_unchanged() -> None:
    watched = Watched("frozen", begin=5)
    watched.run(20)
    assert watched.condition.unchanged_s == 15.0


def test_a_coders_noise_is_no_change_and_a_sensors_is() -> None:
    watched = Watched(speed=0.0, light="night")
    qualities = iter(range(60, 90))
    one = watched.picture()

    def coded(_):
        _, jpeg = cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, next(qualities)])
        return cv2.imdecode(jpeg, cv2.IMREAD_COLOR)

    watched.run(9, coded)
    assert watched.condition.unchanged_s == 8.0
    watched.run(10)
    assert watched.condition.unchanged_s == 0.0, "a night's noise is change, though nothing moves"


def test_in_the_dark_nobody_knows_whether_it_changes() -> None:
    watched = Watched()
    watched.run(5, np.zeros_like)
    assert watched.condition.unchanged_s is None


def test_a_camera_moved_since_commissioning_is_found_after_a_restart() -> None:
    before = Watched()
    watched = Watched("moved", still=small(before.picture()), begin=0)
    assert watched.run(90) == {"moved"}
    assert "commissioned" in watched.condition.faults()[0].why


def test_a_load_that_changes_is_no_move() -> None:
    stretches = (
        Stretch(60, "empty", speed_mps=12.0),
        Stretch(40, "uncovered", change_s=20.0),
        Stretch(20, "covered", change_s=15.0),
        Stretch(100, "covered", speed_mps=12.0),
    )
    watched = Watched()
    watched.film = Film.open(None, Script(stretches, truck="b"), seed=3)
    assert watched.run(220) == set()


@pytest.mark.parametrize("colour", [(90, 120, 150), (245, 245, 240)], ids=["soil", "white cover"])
def test_a_load_that_fills_the_picture_is_not_taken_for_a_fault(colour) -> None:
    chance = np.random.default_rng(0)
    coarse = chance.normal(0, 12, (12, 16)).astype(np.float32)
    folds = cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)
    grain = folds + chance.normal(0, 3, (480, 640))
    picture = np.clip(np.asarray(colour) - 20 + grain[:, :, None], 0, 255).astype(np.uint8)
    assert at_once(look(small(picture)), Thresholds()) == ()


def test_a_reference_is_kept_small_and_read_again(tmp_path) -> None:
    picture = Watched().film.frame(1.0, (1280, 720))
    file = write_reference(picture, tmp_path / "new", "bed")
    assert file.name == "bed.png"
    assert np.array_equal(read_reference(tmp_path / "new", "bed"), small(picture))
    assert read_reference(tmp_path, "other") is None
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert read_reference(tmp_path, "broken") is None


def test_the_same_frame_counts_once() -> None:
    watched = Watched()
    frame = Frame(np.zeros((240, 320, 3), np.uint8), 1, SECOND)
    for _ in range(100):
        watched.condition.look(frame)
    assert watched.condition.faults() == ()
