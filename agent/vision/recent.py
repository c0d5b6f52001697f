"""The last seconds of a body camera, so that an event has a picture of before it: JPEGs, few and bounded.

What the camera sent as JPEG is kept as it came; another picture is coded, at most `LEAST_NS` apart and not
wider than `WIDTH`. When the bytes are used up every other moment goes, not the oldest: a picture of long
before is worth more than a second one of just now.
"""

from itertools import pairwise

import cv2
import numpy as np

from drivers.camera.frame import Frame
from drivers.camera.jpeg import encode, jpeg_size

SECOND = 1_000_000_000
LEAST_NS = SECOND
WIDTH = 1280
QUALITY = 80


class _Kept:
    __slots__ = ("coded", "mono_ns", "number")

    def __init__(self, frame: Frame, coded: bytes) -> None:
        self.number, self.mono_ns, self.coded = frame.number, frame.mono_ns, coded


class Recent:
    """Frames of the last `span_s`, together at most `most_bytes`; either 0: none are kept."""

    def __init__(self, span_s: float, most_bytes: int) -> None:
        self._span_ns, self._most = round(span_s * SECOND), most_bytes
        self._kept: list[_Kept] = []

    @property
    def bytes(self) -> int:
        """What is held."""
        return sum(len(kept.coded) for kept in self._kept)

    def hold(self, frame: Frame) -> None:
        """Keep a frame, unless one of the last second is kept."""
        if not self._span_ns or not self._most:
            return
        if self._kept and frame.mono_ns - self._kept[-1].mono_ns < LEAST_NS:
            return
        coded = frame.coded if frame.coded is not None else _coded(frame)
        if coded is None or len(coded) > self._most:
            return
        self._kept.append(_Kept(frame, coded))
        begin = frame.mono_ns - self._span_ns - LEAST_NS
        self._kept = [kept for kept in self._kept if kept.mono_ns >= begin]
        while self.bytes > self._most:
            del self._kept[self._least()]

    def at(self, mono_ns: int) -> Frame | None:
        """The kept frame nearest to a moment, if it is nearer than half the span; None: there is none."""
        best = min(self._kept, key=lambda kept: abs(kept.mono_ns - mono_ns), default=None)
        if best is None or abs(best.mono_ns - mono_ns) > self._span_ns // 2:
            return None
        small = cv2.imdecode(np.frombuffer(best.coded, np.uint8), cv2.IMREAD_REDUCED_COLOR_8)
        if small is None:
            return None
        return Frame(
            np.asarray(small, np.uint8), best.number, best.mono_ns, best.coded, jpeg_size(best.coded)
        )

    def _least(self) -> int:
        """The one between two others that are nearest to each other; of two, the older."""
        gaps = [after.mono_ns - before.mono_ns for before, after in pairwise(self._kept)]
        inner = [(a + b, at + 1) for at, (a, b) in enumerate(pairwise(gaps))]
        return min(inner)[1] if inner else 0


def _coded(frame: Frame) -> bytes | None:
    """A frame that came without JPEG, coded; None when that fails, which costs only this one."""
    image = frame.image
    if image.shape[1] > WIDTH:
        height = round(image.shape[0] * WIDTH / image.shape[1])
        image = np.asarray(cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)
    try:
        return encode(image, QUALITY)
    except ValueError:
        return None
