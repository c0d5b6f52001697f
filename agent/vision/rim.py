"""A proposal for the corners of the load space, from one picture: the four-sided frame best borne out.

Edges can't tell a rim from a shadow or a kerb: a proposal is a start for a person's eyes, never more.
"""

from typing import Any

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from agent.vision.condition.body import HEIGHT, WIDTH, directions
from agent.vision.condition.measures import small
from agent.vision.preprocess import Picture, Roi

Quads = npt.NDArray[np.float32]  # (n, 4, 2), relative corners
_ALONG = 24  # points looked at on each side
_KEPT, _ROUNDS = 48, 40
_USUAL, _SPREAD = 0.25, 1.2  # area of a bed in the picture; in e-folds, how far from that is unusual


class Proposal(msgspec.Struct, frozen=True):
    """Relative corners; `sure` 0..1: how well the edges bear them out, on each side."""

    roi: Roi
    sure: float


def propose(image: Picture) -> Proposal:
    """The best frame in a BGR picture; always one, however unsure."""
    field = directions(small(image))
    chance = np.random.default_rng(0)
    quads = _seeds()
    scores = _scores(quads, field)
    best = np.argsort(scores)[-_KEPT:]
    quads, scores = quads[best], scores[best]
    for turn in range(_ROUNDS):
        step = 0.08 * (1 - turn / _ROUNDS) + 0.004
        corner = chance.random((len(quads), 4, 1)) < 0.5
        others = np.clip(quads + corner * chance.normal(0, step, quads.shape), 0, 1).astype(np.float32)
        tried = _scores(others, field)
        better = tried > scores
        quads[better], scores[better] = others[better], tried[better]
    top = quads[int(np.argmax(scores))]
    sides = _support(top[None], field)[0]
    corners = tuple((round(float(x), 3), round(float(y), 3)) for x, y in top)
    return Proposal(corners, round(float(np.clip(np.min(sides) * 0.5 + np.mean(sides) * 0.5, 0, 1)), 2))


def drawn(image: Picture, roi: Roi) -> Picture:
    """A copy with the corners drawn into it."""
    height, width = image.shape[:2]
    corners = np.asarray([[x * width, y * height] for x, y in roi], np.int32)
    copy: Any = image.copy()
    cv2.polylines(copy, [corners], isClosed=True, color=(0, 0, 0), thickness=max(4, width // 110))
    cv2.polylines(copy, [corners], isClosed=True, color=(0, 255, 255), thickness=max(2, width // 240))
    return np.asarray(copy, np.uint8)


def _seeds() -> Quads:
    """Frames as cameras at cab, tail, side and above see them, of many sizes at many places."""
    sizes = ((0.35, 0.35), (0.5, 0.5), (0.7, 0.5), (0.5, 0.75), (0.85, 0.85), (0.3, 0.7), (0.7, 0.3))
    shapes = [(top, 0.0) for top in (0.35, 0.7, 1.0)] + [(1.0, turn) for turn in (-50.0, -25.0, 25.0, 50.0)]
    places = [(x, y) for x in np.linspace(0.25, 0.75, 5) for y in np.linspace(0.3, 0.7, 5)]
    made = [_frame(place, size, *shape) for place in places for size in sizes for shape in shapes]
    return np.clip(np.asarray(made, np.float32), 0, 1)


def _frame(place: tuple[float, float], size: tuple[float, float], top: float, degrees: float) -> Any:
    """A trapezoid around `place` whose upper side is `top` of the lower one, turned."""
    w, h = size
    corners = np.asarray([[-w * top, -h], [w * top, -h], [w, h], [-w, h]]) / 2
    a = np.deg2rad(degrees)
    turn = np.asarray([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    return corners @ turn + np.asarray(place)


def _support(quads: Quads, field: Any) -> npt.NDArray[np.float32]:
    """How well edges run along each side, (n, 4); a side at the picture's border is half borne out."""
    begin, end = quads, np.roll(quads, -1, axis=1)
    share = np.linspace(0.04, 0.96, _ALONG)[:, None]
    points = begin[:, :, None, :] + (end - begin)[:, :, None, :] * share
    x = np.clip(np.rint(points[..., 0] * WIDTH), 0, WIDTH - 1).astype(int)
    y = np.clip(np.rint(points[..., 1] * HEIGHT), 0, HEIGHT - 1).astype(int)
    way = (end - begin) * (WIDTH, HEIGHT)
    angle = np.exp(2j * np.arctan2(way[..., 1], way[..., 0]))[..., None]
    along = -(field[y, x] * np.conj(angle)).real
    border = (x <= 1) | (y <= 1) | (x >= WIDTH - 2) | (y >= HEIGHT - 2)
    return np.asarray(np.where(border, 0.15, along).mean(axis=2), np.float32)


def _scores(quads: Quads, field: Any) -> npt.NDArray[np.float32]:
    sides = _support(quads, field)
    x, y = quads[..., 0], quads[..., 1]
    area = 0.5 * np.sum(x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y, axis=1)
    usual = np.exp(-0.5 * (np.log(np.maximum(area, 1e-3) / _USUAL) / _SPREAD) ** 2)
    way = np.roll(quads, -1, 1) - quads
    next_way = np.roll(way, -1, 1)
    turn = way[..., 0] * next_way[..., 1] - way[..., 1] * next_way[..., 0]
    convex = np.all(turn > 0, axis=1)
    score = (0.5 * sides.mean(axis=1) + 0.5 * sides.min(axis=1)) * usual
    return np.asarray(np.where(convex & (area > 0.02), score, -1.0), np.float32)
