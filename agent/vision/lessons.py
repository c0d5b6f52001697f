"""What a few confirmed pictures of one camera say of its other pictures: a correction of the network's word.

The network ranks well on a strange truck, but its thresholds drift from truck to truck, and a bed may look
like nothing it was trained on. So each camera's lessons are the training set of a small classifier on top of
it: the logarithm of the network's probabilities is the starting point, and a correction is added that is
smooth over the embedding, a Gaussian process with two parts (C. E. Rasmussen and C. K. I. Williams, Gaussian
Processes for Machine Learning, 2006, sections 3.4 and 3.5): one that is the same for all pictures of the
camera (a moved threshold), and one that is shared by pictures alike and fades with their distance to the
lessons. Few lessons move little; a lesson that the network got right moves next to nothing. A share of wrong
lessons is expected: one that the network and the others contradict counts little.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from agent.vision.network import Vector

Matrix = npt.NDArray[np.float64]
_LEAST = 1e-6
_STEPS, _EXACT = 30, 1e-4
_DOUBT = 0.2  # a lesson that the others give less is doubtful
_LOOKS, _SAID = 0.7, 1 / 8  # weights of a picture's looks and of the network's word when likeness is measured


class Say(msgspec.Struct, frozen=True):
    """How much lessons may say, in units of the logarithm of probabilities (variances) and of distance.

    `threshold`: variance of what holds for all pictures; `likeness`: of what holds for pictures alike, those
    that `_points` puts within about `reach` of each other; `own`: of what is one picture's own and says
    nothing of others, which keeps a wrong lesson from being believed. Chosen on renders of trucks that the
    network never saw, see docs/load-model.md.
    """

    threshold: float = 3.0
    likeness: float = 64.0
    reach: float = 0.6
    own: float = 16.0


class Lesson(msgspec.Struct, frozen=True):
    """One confirmed picture: the index of its class, and the network's answers `p` (C,), `embedding` (D,)."""

    taught: int
    p: Vector
    embedding: Vector


class Lessons:
    """A camera's lessons, ready to correct; raises ValueError when there are none."""

    def __init__(self, lessons: list[Lesson], say: Say | None = None) -> None:
        if not lessons:
            raise ValueError("no lessons")
        self._say = say or Say()
        self._first = np.stack([_log(lesson.p) for lesson in lessons])
        self._points = _points(self._first, np.stack([lesson.embedding for lesson in lessons]))
        self._taught = np.array([lesson.taught for lesson in lessons])
        self._within = self._kernel(self._points) + self._say.own * np.eye(len(lessons))
        self._pull = _fit(self._within, self._first, self._taught, np.zeros_like(self._first))

    def correct(self, p: Vector, embedding: Vector) -> Vector:
        """The probabilities (C,) after the lessons; they add up to 1."""
        first = _log(p)[None]
        added = self._kernel(_points(first, embedding[None])) @ self._pull
        return np.asarray(_normal(first + added)[0], np.float32)

    def doubtful(self) -> list[int]:
        """Which lessons the network and the others together take for something else, by their index."""
        found = []
        for i in range(len(self._taught)):
            p = self._without(i)
            if p.argmax() != self._taught[i] and p[self._taught[i]] < _DOUBT:
                found.append(i)
        return found

    def _without(self, i: int) -> Matrix:
        others = [k for k in range(len(self._taught)) if k != i]
        if not others:
            return np.asarray(_normal(self._first)[0])
        within = self._within[np.ix_(others, others)]
        pull = _fit(within, self._first[others], self._taught[others], self._pull[others])
        added = self._kernel(self._points[i][None])[:, others] @ pull
        return np.asarray(_normal(self._first[i][None] + added)[0])

    def _kernel(self, points: Matrix) -> Matrix:
        """(m, K) points -> (m, n) covariances with the lessons."""
        say, own = self._say, self._points
        apart = (points**2).sum(1)[:, None] + (own**2).sum(1) - 2 * points @ own.T
        alike = np.exp(-np.maximum(apart, 0) / (2 * say.reach**2))
        return np.asarray(say.threshold + say.likeness * alike)


def _fit(kernel: Matrix, first: Matrix, taught: npt.NDArray[np.int_], start: Matrix) -> Matrix:
    """The pull (n, C) of each lesson at the most probable correction: what it still misses there.

    Newton's method (Rasmussen and Williams, section 3.5), with steps halved until they lead upwards.
    """
    count, classes = first.shape
    wanted, wide = np.eye(classes)[taught], np.kron(kernel, np.eye(classes))
    pull = start.copy()
    for _ in range(_STEPS):
        p = _normal(first + kernel @ pull)
        missing = wanted - p - pull
        if np.abs(missing).max() < _EXACT:
            break
        spread = np.zeros((count, classes, count, classes))
        rows = np.arange(count)
        spread[rows, :, rows] = p[:, :, None] * (np.eye(classes) - p[:, None, :])
        steep = np.eye(count * classes) + spread.reshape(wide.shape) @ wide
        move = np.linalg.solve(steep, missing.ravel()).reshape(pull.shape)
        now, share = _worth(kernel, first, taught, pull), 1.0
        while share > _EXACT and _worth(kernel, first, taught, pull + share * move) < now:
            share /= 2
        pull += share * move
    return pull


def _worth(kernel: Matrix, first: Matrix, taught: npt.NDArray[np.int_], pull: Matrix) -> float:
    """The logarithm of how probable the correction of this pull is, up to a constant."""
    p = _normal(first + kernel @ pull)[np.arange(len(taught)), taught]
    return float(np.log(np.maximum(p, _LEAST**3)).sum() - 0.5 * (pull * (kernel @ pull)).sum())


def _points(first: Matrix, embeddings: npt.NDArray[np.float32]) -> Matrix:
    """Where pictures lie for telling which are alike: (n, C) log probabilities, (n, D) -> (n, D + C).

    The direction of the embedding, and beside it what the network made of it, since most of an embedding is
    light and camera rather than load.
    """
    rows = np.asarray(embeddings, np.float64)
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _LEAST)
    said = first - first.mean(1, keepdims=True)
    return np.hstack([_LOOKS * unit, _SAID * said])


def _log(p: Vector) -> Matrix:
    return np.log(np.maximum(np.asarray(p, np.float64), _LEAST))


def _normal(logits: Matrix) -> Matrix:
    """(n, C) -> probabilities, rows adding up to 1."""
    row = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(row / row.sum(1, keepdims=True))
