"""One camera, judged and smoothed as the daemon does it, for commands that watch."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from agent.cli.camera_classify import taught_camera
from drivers.errors import DeviceMissing

if TYPE_CHECKING:
    from agent.model import LoadReading
    from agent.rules.smoothing import Belief
    from agent.vision.wire import CameraSpec
    from drivers.camera.frame import Frame
    from drivers.camera.spec import CameraSource

_SECOND = 1_000_000_000


class Watcher:
    """One camera, judged and smoothed as in the daemon; raises ConfigError, ModelError, PlatformMissing."""

    def __init__(self, source: "CameraSource", config: Path, more: dict[str, Any]) -> None:
        from agent.cli.camera_teach import read_config
        from agent.config import Load
        from agent.config_vision import Vision
        from agent.settings import smoothing
        from agent.vision.condition.condition import Condition
        from agent.vision.judge import Judge
        from agent.vision.wire import CameraSpec
        from drivers.camera.capture import Capture
        from drivers.camera.stream import Opener
        from drivers.clock import SystemClock

        known = read_config(config, needed=False)
        load, vision = (known.load, known.vision) if known else (Load(), Vision())
        self._spec = CameraSpec(**msgspec.structs.asdict(source))
        if more["roi"]:
            self._spec = msgspec.structs.replace(self._spec, roi=more["roi"])
        self._camera = more["name"] or (taught_camera(more["teaching"], None) if more["teaching"] else "")
        self._judge = Judge.load(vision.model, more["teaching"] or vision.teaching, vision.runtime)
        self._condition = Condition(self._spec.roi, vision.health)
        self._how, self._clock, self._came = smoothing(load), SystemClock(0), threading.Event()
        self._period_ns = round(_SECOND / more["fps"])
        self.capture = Capture(
            self._spec, self._clock, self._came.set, Opener(v4l_timeout_s=self._spec.read_timeout_s)
        )
        self.began_ns = self._clock.mono_ns()
        self.frame: Frame | None = None

    @property
    def spec(self) -> "CameraSpec":
        """The camera, with the bed's corners that are used."""
        return self._spec

    def readings(self, stop: threading.Event) -> "Iterator[tuple[LoadReading, Belief]]":
        """Until `stop` or the end of a file; raises DeviceMissing when no picture ever came."""
        from agent.rules.smoothing import observe

        belief: Belief | None = None
        for frame in self._frames(stop):
            self.frame, reading = frame, self._read(frame)
            belief = observe(belief, reading, self._how)
            yield reading, belief

    def close(self) -> None:
        """Close the camera."""
        self.capture.stop(0.5)

    def _frames(self, stop: threading.Event) -> "Iterator[Frame]":
        self.capture.aim(_SECOND / self._period_ns)
        self.capture.start()
        due_ns, last = self._clock.mono_ns(), None
        while not stop.is_set():
            if self._clock.mono_ns() >= due_ns:
                self.capture.want()
            self._came.wait(0.1)
            self._came.clear()
            frame = self.capture.newest()
            if frame is not None and frame.number != last and frame.mono_ns >= due_ns:
                last, due_ns = frame.number, max(due_ns + self._period_ns, frame.mono_ns)
                yield frame
            if self._over(seen=last is not None):
                return

    def _over(self, *, seen: bool) -> bool:
        """Whether the stream has ended for good; a lost camera is opened again."""
        failed = self.capture.failed
        if failed and not seen:
            where = f"camera {self._spec.name} ({self._spec.shown})"
            raise DeviceMissing(failed, where=where, remedy="check power, cable and address")
        if failed and self._spec.kind == "file":
            return True
        if failed:
            click.echo(f"{self._spec.shown}: {failed}", err=True)
        self.capture.tend()
        return False

    def _read(self, frame: "Frame") -> "LoadReading":
        """The frame's reading; of a camera with a fault it is unusable, as it is for the rules."""
        from agent.model import LoadReading

        self._condition.look(frame)
        faults = self._condition.faults()
        seen = self._judge.judge(self._camera, frame.image, self._spec.roi)
        if faults:
            seen = msgspec.structs.replace(seen, state="unknown", p=None, usable=False, reason=faults[0].kind)
        return LoadReading(
            frame.mono_ns,
            self._spec.name,
            seen.state,
            seen.p,
            seen.usable,
            seen.reason,
            self._judge.model,
            frame.number,
            seen.teaching,
        )
