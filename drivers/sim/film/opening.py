"""Where the bed lies in the picture: how far along it each pixel is, and the ground beyond.

The rim is a rectangle in the world, so four corners give the plane's homography (R. Hartley and A. Zisserman,
Multiple View Geometry, 2nd ed., section 2.3). Lengths in m assume a bed of 6 m x 2.3 m.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Points = Sequence[tuple[float, float]]
LENGTH_M, WIDTH_M = 6.0, 2.3
_FAR_M = 200.0


class Opening:
    """The opening of a bed whose rim is `points` in a picture of (width, height).

    They are relative (x, y): one side of the bed from its front to its rear, then the other back.
    """

    def __init__(self, points: Points, size: tuple[int, int]) -> None:
        half = len(points) // 2
        ends = (points[0], points[-1], points[half - 1], points[half])
        self._corners = np.asarray(ends, np.float32)
        self._rim, self._size = points, size

    def plane(self, scale: float = 1.0) -> tuple[Map, Map]:
        """Per pixel (of the size times `scale`): m from the bed's front, and from the side told first.

        Up to far away; beyond the horizon all is far.
        """
        width, height = (max(1, round(v * scale)) for v in self._size)
        square = np.asarray([[0, 0], [0, WIDTH_M], [LENGTH_M, 0], [LENGTH_M, WIDTH_M]], np.float32)
        to_plane: Any = cv2.getPerspectiveTransform(self._corners, square)
        x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
        along, across, depth = np.tensordot(to_plane, np.stack([x, y, np.ones_like(x)]), 1)
        centre = to_plane @ np.append(self._corners.mean(0), 1.0)
        depth = depth * np.sign(centre[2])
        seen = depth > 1e-6
        depth = np.where(seen, depth, 1.0) * np.sign(centre[2])
        away = np.sign(self._outward(to_plane)) * _FAR_M
        along = np.where(seen, np.clip(along / depth, -_FAR_M, _FAR_M), away)
        across = np.where(seen, np.clip(across / depth, -_FAR_M, _FAR_M), 0.0)
        return along.astype(np.float32), across.astype(np.float32)

    def mask(self) -> NDArray[np.uint8]:
        """255 in the opening, 0 elsewhere."""
        drawn = np.zeros(self._size[::-1], np.uint8)
        corners = np.round(np.asarray(inside(self._rim)) * np.asarray(self._size)).astype(np.int32)
        return np.asarray(cv2.fillConvexPoly(drawn, corners, 255), np.uint8)

    def _outward(self, to_plane: NDArray[np.float64]) -> float:
        """Which end of the bed lies towards the horizon: the one where depth is least."""
        depths = [abs(to_plane[2] @ np.append(corner, 1.0)) for corner in self._corners]
        return float(depths[0] + depths[1] - depths[2] - depths[3])


def inside(points: Points) -> tuple[tuple[float, float], ...]:
    """The rim's hull as far as the picture shows it, relative corners."""
    hull = np.asarray(cv2.convexHull(np.asarray(points, np.float32)), np.float32).reshape(-1, 2)
    frame = np.asarray([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    area, cut = cv2.intersectConvexConvex(hull, frame)
    corners = np.clip(np.asarray(cut).reshape(-1, 2) if area > 0 else hull, 0, 1)
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in corners)
