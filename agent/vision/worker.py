"""The vision process: owns every camera and the model, so that a native crash or hang costs only it.

Run as `python -I -m agent.vision.worker`; orders come on stdin, reports go to stdout (`agent.vision.wire`),
log lines go to stderr. It ends when stdin closes, on SIGTERM, and when it cannot do its work.
"""

import logging
import os
import selectors
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Protocol

import cv2

from agent.errors import AgentError
from agent.model import LoadReading, LoadState, Probabilities
from agent.vision.wire import (
    CameraSpec,
    Failed,
    FromVision,
    Rate,
    Ready,
    Seen,
    Setup,
    Shot,
    ShotDone,
    ToVision,
    Watched,
    orders,
    send,
)
from drivers.camera.capture import Capture
from drivers.camera.frame import Frame, Image
from drivers.camera.stream import prepare_process
from drivers.clock import Clock, SystemClock

log = logging.getLogger("vision")
SECOND = 1_000_000_000
_MOST_HUNG = 3
_SHOT_NS = 3 * SECOND
Roi = tuple[tuple[float, float], ...]


class Judgement(Protocol):
    """What the classifier says of one frame."""

    @property
    def state(self) -> LoadState:
        """The likeliest state, or unknown."""
        ...

    @property
    def p(self) -> Probabilities | None:
        """Probability per state."""
        ...

    @property
    def usable(self) -> bool:
        """Whether the picture can be judged."""
        ...

    @property
    def reason(self) -> str | None:
        """Why it cannot."""
        ...


class Judge(Protocol):
    """The classifier."""

    @property
    def version(self) -> str:
        """The model's version."""
        ...

    def judge(self, image: Image, roi: Roi) -> Judgement:
        """Judge one BGR picture; `roi` relative corners, or empty for all of it."""
        ...


class _Eye:
    """One camera: its capture, and when it is to be judged or photographed next."""

    def __init__(self, spec: CameraSpec, capture: Capture, now: int) -> None:
        self.spec, self.capture = spec, capture
        self.due_ns = self.asked_ns = now
        self.asked = False
        self.shots: list[tuple[int, Path]] = []


class Vision:
    """The work: one loop that waits for orders and frames, a thread per camera, one that writes shots."""

    def __init__(
        self, setup: Setup, judge: Judge, report: Callable[[FromVision], None], clock: Clock
    ) -> None:
        self._judge, self._report, self._clock = judge, report, clock
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._ended = False
        now = clock.mono_ns()
        self._period_ns = round(SECOND / setup.fps)
        self._second_ns = now
        self._eyes = {s.name: _Eye(s, Capture(s, clock, self._poke), now) for s in setup.cameras}
        self._writer = ThreadPoolExecutor(1, "shots")

    def run(self, pipe: int) -> None:
        """Work until the pipe of orders ends or `end` is called; raises AgentError when too much hangs."""
        incoming = orders()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            for eye in self._eyes.values():
                eye.capture.start()
            while not self._ended:
                for key, _ in selector.select(self._pause_s()):
                    part = os.read(key.fd, 8 if key.fd == self._wake else 65536)
                    if not part:
                        return
                    if key.fd == pipe:
                        for order in incoming.feed(part):
                            self._obey(order)
                self._turn()

    def end(self) -> None:
        """Make `run` return; callable from a signal's handler and from any thread."""
        self._ended = True
        self._poke()

    def close(self) -> None:
        """Close the cameras and finish the shots; a thread that hangs in native code is left behind."""
        for eye in self._eyes.values():
            eye.capture.stop()
        for eye in self._eyes.values():
            eye.capture.stop(0.3)
        self._writer.shutdown(wait=False)

    def _poke(self) -> None:
        os.eventfd_write(self._wake, 1)

    def _pause_s(self) -> float:
        """Until the next thing is due; frames and orders end the pause sooner."""
        eyes = self._eyes.values()
        due = [self._second_ns, *(e.due_ns for e in eyes if e.spec.role == "body" and not e.asked)]
        return min(1.0, max(0.0, (min(due) - self._clock.mono_ns()) / SECOND))

    def _obey(self, order: ToVision) -> None:
        if isinstance(order, Rate):
            self._period_ns = round(SECOND / order.fps)
            for eye in self._eyes.values():
                eye.due_ns = min(eye.due_ns, self._clock.mono_ns() + self._period_ns)
        elif isinstance(order, Shot):
            self._aim(order)

    def _aim(self, shot: Shot) -> None:
        eye = self._eyes.get(shot.camera)
        if eye is None:
            self._report(ShotDone(shot.path, f"no camera {shot.camera}"))
            return
        eye.shots.append((self._clock.mono_ns(), Path(shot.path)))
        eye.capture.want()

    def _turn(self) -> None:
        now = self._clock.mono_ns()
        if now >= self._second_ns:
            self._second_ns = max(self._second_ns + SECOND, now)
            self._watch()
        for eye in self._eyes.values():
            frame = eye.capture.newest()
            self._shoot(eye, frame, now)
            if eye.spec.role == "body":
                self._look(eye, frame, now)

    def _watch(self) -> None:
        for eye in self._eyes.values():
            eye.capture.tend()
            self._report(Watched(eye.capture.health()))
        hung = sum(eye.capture.abandoned for eye in self._eyes.values())
        if hung > _MOST_HUNG:
            raise AgentError(
                f"{hung} camera threads hang in native code", where="vision process", remedy="it is restarted"
            )

    def _look(self, eye: _Eye, frame: Frame | None, now: int) -> None:
        """Ask for a frame when one is due; judge the first that comes after that, and none twice."""
        if not eye.asked and now >= eye.due_ns:
            eye.asked, eye.asked_ns = True, eye.asked_ns if frame is None else now
            eye.capture.want()
        if eye.asked and frame is not None and frame.mono_ns >= eye.asked_ns:
            eye.asked = False
            eye.asked_ns = frame.mono_ns + 1
            eye.due_ns = max(eye.due_ns + self._period_ns, now)
            self._report(Seen(self._reading(eye.spec, frame)))

    def _reading(self, spec: CameraSpec, frame: Frame) -> LoadReading:
        state: LoadState = "unknown"
        p: Probabilities | None = None
        usable = False
        reason: str | None = "model failed"
        try:
            seen = self._judge.judge(frame.image, spec.roi)
            state, p, usable, reason = seen.state, seen.p, seen.usable, seen.reason
        except (cv2.error, ValueError) as e:
            log.warning("camera %s: frame %d could not be judged: %s", spec.name, frame.number, e)
        return LoadReading(
            frame.mono_ns, spec.name, state, p, usable, reason, self._judge.version, frame.number
        )

    def _shoot(self, eye: _Eye, frame: Frame | None, now: int) -> None:
        """Write the frame for every shot asked for before it; refuse shots for which none came in time."""
        waiting, eye.shots = eye.shots, []
        for asked_ns, path in waiting:
            if frame is not None and frame.mono_ns >= asked_ns:
                self._writer.submit(self._write, frame, path)
            elif now - asked_ns > _SHOT_NS:
                self._report(ShotDone(str(path), eye.capture.health().reason or "no new frame came"))
            else:
                eye.shots.append((asked_ns, path))

    def _write(self, frame: Frame, path: Path) -> None:
        error: str | None = None
        try:
            frame.save(path)
        except (OSError, ValueError) as e:
            error = f"cannot be written ({e})"
        self._report(ShotDone(str(path), error))


