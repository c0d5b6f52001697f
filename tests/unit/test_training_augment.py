"""Augmentation: same shape and type, same seed same picture, and what a step must change it changes."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from training.augment import coding, light, optics, style, weather
from training.augment.view import Views
from training.pictures import Picture

Step = Callable[[Picture, np.random.Generator], Picture]
STEPS: list[Step] = [
    *(light.colour, light.tone, light.shadow, light.night, light.headlight, light.infrared),
    *(weather.fog, weather.flakes, weather.streaks, weather.drops, weather.dust),
    *(optics.fisheye, optics.blur, optics.coarse, optics.noise, optics.patch),
    *(coding.jpeg, coding.blocks, coding.mpeg),
    style.convolve,
]


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def picture() -> Picture:
    grey = cv2.resize(rng().integers(40, 200, (12, 10, 3), np.uint8), (96, 96))
    cv2.rectangle(grey, (20, 20), (76, 76), (30, 60, 160), 3)
    return grey


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.__name__)
def test_a_step_keeps_shape_and_type_leaves_its_input_and_is_seeded(step: Step, picture: Picture) -> None:
    before = picture.copy()
    for seed in range(5):
        made = step(picture, rng(seed))
        assert made.shape == picture.shape
        assert made.dtype == np.uint8
        assert np.array_equal(made, step(picture, rng(seed)))
    assert np.array_equal(picture, before)
    assert any((step(picture, rng(seed)) != picture).any() for seed in range(5))


def test_infrared_has_no_colour(picture: Picture) -> None:
    made = light.infrared(picture, rng())
    assert (made[..., 0] == made[..., 1]).all()
    assert (made[..., 1] == made[..., 2]).all()


def test_fog_takes_contrast_and_night_takes_light(picture: Picture) -> None:
    for seed in range(5):
        assert weather.fog(picture, rng(seed)).std() < picture.std()
        assert light.night(picture, rng(seed)).mean() < picture.mean()


@pytest.mark.parametrize("step", [style.amplitudes, style.colours])
def test_a_borrowed_style_is_that_of_the_other_picture(
    step: Callable[[Picture, Picture, np.random.Generator], Picture], picture: Picture
) -> None:
    bright = np.full_like(picture, 230)
    for seed in range(5):
        made = step(picture, bright, rng(seed))
        assert made.shape == picture.shape
        assert made.mean() > picture.mean()


@pytest.mark.parametrize("styled", [True, False])
def test_a_view_has_the_asked_size_and_is_seeded(styled: bool, picture: Picture) -> None:
    views, rim = Views(64, styled), ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8))
    made = [views.make(picture, rim, picture[::-1], rng(seed)) for seed in range(8)]
    assert all(m.shape == (64, 64, 3) and m.dtype == np.uint8 and m.flags.c_contiguous for m in made)
    assert np.array_equal(made[3], views.make(picture, rim, picture[::-1], rng(3)))
    assert not np.array_equal(made[0], made[1])


def test_a_view_of_a_very_small_crop() -> None:
    tiny = rng().integers(0, 255, (16, 16, 3), np.uint8)
    assert Views(64).make(tiny, ((0.1, 0.1), (0.9, 0.2), (0.5, 0.9)), tiny, rng()).shape == (64, 64, 3)
