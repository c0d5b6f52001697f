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
    nothing of others, which keeps a wrong lesson from being believed; `untaught`: the share of its chance
    that a state which can't be taught keeps at least. Chosen on renders of trucks that the network never saw,
    see docs/load-model.md.
    """

    threshold: float = 3.0
    likeness: float = 64.0
    reach: float = 0.6
    own: float = 16.0
    untaught: float = 0.5


class Lesson(msgspec.Struct, frozen=True):
    """One confirmed picture: the index of its class, and the network's answers `p` (C,), `embedding` (D,)."""

    taught: int
    p: Vector
    embedding: Vector


class Lessons:
    """A camera's lessons, ready to correct; raises ValueError when there are none.

    Lessons of one state alone say where it is and not where it ends, so they change nothing. Those of two
    change the odds between these, and the state `guarded`, the one that accuses, may only fall. When all
    `teachable` states are taught, all is corrected. States are indices of classes.
    """

    def __init__(
        self, lessons: list[Lesson], teachable: frozenset[int], guarded: int, say: Say | None = None
    ) -> None:
        if not lessons:
            raise ValueError("no lessons")
        self._say = say or Say()
        self._taught = np.array([lesson.taught for lesson in lessons])
        self._logs = np.stack([_log(lesson.p) for lesson in lessons])
        self._points = _points(self._logs, np.stack([lesson.embedding for lesson in lessons]))
        known = {int(state) for state in self._taught}
        self._guarded = guarded if known != teachable else None
        every = range(self._logs.shape[1])
        self._free = sorted(known) if self._guarded is not None else list(every)
        self._spared = [state for state in self._free if state not in teachable]
        self._wanted = (self._taught[:, None] == self._free).astype(np.float64)
        self._within = self._kernel(self._points) + self._say.own * np.eye(len(lessons))
        first = self._logs[:, self._free]
        self._pull = _fit(self._within, first, self._wanted, np.zeros_like(first))

    def correct(self, p: Vector, embedding: Vector) -> Vector:
        """The probabilities (C,) after the lessons; they add up to 1."""
        logs = _log(p)[None]
        before = _normal(logs)[0]
        added = self._kernel(_points(logs, embedding[None])) @ self._pull
        after = before.copy()
        after[self._free] = before[self._free].sum() * _normal(logs[:, self._free] + added)[0]
        most = {} if self._guarded is None else {self._guarded: before[self._guarded]}
        least = {state: self._say.untaught * before[state] for state in self._spared}
        return np.asarray(_bounded(after, self._free, least, most), np.float32)

    def doubtful(self) -> list[int]:
        """Which lessons the network and the others together take for something else, by their index."""
        found = []
        for i in range(len(self._taught)):
            p = self._without(i)
            if p.argmax() != self._taught[i] and p[self._taught[i]] < _DOUBT:
                found.append(i)
        return found

    def _without(self, i: int) -> Matrix:
        """What lesson `i` would be taken for without it, among all classes."""
        others = [k for k in range(len(self._taught)) if k != i]
        if not others:
            return np.asarray(_normal(self._logs)[0])
        within = self._within[np.ix_(others, others)]
        pull = _fit(within, self._logs[others][:, self._free], self._wanted[others], self._pull[others])
        logs = self._logs[i].copy()
        logs[self._free] += (self._kernel(self._points[i][None])[:, others] @ pull)[0]
        return np.asarray(_normal(logs[None])[0])

    def _kernel(self, points: Matrix) -> Matrix:
        """(m, K) points -> (m, n) covariances with the lessons."""
        say, own = self._say, self._points
        apart = (points**2).sum(1)[:, None] + (own**2).sum(1) - 2 * points @ own.T
        alike = np.exp(-np.maximum(apart, 0) / (2 * say.reach**2))
        return np.asarray(say.threshold + say.likeness * alike)


def _bounded(p: Matrix, free: list[int], least: dict[int, float], most: dict[int, float]) -> Matrix:
    """Probabilities with one of the free states held within its bound, the other free ones scaled to fit."""
    for state in free:
        held = min(max(p[state], least.get(state, 0.0)), most.get(state, 1.0))
        others = [k for k in free if k != state]
        rest = p[others].sum()
        if held != p[state] and rest > _LEAST:
            p[others] *= (rest + p[state] - held) / rest
            p[state] = held
    return p


def _fit(kernel: Matrix, first: Matrix, wanted: Matrix, start: Matrix) -> Matrix:
    """The pull (n, C) of each lesson at the most probable correction: what it still misses there.

    Newton's method (Rasmussen and Williams, section 3.5), with steps halved until they lead upwards.
    """
    count, classes = first.shape
    wide = np.kron(kernel, np.eye(classes))
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
        now, share = _worth(kernel, first, wanted, pull), 1.0
        while share > _EXACT and _worth(kernel, first, wanted, pull + share * move) < now:
            share /= 2
        pull += share * move
    return pull


def _worth(kernel: Matrix, first: Matrix, wanted: Matrix, pull: Matrix) -> float:
    """The logarithm of how probable the correction of this pull is, up to a constant."""
    right = (_normal(first + kernel @ pull) * wanted).sum(1)
    return float(np.log(np.maximum(right, _LEAST**3)).sum() - 0.5 * (pull * (kernel @ pull)).sum())


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
