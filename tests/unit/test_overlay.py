"""The copy with a band of text: the picture above it is untouched, and Chinese is Chinese."""

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from agent.model import Caption
from agent.vision.overlay import describe, overlay, unicode_font

UTC_NS = round(datetime(2026, 11, 24, 6, 30, tzinfo=UTC).timestamp()) * 1_000_000_000
CAPTION = Caption(31.2304, -121.4737, 12.5, "uncovered", 0.93, UTC_NS, "gnss")


def band(text: str, width: int = 960) -> np.ndarray:
    return overlay(np.zeros((10, width, 3), np.uint8), [text])[10:]


def test_the_picture_itself_is_untouched() -> None:
    image = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    made = overlay(image, ["one", "two"])
    assert np.array_equal(made[:480], image)
    assert made.shape[0] > 480
    assert made.shape[1] == 640


def test_the_lines_say_who_when_where_how_fast_and_what() -> None:
    first, second = describe("川A12345", "bed", CAPTION, 1_500_000_000)
    assert first.split("   ") == ["川A12345", "bed", "2026-11-24 06:30:01.5 UTC (gnss)"]
    assert second.split("   ") == ["31.230400°N 121.473700°W WGS-84", "45 km/h", "load uncovered 0.93"]


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    first, second = describe("f/v", "bed", Caption(), 7_300_000_000)
    assert first.split("   ")[2] == "UTC unknown, 7.3 s after start (unsynced)"
    assert second.split("   ") == ["place unknown", "speed unknown", "load unknown"]


def test_chinese_letters_are_letters_of_their_own() -> None:
    assert unicode_font(), "this OpenCV was built without its Unicode font"
    shown = [band(text) for text in ("川A12345", "沪A12345", "??A12345")]
    assert all(np.count_nonzero(cv2.absdiff(shown[0], other)) > 50 for other in shown[1:])


@pytest.mark.parametrize("width", [80, 160, 640, 1920, 3840])
def test_a_line_fits_into_any_width(width: int) -> None:
    made = band("long " * 24, width)
    assert np.all(made[:, -max(1, width // 200) :] == made[0, 0]), "it runs over the edge"
