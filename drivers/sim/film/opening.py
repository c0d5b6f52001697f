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
_ROWS = 9  # from so many points on, they are rows across the bed, from one end to the other


class Opening:
    """The opening of a bed whose rim is `points` (relative x, y) in a picture of (width, height)."""

    def __init__(self, points: Points, post: str, size: tuple[int, int]) -> None:
        relative = np.asarray(points, np.float32)
        self._corners = _ends_first(_four(relative), _axis(relative, post))
        self._size = size

    def plane(self, scale: float = 1.0) -> tuple[Map, Map]:
        """Per pixel (of the size times `scale`): m along the bed and m across, up to far away.

        The end that comes first among the points is 0. Beyond the horizon all is far.
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

    def _outward(self, to_plane: NDArray[np.float64]) -> float:
        """Which end of the bed lies towards the horizon: the one where depth is least."""
        depths = [abs(to_plane[2] @ np.append(corner, 1.0)) for corner in self._corners]
        return float(depths[0] + depths[1] - depths[2] - depths[3])


def _four(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The four corners of the convex hull, in its order."""
    hull: Any = cv2.convexHull(points)
    corners = hull
    for step in range(1, 60):
        if len(corners) <= 4:
            break
        corners = cv2.approxPolyDP(hull, 0.004 * step * cv2.arcLength(hull, True), True)  # noqa: FBT003
    if len(corners) != 4:
        corners = cv2.boxPoints(cv2.minAreaRect(points))
    return np.asarray(corners, np.float32).reshape(4, 2)


def _axis(points: NDArray[np.float32], post: str) -> NDArray[np.float32]:
    """The direction from the bed's one end to the other in the picture."""
    if len(points) >= _ROWS:
        return np.asarray(points[-3:].mean(0) - points[:3].mean(0), np.float32)
    return np.asarray((1, 0) if post == "side" else (0, -1), np.float32)


def _ends_first(corners: NDArray[np.float32], axis: NDArray[np.float32]) -> NDArray[np.float32]:
    """The corners as first end left and right, second end left and right."""
    order = np.argsort(corners @ axis)
    across = np.asarray((-axis[1], axis[0]))
    pairs = [sorted(pair, key=lambda i: float(corners[i] @ across)) for pair in (order[:2], order[2:])]
    return np.ascontiguousarray(corners[[*pairs[0], *pairs[1]]], np.float32)


def inside(points: Points) -> tuple[tuple[float, float], ...]:
    """The rim's hull as far as the picture shows it, relative corners."""
    hull = np.asarray(cv2.convexHull(np.asarray(points, np.float32)), np.float32).reshape(-1, 2)
    frame = np.asarray([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    area, cut = cv2.intersectConvexConvex(hull, frame)
    corners = np.clip(np.asarray(cut).reshape(-1, 2) if area > 0 else hull, 0, 1)
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in corners)
