"""What the vision process does all day: keep the cameras open, judge frames when they are due, take shots."""

import logging
import os
import selectors
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import msgspec

from agent.model import PictureFailed, PictureOrder
from agent.vision.condition.condition import Condition
from agent.vision.condition.reference import read_reference
from agent.vision.judges import Judges
from agent.vision.photographer import Photographer, beside_the_vehicle
from agent.vision.preprocess import bed_box
from agent.vision.recent import Recent
from agent.vision.wire import (
    Begin,
    CameraSpec,
    FromVision,
    Hung,
    Pictured,
    Rate,
    Seen,
    Setup,
    Shot,
    ShotDone,
    TakePicture,
    ToVision,
    Watched,
    orders,
)
from agent.vision.wishes import Wish, Wishes
from drivers.camera.capture import Capture
from drivers.camera.frame import Frame
from drivers.camera.jpeg import reduction
from drivers.camera.stream import Opener
from drivers.clock import Clock

log = logging.getLogger("vision")
SECOND = 1_000_000_000
_SHOT_NS = 3 * SECOND
_MOST_WRITING = 4  # frames that wait to be written; more wishes wait with their camera
_NEVER_NS = 10**9 * SECOND
_GLANCE_NS = 10 * SECOND  # between two frames of a cab camera, which are only looked at for its health


class _Eye:
    """One camera: its capture, and when it is to be judged or photographed next."""

    def __init__(
        self, spec: CameraSpec, capture: Capture, condition: Condition, recent: Recent, now: int
    ) -> None:
        self.spec, self.capture, self.condition = spec, capture, condition
        self.due_ns = self.asked_ns = now
        self.asked = False
        self.wishes = Wishes()
        self.recent = recent


