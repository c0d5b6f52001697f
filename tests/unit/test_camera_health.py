"""What spoils a picture is named; a clean one passes."""

from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from agent.vision.condition.limits import Limits
from agent.vision.condition.measures import Measures, measure, unusable
from agent.vision.manifest import SHIPPED, read_manifest
from agent.vision.preprocess import shrink

PICTURES = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
LIMITS = Limits(dark=14.0, spread=3.0, sharp=2.4, white=0.6)


def read(name: str) -> np.ndarray:
    return cv2.imread(str(PICTURES / name), cv2.IMREAD_COLOR)


def reason(picture: np.ndarray) -> str | None:
    return unusable(measure(shrink(picture, 160)), LIMITS)


def test_the_shipped_limits_are_those_tested_here() -> None:
    assert read_manifest(SHIPPED).usable == LIMITS


@pytest.mark.parametrize("file", sorted(PICTURES.glob("*.jpg")), ids=lambda f: f.stem)
def test_clean_pictures_are_usable(file: Path) -> None:
    assert reason(read(file.name)) is None


@pytest.mark.parametrize("name", ["covered-1.jpg", "uncovered-1.jpg", "empty-1.jpg"])
@pytest.mark.parametrize(
    ("why", "spoil"),
    [
        ("dark", lambda p: (p * 0.05).astype(np.uint8)),
        ("glare", lambda p: np.clip(p + 220.0, 0, 255).astype(np.uint8)),
        ("blocked", lambda p: np.full_like(p, 70)),
        ("blurred", lambda p: cv2.GaussianBlur(p, (0, 0), 16)),
    ],
)
def test_a_spoilt_picture_says_why(name, why, spoil) -> None:
    assert reason(spoil(read(name))) == why


def test_measures_have_their_units() -> None:
    half = np.zeros((160, 160, 3), np.uint8)
    half[:, 80:] = 255
    found = measure(half)
    assert found == Measures(mean=127.5, spread=127.5, sharp=pytest.approx(found.sharp), white=0.5)
    assert found.sharp > 100


def test_limits_are_exclusive() -> None:
    edge = Measures(mean=14.0, spread=3.0, sharp=2.4, white=0.6)
    assert unusable(edge, LIMITS) is None
    assert unusable(msgspec.structs.replace(edge, mean=13.9), LIMITS) == "dark"
    assert unusable(msgspec.structs.replace(edge, white=0.61), LIMITS) == "glare"
    assert unusable(msgspec.structs.replace(edge, spread=2.9), LIMITS) == "blocked"
    assert unusable(msgspec.structs.replace(edge, sharp=2.3, spread=6.0), LIMITS) == "blurred"
    assert unusable(msgspec.structs.replace(edge, sharp=2.3, spread=5.9), LIMITS) is None, "one smooth cover"
