"""All that judge a frame: the model that decides and, if there is one, a model on trial beside it."""

import logging
from collections.abc import Iterator
from pathlib import Path

import cv2

from agent.errors import ModelError
from agent.model import LoadReading
from agent.vision.judge import Judge, Judgement
from agent.vision.wire import CameraSpec, Setup
from drivers.camera.frame import Frame

log = logging.getLogger("vision")


class Judges:
    """The deciding judge, and the shadow, which sees each `every`-th of the frames that the other sees.

    `lost` says why a shadow that was asked for isn't there: it must never stop the one that decides. Not for
    several threads at once.
    """

    def __init__(
        self, judge: Judge, shadow: Judge | None = None, every: int = 1, lost: str | None = None
    ) -> None:
        self._judge, self.shadow, self._every, self.lost = judge, shadow, every, lost
        self._seen: dict[str, int] = {}

    @classmethod
    def load(cls, setup: Setup) -> "Judges":
        """As the first order says; raises ModelError when the deciding model can't be had."""
        teaching = Path(setup.teaching) if setup.teaching else None
        judge = Judge.load(Path(setup.model) if setup.model else None, teaching, setup.runtime)
        if setup.shadow is None:
            return cls(judge)
        try:
            shadow = Judge.load(Path(setup.shadow), teaching, setup.runtime)
        except ModelError as e:
            log.warning("%s; going on without the shadow", e)
            return cls(judge, lost=str(e))
        return cls(judge, shadow, setup.shadow_every)

    @property
    def model(self) -> str:
        """The version of the model that decides."""
        return self._judge.model

    @property
    def input(self) -> int:
        """The side of the largest square that a network looks at, px; no frame need show more of the bed."""
        return max(judge.input for judge in (self._judge, self.shadow) if judge)

    def readings(self, spec: CameraSpec, frame: Frame) -> Iterator[LoadReading]:
        """What they say of a frame of a body camera, the deciding one first."""
        yield _reading(self._judge, spec, frame)
        if self.shadow is None:
            return
        number = self._seen.get(spec.name, 0)
        self._seen[spec.name] = number + 1
        if number % self._every == 0:
            yield _reading(self.shadow, spec, frame, shadow=True)


def _reading(judge: Judge, spec: CameraSpec, frame: Frame, *, shadow: bool = False) -> LoadReading:
    try:
        seen = judge.judge(spec.name, frame.image, spec.roi)
    except (cv2.error, ValueError) as e:
        log.warning("camera %s: frame %d could not be judged: %s", spec.name, frame.number, e)
        seen = Judgement("unknown", None, usable=False, reason="model failed")
    return LoadReading(
        mono_ns=frame.mono_ns,
        camera=spec.name,
        state=seen.state,
        p=seen.p,
        usable=seen.usable,
        reason=seen.reason,
        model=judge.model,
        frame=frame.number,
        teaching=seen.teaching,
        shadow=shadow,
    )
