"""A camera's teaching as a model understands it: loaded from the folder, loaded again when that changes."""

import logging

import msgspec
import numpy as np

from agent.vision.classifier import Answer, Classifier
from agent.vision.lessons import Lesson, Lessons
from agent.vision.manifest import Manifest
from agent.vision.network import Vector
from agent.vision.teaching import STATES, Answers, Crop, Teaching, version

log = logging.getLogger(__name__)


class Taught(msgspec.Struct, frozen=True):
    """What one camera was taught: its version, the lessons, and the crops behind them in the same order."""

    version: str
    lessons: Lessons
    crops: tuple[Crop, ...]

    @property
    def missing(self) -> list[str]:
        """The states without a picture: before all have one, little is corrected, and no accusation added."""
        return [state for state in STATES if state not in {crop.state for crop in self.crops}]

    def doubtful(self) -> list[Crop]:
        """Pictures that the model and all others take for another state than was confirmed."""
        return [self.crops[i] for i in self.lessons.doubtful()]


class School:
    """The teaching of all cameras for one model. Not for several threads at once."""

    def __init__(self, teaching: Teaching, classifier: Classifier) -> None:
        self._teaching, self._classifier = teaching, classifier
        self._known: dict[str, tuple[tuple[int, ...], Taught | None]] = {}

    def of(self, camera: str) -> Taught | None:
        """What `camera` was taught by now; None for nothing, and what was known while it can't be read."""
        stamp = self._teaching.stamp(camera)
        before = self._known.get(camera)
        if before and before[0] == stamp:
            return before[1]
        try:
            taught = self._load(camera)
        except OSError as e:
            log.warning("teaching of camera %s can't be read: %s", camera, e)
            taught = before[1] if before else None
        self._known[camera] = self._teaching.stamp(camera), taught
        return taught

    def _load(self, camera: str) -> Taught | None:
        answers = self._teaching.answers(camera, self._classifier.manifest.sha256)
        crops, lessons, new = [], [], Answers(answers.sha256)
        for crop in self._teaching.crops(camera):
            answer = self._kept(answers, crop.name) or self._ask(crop)
            if answer is None:
                continue
            new.p[crop.name], new.embedding[crop.name] = answer.p.tobytes(), answer.embedding.tobytes()
            crops.append(crop)
            lessons.append(
                Lesson(self._classifier.manifest.classes.index(crop.state), answer.p, answer.embedding)
            )
        if new != answers:
            self._teaching.remember(camera, new)
        name = version(crops)
        if name is None:
            return None
        return Taught(name, lessons_of(lessons, self._classifier.manifest), tuple(crops))

    def _kept(self, answers: Answers, name: str) -> Answer | None:
        p, embedding = _vector(answers.p.get(name)), _vector(answers.embedding.get(name))
        manifest = self._classifier.manifest
        if p is None or embedding is None:
            return None
        whole = p.shape == (len(manifest.classes),) and embedding.shape == (manifest.embedding,)
        return (
            Answer(p, embedding) if whole and np.isfinite(p).all() and np.isfinite(embedding).all() else None
        )

    def _ask(self, crop: Crop) -> Answer | None:
        picture = self._teaching.picture(crop)
        return None if picture is None else self._classifier.ask(self._classifier.prepare(picture, ()))


def lessons_of(lessons: list[Lesson], manifest: Manifest) -> Lessons:
    """Lessons for a model with that order of classes; `uncovered` is the state that accuses."""
    index = manifest.classes.index
    return Lessons(lessons, frozenset(map(index, STATES)), index("uncovered"))


def _vector(content: bytes | None) -> Vector | None:
    if content is None or len(content) % 4:
        return None
    return np.frombuffer(content, np.float32)
