"""People made unrecognisable: what is left is few colours, and nobody can sharpen it again."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.vision import conceal
from tests.samples import samples

RNG = np.random.default_rng(5)


def noise(width: int = 320, height: int = 240) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, 3), np.uint8)


def face(seed: int, n: int = 120) -> np.ndarray:
    """A pattern like a face's: smooth, with features of its own."""
    small = np.random.default_rng(seed).integers(60, 200, (12, 12, 3), np.uint8)
    return cv2.resize(small, (n, n), interpolation=cv2.INTER_CUBIC)


def concealed(image: np.ndarray, **what: object) -> np.ndarray:
    """A copy with boxes or an area made unrecognisable."""
    made = image.copy()
    if "boxes" in what:
        conceal.boxes(made, what["boxes"])
    else:
        conceal.area(made, what["area"])
    return made


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.mean((a.astype(float) - b.astype(float)) ** 2)))


def test_a_box_keeps_a_few_colours_of_a_few_levels_and_the_rest_stays() -> None:
    image = noise()
    made = concealed(image, boxes=[(40, 60, 140, 180)])
    inside = made[60:180, 40:140].reshape(-1, 3)
    assert len(np.unique(inside, axis=0)) <= conceal.BLOCKS**2
    assert len(np.unique(inside)) <= conceal.LEVELS
    untouched = made.copy()
    untouched[60:180, 40:140] = image[60:180, 40:140]
    assert np.array_equal(untouched, image)


def test_twice_is_not_the_same_twice() -> None:
    image = noise()
    assert not np.array_equal(concealed(image, area=()), concealed(image, area=()))


def test_sharpening_does_not_bring_a_face_back() -> None:
    """Wiener deconvolution undoes a Gaussian blur; from the blocks it leaves most of the difference."""
    original = face(3)
    kernel = cv2.getGaussianKernel(31, 5)
    blurred = cv2.filter2D(original, -1, kernel @ kernel.T, borderType=cv2.BORDER_WRAP)
    made = concealed(original, boxes=[(0, 0, 120, 120)])
    assert distance(wiener(blurred, kernel), original) < 12
    restored = cv2.resize(cv2.resize(made, (6, 6), interpolation=cv2.INTER_AREA), (120, 120), interpolation=2)
    assert min(distance(wiener(made, kernel), original), distance(restored, original)) > 25


def wiener(image: np.ndarray, kernel: np.ndarray, noise_share: float = 1e-4) -> np.ndarray:
    spread = np.zeros(image.shape[:2])
    n = len(kernel)
    spread[:n, :n] = kernel @ kernel.T
    spread = np.roll(spread, (-(n // 2), -(n // 2)), (0, 1))
    h = np.fft.fft2(spread)
    inverse = np.conj(h) / (np.abs(h) ** 2 + noise_share)
    planes = [np.fft.ifft2(np.fft.fft2(image[..., c].astype(float)) * inverse).real for c in range(3)]
    return np.clip(np.stack(planes, axis=-1), 0, 255)


def test_outside_of_a_polygon_nothing_is_kept_and_inside_all() -> None:
    image = noise()
    made = image.copy()
    conceal.outside(made, ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
    assert (made[70:170, 90:230] == image[70:170, 90:230]).all()
    assert len(np.unique(made[:50].reshape(-1, 3), axis=0)) < 100
    whole = image.copy()
    conceal.outside(whole, ())
    assert distance(whole, image) > 20


def test_an_area_covers_its_polygon_and_nothing_far_from_it() -> None:
    image = noise()
    made = concealed(image, area=((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
    assert len(np.unique(made[65:175, 85:235].reshape(-1, 3), axis=0)) <= conceal.BLOCKS**2
    assert np.array_equal(made[:50], image[:50])


@pytest.mark.parametrize("corners", [(), ((0.1, 0.1),), ((2.0, 2.0), (3.0, 2.0), (3.0, 3.0))])
def test_without_an_area_in_the_picture_all_of_it_is_concealed(corners) -> None:
    made = concealed(noise(1920, 1080), area=corners)
    coloured = made.astype(np.uint32) @ np.array([1, 256, 65536], np.uint32)
    assert len(np.unique(coloured)) <= 16 * 9


@given(box=st.tuples(*[st.integers(-50, 400)] * 4))
@settings(max_examples=samples(50))
def test_any_box_is_taken(box) -> None:
    assert concealed(noise(64, 48), boxes=[box]).shape == (48, 64, 3)
