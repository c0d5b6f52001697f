"""The main process's side of the vision process: starts it, listens to it, kills it when it is silent.

Free of cv2 and numpy. A worker of the supervisor: it raises when the process dies, and is run again.
"""

import logging
import select
import sys
import threading
from collections.abc import Callable

from agent.errors import AgentError
from agent.model import Observation, PictureOrder, WorkerState
from agent.vision.line import Calm, Line, how
from agent.vision.wire import (
    Begin,
    CameraSpec,
    FromVision,
    Hung,
    Pictured,
    Rate,
    Ready,
    Seen,
    Setup,
    Shot,
    ShotDone,
    TakePicture,
    Watched,
)
from drivers.clock import Clock
from drivers.errors import DeviceLost, DeviceMissing, DriverError
from drivers.readings import CameraHealth

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_COMMAND = (sys.executable, "-I", "-m", "agent.vision.worker")
_SILENT_S = 15.0
_FAREWELL_S = 1.0  # within the time that the application gives all sources to stop
Put = Callable[[Observation], None]


class _Waiting:
    """Somebody waits for a shot; `error` holds the answer once `answered` is set, None for success."""

    def __init__(self, shot: Shot) -> None:
        self.shot = shot
        self.answered = threading.Event()
        self.error: str | None = None

    def answer(self, error: str | None) -> None:
        self.error = error
        self.answered.set()


