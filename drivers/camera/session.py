"""One opening of a camera, in a thread of its own."""

import logging
import threading
from collections.abc import Callable
from typing import Literal

from drivers.camera.keyframes import SECOND, Keyframes
from drivers.camera.picture import Stream, Wait
from drivers.camera.spec import CameraSource
from drivers.clock import Clock
from drivers.errors import DriverError

log = logging.getLogger(__name__)
Open = Callable[[CameraSource, Wait, Keyframes], Stream]
Stage = Literal["opening", "reading", "ended"]


class Session:
    """Opens `source`, gives each frame to `took`, and ends with a `reason`, for another to begin anew.

    A stream whose keyframes turn out to suffice, or no longer do, is exchanged for one that decodes only
    them, or all.
    """

    def __init__(
        self,
        source: CameraSource,
        clock: Clock,
        opener: Open,
        keyframes: Keyframes,
        took: Callable[["Session", Stream], None],
    ) -> None:
        self.stop = threading.Event()
        self.stage: Stage = "opening"
        self.reason: str | None = None
        self.progress_ns = 0
        self._source, self._clock, self._opener = source, clock, opener
        self._keyframes, self._took = keyframes, took
        self.thread = threading.Thread(target=self._run, name=f"camera {source.name}", daemon=True)

    def start(self, now: int) -> None:
        """Begin, in the background; `now` is the clock's time."""
        self.progress_ns = now
        self.thread.start()

    @property
    def patience_ns(self) -> int:
        """How long the thread may make no progress; opening may take its own time-out and a margin."""
        source = self._source
        opening_s = source.open_timeout_s * 1.5 if self.stage == "opening" else 0.0
        return round(max(source.silent_s, opening_s) * SECOND)

    def _run(self) -> None:
        try:
            while self._read(self._opener(self._source, self.stop.wait, self._keyframes)):
                self.stage = "opening"
                self.progress_ns = self._clock.mono_ns()
        except DriverError as e:
            self.reason = e.what
        except Exception as e:  # noqa: BLE001 - whatever native code throws, the camera is opened again
            doing = "be opened" if self.stage == "opening" else "be read"  # the message may hold the address
            self.reason = f"could not {doing} ({type(e).__name__})"
        self.stage = "ended"

    def _read(self, stream: Stream) -> bool:
        """Read to the end; True when the stream is to be exchanged."""
        self.stage = "reading"
        self.progress_ns = self._clock.mono_ns()
        self._keyframes.begin()
        try:
            while not self.stop.is_set():
                if not stream.grab():
                    self.reason = self._end(stream)
                    return False
                self.progress_ns = self._clock.mono_ns()
                self._took(self, stream)
                if self._exchange(stream):
                    return True
        finally:
            stream.close()
        return False

    def _exchange(self, stream: Stream) -> bool:
        if stream.keyframe is None:
            return False
        self._keyframes.saw(self.progress_ns, key=stream.keyframe)
        suffice = self._keyframes.suffice
        if news := self._keyframes.news():
            log.info("camera %s: %s", self._source.name, news)
        return suffice != stream.only_keyframes

    def _end(self, stream: Stream) -> str:
        waited_ns = self._clock.mono_ns() - self.progress_ns
        if stream.only_keyframes and not self.stop.is_set():
            self._keyframes.missed(waited_ns)
        return f"no frame for {waited_ns / SECOND:.0f} s" if waited_ns >= SECOND else "the stream ended"
