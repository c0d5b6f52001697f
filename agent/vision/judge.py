"""From a frame to the word on it."""

from pathlib import Path

import msgspec

from agent.model import LoadState, Probabilities
from agent.vision.classifier import Classifier
from agent.vision.network import Runtime
from agent.vision.preprocess import Picture, Roi
from agent.vision.taught import School, Taught
from agent.vision.teaching import Teaching


class Judgement(msgspec.Struct, frozen=True):
    """The word on one frame: the likeliest class, or `unknown` when the frame isn't usable.

    `p` is None for a frame the network wasn't asked about; `reason` says why it isn't usable: dark, glare,
    blocked, blurred. `teaching` is the version of what this camera was taught, None for nothing.
    """

    state: LoadState
    p: Probabilities | None
    usable: bool
    reason: str | None
    teaching: str | None = None


class Judge:
    """Judges frames with a model. Not for several threads at once."""

    def __init__(self, classifier: Classifier, teaching: Path | None = None) -> None:
        self._classifier = classifier
        self._school = School(Teaching(teaching), classifier) if teaching else None

    @classmethod
    def load(
        cls, manifest: Path | None = None, teaching: Path | None = None, runtime: Runtime = "opencv"
    ) -> "Judge":
        """With the model that a manifest file describes (None: the shipped one) and a folder of teaching.

        Raises ModelError. The folder need not exist; what it holds of a camera is read when it is first
        asked for, and again when it changes.
        """
        return cls(Classifier.load(manifest, runtime), teaching)

    @property
    def input(self) -> int:
        """The side of the square that the network looks at, px; a frame need not show more on the bed."""
        return self._classifier.manifest.input

    @property
    def model(self) -> str:
        """The version of its model."""
        return self._classifier.version

    def judge(self, camera: str, frame: Picture, roi: Roi) -> Judgement:
        """Judge a frame of `camera` (uint8: height, width, BGR; grey and BGRA too), from 1 x 1 px.

        `roi` are relative corners of the bed's opening; fewer than three mean the whole frame.
        """
        picture = self._classifier.prepare(frame, roi)
        reason = self._classifier.unusable(picture)
        if reason is not None:
            return Judgement("unknown", None, usable=False, reason=reason)
        manifest = self._classifier.manifest
        answer, taught = self._classifier.ask(picture), self.taught(camera)
        row = answer.p if taught is None else taught.lessons.correct(answer.p, answer.embedding)
        p = {c: float(v) for c, v in zip(manifest.classes, row, strict=True)}
        said = word(p, manifest.accuse)
        version = taught.version if taught else None
        return Judgement(said, Probabilities(**p), usable=True, reason=None, teaching=version)

    def taught(self, camera: str) -> Taught | None:
        """What it was taught of a camera, as the folder is now."""
        return self._school.of(camera) if self._school and camera else None


def word(p: dict[LoadState, float], accuse: float) -> LoadState:
    """The likeliest class; `uncovered` only from `accuse` on, below it the likeliest other."""
    first, second = sorted(p, key=lambda c: -p[c])[:2]
    return second if first == "uncovered" and p[first] < accuse else first