class _Outlet:
    """The pipe of reports, which the loop and the shots' thread share."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def __call__(self, message: FromVision) -> None:
        with self._lock:
            send(self._pipe, message)


def main() -> None:
    """The process from its first to its last line."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="vision %(levelname)s %(message)s")
    pipe, report = _claim_pipes()
    code = 1
    try:
        _work(pipe, report)
        code = 0
    except (OSError, ValueError, TypeError) as e:  # the main process is gone, or speaks another language
        log.warning("the pipe to the main process broke: %s", e)
    except AgentError as e:
        log.warning("%s", e)
        report(Failed(str(e)))
    if any(t.daemon and t.is_alive() for t in threading.enumerate()):
        os._exit(code)  # a camera's thread hangs in native code, which the interpreter would wait for
    sys.exit(code)


def _work(pipe: int, report: Callable[[FromVision], None]) -> None:
    from agent.vision.classifier import Classifier

    setup = _first_order(pipe)
    if setup is None:
        return
    _prepare(setup)
    classifier = Classifier.load(Path(setup.model) if setup.model else None)
    report(Ready(classifier.version, cv2.__version__))
    vision = Vision(setup, classifier, report, SystemClock(0))
    signal.signal(signal.SIGTERM, lambda *_: vision.end())
    try:
        vision.run(pipe)
    finally:
        vision.close()


def _first_order(pipe: int) -> Setup | None:
    """The Setup; None when the pipe ends before it. Reads byte by byte, so as not to swallow what follows."""
    incoming = orders()
    while part := os.read(pipe, 1):
        for order in incoming.feed(part):
            if not isinstance(order, Setup):
                raise TypeError(f"vision pipe: {type(order).__name__} before Setup")
            return order
    return None


def _prepare(setup: Setup) -> None:
    transports = {c.transport for c in setup.cameras}
    read_s = max((c.read_timeout_s for c in setup.cameras), default=5.0)
    prepare_process(transport="+".join(sorted(transports)) or "tcp", v4l_timeout_s=read_s)


def _claim_pipes() -> tuple[int, _Outlet]:
    """Take stdin and stdout for the messages; what native code prints to fd 1 goes to stderr from now on."""
    pipe, out = os.dup(0), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return pipe, _Outlet(out)


if __name__ == "__main__":
    main()
