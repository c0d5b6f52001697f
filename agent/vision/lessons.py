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
_STEPS = 400


class Say(msgspec.Struct, frozen=True):
    """How much lessons may say, in units of the logarithm of probabilities (variances) and of distance.

    `threshold`: variance of what holds for all pictures; `likeness`: of what holds for pictures alike; two
    pictures are alike whose unit embeddings differ by about `reach`; `wrong` is the share of lessons
    expected to be wrong. Chosen on renders of trucks that the network never saw, see docs/load-model.md.
    """

    threshold: float = 1.0
    likeness: float = 4.0
    reach: float = 0.5
    wrong: float = 0.05


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
        self._points = np.stack([_unit(lesson.embedding) for lesson in lessons])
        self._first = np.stack([_log(lesson.p) for lesson in lessons])
        self._taught = np.array([lesson.taught for lesson in lessons])
        self._pull = self._learn()

    def correct(self, p: Vector, embedding: Vector) -> Vector:
        """The probabilities (C,) after the lessons; they add up to 1."""
        added = self._kernel(_unit(embedding)[None]) @ self._pull
        return np.asarray(_normal(_log(p)[None] + added)[0], np.float32)

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
        points, first = self._points[others], self._first[others]
        pull = _fit(self._kernel(points)[:, others], first, self._taught[others], self._say.wrong)
        added = self._kernel(self._points[i][None])[:, others] @ pull
        return np.asarray(_normal(self._first[i][None] + added)[0])

    def _learn(self) -> Matrix:
        return _fit(self._kernel(self._points), self._first, self._taught, self._say.wrong)

    def _kernel(self, points: Matrix) -> Matrix:
        """(m, D) unit embeddings -> (m, n) covariances with the lessons."""
        say = self._say
        apart = np.maximum(2 - 2 * points @ self._points.T, 0)
        return say.threshold + say.likeness * np.exp(-apart / (2 * say.reach**2))


_DOUBT = 0.2


def _fit(kernel: Matrix, first: Matrix, taught: npt.NDArray[np.int_], wrong: float) -> Matrix:
    """The pull (n, C) of each lesson at the most probable correction, found by damped iteration.

    At the maximum a lesson's pull is the gradient of its log likelihood: what is still missing, times how
    far the lesson is believed.
    """
    classes = first.shape[1]
    wanted = np.eye(classes)[taught]
    step = 1 / (1 + 0.5 * float(np.linalg.eigvalsh(kernel)[-1]))
    pull = np.zeros_like(first)
    for _ in range(_STEPS):
        p = _normal(first + kernel @ pull)
        right = (1 - wrong) * p[np.arange(len(taught)), taught]
        believed = right / (right + wrong / classes)
        pull += step * (believed[:, None] * (wanted - p) - pull)
    return pull


def _unit(embedding: Vector) -> Matrix:
    row = np.asarray(embedding, np.float64)
    return row / max(float(np.linalg.norm(row)), _LEAST)


def _log(p: Vector) -> Matrix:
    return np.log(np.maximum(np.asarray(p, np.float64), _LEAST))


def _normal(logits: Matrix) -> Matrix:
    """(n, C) -> probabilities, rows adding up to 1."""
    row = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(row / row.sum(1, keepdims=True))
