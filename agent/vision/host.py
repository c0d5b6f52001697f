"""The main process's side of the vision process: starts it, listens to it, kills it when it is silent.

Free of cv2 and numpy. A worker of the supervisor: it raises when the process dies, and is run again.
"""

import logging
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

from agent.model import Observation, PictureOrder
from agent.vision.wire import (
    CameraSpec,
    Failed,
    FromVision,
    Pictured,
    Rate,
    Ready,
    Seen,
    Setup,
    Shot,
    ShotDone,
    TakePicture,
    ToVision,
    Watched,
    pack,
    reports,
)
from drivers.clock import Clock
from drivers.errors import DeviceLost, DeviceMissing
from drivers.readings import CameraHealth

log = logging.getLogger(__name__)
SECOND = 1_000_000_000
_COMMAND = (sys.executable, "-I", "-m", "agent.vision.worker")
_SILENT_S = 15.0
_FAREWELL_S = 1.0  # within the time that the application gives all sources to stop
Put = Callable[[Observation], None]


class _Waiting:
    """Somebody waits for a shot; `error` holds the answer once `answered` is set, None for success."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.error: str | None = None

    def answer(self, error: str | None) -> None:
        self.error = error
        self.answered.set()


class _Line:
    """One life of the process, with the pipes to and from it."""

    def __init__(self, command: list[str], setup: Setup) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, process_group=0
        )
        self.cameras = setup.cameras
        self.failure: str | None = None
        self._lock = threading.Lock()
        self.send(setup)

    def send(self, message: ToVision) -> None:
        """Write one message; a process that is gone is found by the reading side, so no error here."""
        with self._lock:
            pipe = self.process.stdin
            try:
                if pipe is not None and not pipe.closed:
                    pipe.write(pack(message))
            except BrokenPipeError:
                log.debug("vision process: %s came too late", type(message).__name__)

    def end(self, wait_s: float) -> int:
        """Close stdin, wait, kill what does not go; returns the exit status (negative: the signal)."""
        try:
            if self._lock.acquire(timeout=wait_s):
                try:
                    if self.process.stdin:
                        self.process.stdin.close()
                finally:
                    self._lock.release()
            return self.process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            if self.process.stdout:
                self.process.stdout.close()


class VisionHost:
    """Runs the vision process; readings and camera health go to `put`, from the thread that calls `run`.

    `setup` is asked anew at each start when it is callable, so that a corrected password counts. A process
    that sends nothing for `silent_s` is killed. `set_rate`, `shoot`, `pid`, `ready` serve any thread.
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
        self._line: _Line | None = None
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
        if camera not in {c.name for c in line.cameras}:
            raise DeviceMissing("no such camera", where=where, remedy="see `haulwatch camera list`")
        waiting = _Waiting()
        with self._lock:
            self._shots[path] = waiting
        line.send(Shot(camera, path))
        answered = _wait(waiting.answered, timeout_s, self._clock)
        with self._lock:
            self._shots.pop(path, None)
        if not answered or waiting.error:
            what = waiting.error or f"no picture within {timeout_s:g} s"
            raise DeviceLost(what, where=where, remedy="see its state in `haulwatch status`")

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Run the process until `stop` is set; raises DeviceLost, saying how, when it ends before."""
        setup = self._setup() if callable(self._setup) else self._setup
        line = _Line(self._command, setup)
        self._line = line
        why = "ended"
        try:
            if self._fps is not None:
                line.send(Rate(self._fps))
            why = self._listen(line, stop, beat)
        finally:
            if self._line is line:
                self._line = self.ready = None
            status = self._finish(line, stop)
            self._refuse_shots()
            if not stop.is_set():
                self._tell(line.cameras, f"vision process {why}")
        if not stop.is_set():
            raise DeviceLost(
                f"{why} ({_how(status)})", where="vision process", remedy="it is restarted; see the log above"
            )

    def _listen(self, line: _Line, stop: threading.Event, beat: Callable[[], None]) -> str:
        """Take messages until stop, the end of the pipe, or silence; returns why it ended."""
        pipe = line.process.stdout
        if pipe is None:
            raise TypeError("the process has no pipe")
        poll = select.poll()
        poll.register(pipe.fileno(), select.POLLIN)
        incoming, heard = reports(), self._clock.mono_ns()
        while not stop.is_set():
            if poll.poll(250):
                part = os.read(pipe.fileno(), 65536)
                if not part:
                    return line.failure or "died"
                for message in incoming.feed(part):
                    heard = self._clock.mono_ns()
                    beat()
                    self._take(line, message)
            elif self._clock.mono_ns() - heard > self._silent_ns:
                line.process.kill()
                return f"was silent for {self._silent_ns / SECOND:g} s"
        return "was told to stop"

    def _take(self, line: _Line, message: FromVision) -> None:
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
        elif isinstance(message, Failed):
            line.failure = f"failed: {message.reason}"

    def _finish(self, line: _Line, stop: threading.Event) -> int:
        if stop.is_set() or line.failure:
            return line.end(_FAREWELL_S)
        return line.end(0.5)  # its pipe is closed, or it was killed

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


def _how(status: int) -> str:
    """An exit status in words."""
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
