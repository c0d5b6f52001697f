"""A picture in a terminal: two pixels in each character, the bed's corners joined by a line."""

from collections.abc import Sequence

import cv2
import numpy as np
from rich.color import Color
from rich.style import Style
from rich.text import Text

from drivers.camera.jpeg import Image

_ROI = (0, 255, 255)  # BGR
_UPPER = "▀"  # its colour is the upper pixel's, its background the lower one's


def blocks(image: Image, roi: Sequence[tuple[float, float]], columns: int, rows: int) -> Text:
    """A BGR picture as text of at most so many columns and rows, its shape kept."""
    height, width = image.shape[:2]
    scale = min(columns / width, 2 * rows / height)
    size = max(1, int(width * scale)), max(2, int(height * scale) // 2 * 2)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    corners = np.asarray([[x * size[0], y * size[1]] for x, y in roi], np.int32)
    if len(corners):
        cv2.polylines(small, [corners], isClosed=True, color=_ROI, thickness=1)
    text = Text(no_wrap=True)
    for row in range(0, size[1], 2):
        for upper, lower in zip(small[row], small[row + 1], strict=True):
            text.append(_UPPER, Style(color=_colour(upper), bgcolor=_colour(lower)))
        text.append("\n")
    return text


def _colour(pixel: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> Color:
    blue, green, red = (int(v) for v in pixel)
    return Color.from_rgb(red, green, blue)