class VisionHost:
    """Runs the vision process; readings and camera health go to `put`, from the thread that calls `run`.

    `setup` is asked anew at each start when it is callable, so that a corrected password counts. A process
    that sends nothing for `silent_s` is killed. One that says that a camera's thread hangs is replaced: the
    next is made ready beside it, and then takes over. `set_rate`, `shoot`, `pid`, `ready` serve any thread.
    """

    def __init__(
        self,
        setup: Setup | Callable[[], Setup],
        put: Put,
        clock: Clock,
        command: list[str] | None = None,
        silent_s: float = _SILENT_S,
    ) -> None:
        self._setup, self._put, self._clock = setup, put, clock
        self._command = command or list(_COMMAND)
        self._silent_ns = round(silent_s * SECOND)
        self._fps: float | None = None
        self._line: Line | None = None
        self._calm = Calm()
        self._shots: dict[str, _Waiting] = {}
        self._lock = threading.Lock()
        self.ready: Ready | None = None

    @property
    def pid(self) -> int | None:
        """The process id; None while it is down."""
        line = self._line
        return line.process.pid if line else None

    def set_rate(self, fps: float) -> None:
        """Judge `fps` frames per second and body camera, now and after a restart."""
        changed, self._fps = fps != self._fps, fps
        line = self._line
        if changed and line:
            line.send(Rate(fps))

    def picture(self, order: PictureOrder) -> int | None:
        """Order a picture; what becomes of it goes to `put`. Gives the pid of who was asked, None: nobody.

        May wait for the pipe.
        """
        line = self._line
        if line is None or self.ready is None:
            return None
        line.send(TakePicture(order))
        return line.process.pid

    def shoot(self, camera: str, path: str, timeout_s: float = 5.0) -> None:
        """Have the newest frame written to `path` as JPEG, durable on return.

        Raises DeviceMissing when the camera or the process is not there, DeviceLost when no picture came.
        """
        line, where = self._line, f"camera {camera}"
        if line is None:
            raise DeviceMissing(
                "the vision process is down", where=where, remedy="it is restarted; try again"
            )
        if camera not in {c.name for c in line.setup.cameras}:
            raise DeviceMissing("no such camera", where=where, remedy="see `haulwatch camera list`")
        waiting = _Waiting(Shot(camera, path))
        with self._lock:
            self._shots[path] = waiting
        line.send(waiting.shot)
        answered = _wait(waiting.answered, timeout_s, self._clock)
        with self._lock:
            self._shots.pop(path, None)
        if not answered or waiting.error:
            what = waiting.error or f"no picture within {timeout_s:g} s"
            raise DeviceLost(what, where=where, remedy="see its state in `haulwatch status`")

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Run the process until `stop` is set; raises DeviceLost, saying how, when it ends before."""
        line = self._line = self._make()
        spare: Line | None = None
        why = "ended"
        try:
            self._begin(line)
            while not stop.is_set():
                if ended := self._hear(line, beat):
                    why = ended
                    break
                if line.hung and spare is None and self._calm.allows(self._clock.mono_ns()):
                    spare = self._make_spare(line)
                if spare:
                    line, spare = self._prepare(line, spare)
        finally:
            self._line = self.ready = None
            if spare:
                spare.end(0.0)
            status = line.end(_FAREWELL_S if stop.is_set() or line.failure else 0.5)
            self._refuse_shots()
            if not stop.is_set():
                self._tell(line.setup.cameras, f"vision process {why}")
        if not stop.is_set():
            raise DeviceLost(
                f"{why} ({how(status)})", where="vision process", remedy="it is restarted; see the log above"
            )

    def _make(self) -> Line:
        setup = self._setup() if callable(self._setup) else self._setup
        return Line(self._command, setup, self._clock.mono_ns())

    def _begin(self, line: Line) -> None:
        """Have it open the cameras, and tell it what was asked of the one before."""
        if self._fps is not None:
            line.send(Rate(self._fps))
        line.send(Begin())
        with self._lock:
            waiting = list(self._shots.values())
        for each in waiting:
            line.send(each.shot)

    def _hear(self, line: Line, beat: Callable[[], None]) -> str | None:
        """Take what it says within a quarter of a second; why it ended, if it did."""
        poll = select.poll()
        poll.register(line.fd, select.POLLIN)
        if poll.poll(250):
            messages = line.receive(self._clock.mono_ns())
            if messages is None:
                return line.failure or "died"
            for message in messages:
                beat()
                self._take(line, message)
        elif self._silent(line):
            line.process.kill()
            return f"was silent for {self._silent_ns / SECOND:g} s"
        return None

    def _silent(self, line: Line) -> bool:
        return self._clock.mono_ns() - line.heard_ns > self._silent_ns

    def _make_spare(self, line: Line) -> Line | None:
        self._calm.count(self._clock.mono_ns())
        log.warning("vision process: the thread of camera %s hangs, another process takes over", line.hung)
        line.hung = None
        try:
            return self._make()
        except (AgentError, DriverError, OSError) as e:
            log.warning("vision process: no other can be started: %s", e)
            return None

    def _prepare(self, line: Line, spare: Line) -> tuple[Line, Line | None]:
        """Let the spare take over when it is ready; the line to listen to, and the spare if it isn't yet."""
        poll = select.poll()
        poll.register(spare.fd, select.POLLIN)
        messages = spare.receive(self._clock.mono_ns()) if poll.poll(0) else []
        if messages is None or self._silent(spare):
            log.warning("vision process: the other one did not start (%s)", how(spare.end(0.0)))
            return line, None
        if not any(isinstance(message, Ready) for message in messages):
            return line, spare
        self._line = spare
        line.end(_FAREWELL_S)  # first, since a device can be open only once
        for message in messages:
            self._take(spare, message)
        self._begin(spare)
        return spare, None

    def _take(self, line: Line, message: FromVision) -> None:
        if isinstance(message, Seen):
            self._put(message.reading)
        elif isinstance(message, Watched):
            self._put(message.health)
        elif isinstance(message, Pictured):
            seen = message.taken or message.failed
            if seen is not None:
                self._put(seen)
        elif isinstance(message, ShotDone):
            with self._lock:
                waiting = self._shots.pop(message.path, None)
            if waiting:
                waiting.answer(message.error)
        elif isinstance(message, Ready):
            self.ready = message
            log.info(
                "vision process %d: model %s, OpenCV %s", line.process.pid, message.model, message.opencv
            )
            if message.lost:
                self._put(WorkerState(self._clock.mono_ns(), "shadow model", "gave_up", message.lost))
        elif isinstance(message, Hung):
            line.hung = message.camera
        else:
            line.failure = f"failed: {message.reason}"

    def _refuse_shots(self) -> None:
        with self._lock:
            waiting, self._shots = list(self._shots.values()), {}
        for shot in waiting:
            shot.answer("the vision process ended")

    def _tell(self, cameras: tuple[CameraSpec, ...], reason: str) -> None:
        """Every camera is blind now, as far as the ledger is concerned."""
        now = self._clock.mono_ns()
        for camera in cameras:
            self._put(CameraHealth(now, camera.name, camera.role, connected=False, reason=reason))


def _wait(event: threading.Event, timeout_s: float, clock: Clock) -> bool:
    """Wait for the event, waking at least once a second."""
    end = clock.mono_ns() + round(timeout_s * SECOND)
    while not event.wait(min(1.0, max(0.0, (end - clock.mono_ns()) / SECOND))):
        if clock.mono_ns() >= end:
            return False
    return True