class Vision:
    """The work: one loop that waits for orders and frames, a thread per camera, one that writes shots."""

    def __init__(
        self,
        setup: Setup,
        judges: Judges,
        report: Callable[[FromVision], None],
        clock: Clock,
        opener: Opener,
    ) -> None:
        self._judges, self._report, self._clock = judges, report, clock
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._ended = self._begun = False
        now = clock.mono_ns()
        self._period_ns = round(SECOND / setup.fps)
        self._second_ns = now
        self._eyes = {s.name: self._eye(setup, s, opener, now) for s in setup.cameras}
        self._aim_all()
        self._writer = ThreadPoolExecutor(1, "shots")
        self._writing = 0
        self._photographer = Photographer(setup.album) if setup.album else None

    def run(self, pipe: int) -> None:
        """Work until the pipe of orders ends or `end` is called."""
        incoming = orders()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
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

    def _eye(self, setup: Setup, spec: CameraSpec, opener: Opener, now: int) -> _Eye:
        body = spec.role == "body"
        still = read_reference(Path(setup.references), spec.name) if body and setup.references else None
        condition = Condition(spec.roi, setup.health, still, learn=body)
        recent = Recent(
            setup.album.ring_s if setup.album and body else 0.0, setup.album.ring_bytes if setup.album else 0
        )
        return _Eye(spec, self._capture(spec, opener), condition, recent, now)

    def _capture(self, spec: CameraSpec, opener: Opener) -> Capture:
        """A JPEG is decoded as small as leaves twice the model's input in what it looks at.

        Of 900 renders none was judged otherwise than decoded wholly; with once the input 2 of 300 were.
        """
        roi = spec.roi if spec.role == "body" else ()

        def detail(size: tuple[int, int]) -> int:
            x0, y0, x1, y1 = bed_box(*size, roi)
            return reduction((x1 - x0, y1 - y0), 2 * self._judges.input)

        return Capture(spec, self._clock, self._poke, opener, detail)

    def _aim_all(self) -> None:
        """Tell the captures how often a frame is wanted."""
        for eye in self._eyes.values():
            seldom = eye.spec.role == "cab" or self._period_ns == _NEVER_NS
            eye.capture.aim(None if seldom else self._period_ns / SECOND)

    def _poke(self) -> None:
        os.eventfd_write(self._wake, 1)

    def _pause_s(self) -> float:
        """Until the next thing is due; frames and orders end the pause sooner."""
        eyes = self._eyes.values()
        due = [self._second_ns, *(e.due_ns for e in eyes if e.spec.role == "body" and not e.asked)]
        return min(1.0, max(0.0, (min(due) - self._clock.mono_ns()) / SECOND))

    def _obey(self, order: ToVision) -> None:
        if isinstance(order, Begin):
            self._begun = True
            for eye in self._eyes.values():
                eye.capture.start()
        elif isinstance(order, Rate):
            self._period_ns = round(SECOND / order.fps) if order.fps else _NEVER_NS
            due_ns = self._clock.mono_ns() + self._period_ns
            for eye in self._eyes.values():
                eye.due_ns = min(eye.due_ns, due_ns) if order.fps else due_ns
                eye.asked = eye.asked and order.fps > 0
            self._aim_all()
        elif isinstance(order, Shot):
            self._aim(order)
        elif isinstance(order, TakePicture):
            self._picture(order.order)

    def _aim(self, shot: Shot) -> None:
        eye, now = self._eyes.get(shot.camera), self._clock.mono_ns()
        if eye is None:
            self._report(ShotDone(shot.path, f"no camera {shot.camera}"))
            return
        give = partial(self._submit, self._write, Path(shot.path), eye.spec)
        refuse = partial(self._refuse_shot, shot.path)
        eye.wishes.add(Wish(now, now + _SHOT_NS, give, refuse))
        eye.capture.want()

    def _picture(self, order: PictureOrder) -> None:
        wish = order.snapshot
        eye, refuse = self._eyes.get(wish.camera), partial(self._refuse_picture, order)
        if eye is None or self._photographer is None:
            refuse("no such camera" if eye is None else "there is no folder for pictures")
            return
        since_ns = max(order.mono_ns, self._clock.mono_ns())
        until_ns = since_ns + round(self._photographer.album.wait_s * SECOND)
        give = partial(self._submit, self._expose, order, eye.spec)
        if wish.when == "before":
            frame = eye.recent.at(order.mono_ns)
            if frame is None:
                refuse("no frame of before it is held")
            else:
                eye.wishes.add(Wish(0, until_ns, give, refuse, frame=frame))
            return
        eye.wishes.add(Wish(order.mono_ns, until_ns, give, refuse, wish.frame))
        eye.capture.want()

    def _turn(self) -> None:
        now = self._clock.mono_ns()
        if now >= self._second_ns:
            self._second_ns = max(self._second_ns + SECOND, now)
            self._watch()
        for eye in self._eyes.values():
            frame = eye.capture.newest()
            eye.wishes.serve(frame, now, lambda: self._writing < _MOST_WRITING, eye.capture.health().reason)
            if eye.spec.role == "body":
                self._look(eye, frame, now)
            elif frame is not None:
                self._glance(eye, frame, now)

    def _glance(self, eye: _Eye, frame: Frame, now: int) -> None:
        """A cab camera: nothing of its picture leaves this place but whether it has a fault."""
        eye.condition.look(frame)
        if now >= eye.due_ns and self._period_ns != _NEVER_NS:
            eye.due_ns = now + _GLANCE_NS
            eye.capture.want()

    def _watch(self) -> None:
        for eye in self._eyes.values() if self._begun else ():
            eye.capture.tend()
            if eye.wishes.due(self._clock.mono_ns()):
                eye.capture.want()
            health = msgspec.structs.replace(
                eye.capture.health(), faults=eye.condition.faults(), unchanged_s=eye.condition.unchanged_s
            )
            self._report(Watched(health))
            if eye.capture.hung:
                self._report(Hung(eye.spec.name))

    def _look(self, eye: _Eye, frame: Frame | None, now: int) -> None:
        """Ask for a frame when one is due; judge the first that comes after that, and none twice."""
        if not eye.asked and now >= eye.due_ns:
            eye.asked, eye.asked_ns = True, eye.asked_ns if frame is None else now
            eye.capture.want()
        if eye.asked and frame is not None and frame.mono_ns >= eye.asked_ns:
            eye.asked = False
            eye.asked_ns = frame.mono_ns + 1
            eye.due_ns = max(eye.due_ns + self._period_ns, now)
            eye.wishes.hold(frame)
            eye.recent.hold(frame)
            eye.condition.look(frame)
            for reading in self._judges.readings(eye.spec, frame):
                self._report(Seen(reading))

    def _submit(self, work: Callable[..., None], *arguments: object) -> None:
        """Have a frame written in the writer's thread; the loop never waits for a disk."""
        self._writing += 1
        self._writer.submit(work, *arguments).add_done_callback(lambda _: self._written())

    def _written(self) -> None:
        self._writing -= 1
        self._poke()

    def _write(self, path: Path, spec: CameraSpec, frame: Frame) -> None:
        error: str | None = None
        try:
            beside_the_vehicle(self._photographer, spec, frame).save(path)
        except (OSError, ValueError) as e:
            error = f"cannot be written ({e})"
        self._report(ShotDone(str(path), error))

    def _expose(self, order: PictureOrder, spec: CameraSpec, frame: Frame) -> None:
        if self._photographer is None:
            return
        try:
            taken = self._photographer.take(order, spec, frame, self._clock.mono_ns())
        except (OSError, ValueError, cv2.error) as e:
            self._refuse_picture(order, f"cannot be written ({' '.join(str(e).split())})")
        else:
            self._report(Pictured(taken, None))

    def _refuse_shot(self, path: str, reason: str) -> None:
        self._report(ShotDone(path, reason))

    def _refuse_picture(self, order: PictureOrder, reason: str) -> None:
        wish = order.snapshot
        failed = PictureFailed(
            self._clock.mono_ns(),
            wish.camera,
            wish.subject,
            wish.why,
            reason,
            wish.frame is not None,
            wish.when,
        )
        self._report(Pictured(None, failed))
