"""The real vision process, driven by its host: readings, health, shots, and every way to end."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest

from agent.model import LoadReading
from agent.vision.host import VisionHost
from agent.vision.wire import Begin, CameraSpec, FromVision, Ready, Setup, pack, reports
from drivers.clock import SystemClock
from drivers.errors import DeviceLost, DeviceMissing
from drivers.readings import CameraHealth
from drivers.sim.camera import SimCamera

PICTURES = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
PATIENCE_S = 60.0
SILENT = [sys.executable, "-c", "import time; time.sleep(100)"]


def wait(predicate: Callable[[], object], what: str = "") -> None:
    end = time.monotonic() + PATIENCE_S
    while not predicate():
        assert time.monotonic() < end, what or "it did not come about"
        time.sleep(0.02)


class Rig:
    """A body and a cab camera, and a host whose worker thread notes what it says and how it ends."""

    def __init__(self, folder: Path) -> None:
        self.shows = {
            name: (PICTURES / f"{name}-1.jpg").read_bytes() for name in ("uncovered", "covered", "cab")
        }
        self.state = "uncovered"
        self.folder = folder
        self.bed = SimCamera(lambda: self.shows[self.state], fps=10).start()
        self.cab = SimCamera(lambda: self.shows["cab"], fps=10).start()
        secret = self.bed.url.replace("//", "//admin:geheim@")
        bed = CameraSpec("bed", "body", secret, self.bed.url, read_timeout_s=1.0)
        self.setup = Setup((bed, CameraSpec("cab", "cab", self.cab.url, self.cab.url)), None, 5.0)
        self.said: list[LoadReading | CameraHealth] = []
        self.beats = 0
        self.error: Exception | None = None
        self.stop = threading.Event()
        self.host = self.make()
        self.thread: threading.Thread | None = None

    def make(self, **settings) -> VisionHost:
        self.host = VisionHost(self.setup, self.said.append, SystemClock(0), **settings)
        return self.host

    def start(self) -> "Rig":
        self.stop.clear()
        self.error = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def _run(self) -> None:
        try:
            self.host.run(self.stop, self._beat)
        except DeviceLost as e:
            self.error = e

    def _beat(self) -> None:
        self.beats += 1

    def finish(self) -> None:
        self.stop.set()
        if self.thread:
            self.thread.join()
        self.bed.stop()
        self.cab.stop()

    def readings(self) -> list[LoadReading]:
        return [o for o in self.said if isinstance(o, LoadReading)]

    def health(self, camera: str) -> CameraHealth | None:
        return next(
            (o for o in reversed(self.said) if isinstance(o, CameraHealth) and o.camera == camera), None
        )

    def well(self) -> bool:
        seen = self.health("bed"), self.health("cab")
        return bool(self.readings()) and all(h is not None and h.connected for h in seen)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.finish()


def test_body_cameras_are_judged_and_all_are_watched(rig: Rig) -> None:
    rig.start()
    wait(rig.well)
    assert rig.host.ready
    assert rig.host.ready.opencv == cv2.__version__
    wait(lambda: rig.readings()[-1].state == "uncovered")
    rig.state = "covered"
    wait(lambda: rig.readings()[-1].state == "covered")
    assert {r.camera for r in rig.readings()} == {"bed"}
    frames = [r.frame for r in rig.readings()]
    assert frames == sorted(set(frames)), "a frame was judged twice"
    assert rig.readings()[-1].model == rig.host.ready.model
    assert rig.health("cab").role == "cab"
    assert rig.beats > 2


def test_a_stream_that_stands_still_gives_no_readings(rig: Rig) -> None:
    rig.start()
    wait(rig.well)
    rig.bed.fault("stall")
    wait(lambda: not rig.health("bed").connected)
    before = len(rig.readings())
    wait(lambda: rig.health("cab").connected)
    assert len(rig.readings()) == before
    rig.bed.fault(None)
    wait(lambda: rig.health("bed").connected and len(rig.readings()) > before)


def test_the_rate_is_obeyed_at_once_and_after_a_restart(rig: Rig) -> None:
    rig.host.set_rate(0.01)
    rig.start()
    wait(rig.well)
    wait(lambda: rig.health("bed").fps > 5)
    assert len(rig.readings()) <= 2  # the set-up's first, before the rate is known, and none for 100 s
    rig.host.set_rate(8.0)
    wait(lambda: len(rig.readings()) > 10)


def test_a_shot_is_on_disk_when_the_call_returns(rig: Rig) -> None:
    rig.start()
    wait(rig.well)
    for camera in ("bed", "cab"):
        path = rig.folder / f"{camera}.jpg"
        rig.host.shoot(camera, str(path), 20.0)
        assert cv2.imread(str(path)) is not None
    assert sorted(p.name for p in rig.folder.iterdir()) == ["bed.jpg", "cab.jpg"]


def test_a_shot_that_cannot_be_taken_says_why(rig: Rig) -> None:
    with pytest.raises(DeviceMissing, match="down"):
        rig.host.shoot("bed", str(rig.folder / "x.jpg"))
    rig.start()
    wait(rig.well)
    with pytest.raises(DeviceMissing, match="no such camera"):
        rig.host.shoot("roof", str(rig.folder / "x.jpg"))
    with pytest.raises(DeviceLost, match="cannot be written"):
        rig.host.shoot("bed", str(rig.folder / "none" / "x.jpg"), 20.0)
    rig.cab.fault("refuse")
    wait(lambda: not rig.health("cab").connected)
    with pytest.raises(DeviceLost, match="camera cab"):
        rig.host.shoot("cab", str(rig.folder / "x.jpg"), 20.0)


def test_a_killed_process_is_reported_and_can_be_run_again(rig: Rig) -> None:
    rig.start()
    wait(rig.well)
    os.kill(rig.host.pid, signal.SIGKILL)
    rig.thread.join()
    assert "SIGKILL" in str(rig.error)
    assert rig.host.pid is None
    for camera in ("bed", "cab"):
        assert not rig.health(camera).connected
        assert "vision process" in rig.health(camera).reason
    rig.said.clear()
    rig.start()
    wait(rig.well)


def test_a_silent_process_is_killed(rig: Rig) -> None:
    rig.make(command=SILENT, silent_s=0.5)
    rig.start()
    rig.thread.join()
    assert "silent" in str(rig.error)
    assert "SIGKILL" in str(rig.error)


def test_a_hung_process_is_killed(rig: Rig) -> None:
    rig.make(silent_s=3.0)
    rig.start()
    wait(rig.well)
    os.kill(rig.host.pid, signal.SIGSTOP)
    rig.thread.join()
    assert "silent" in str(rig.error)


def test_stop_ends_the_process(rig: Rig) -> None:
    rig.start()
    wait(rig.well)
    pid = rig.host.pid
    rig.stop.set()
    rig.thread.join()
    assert rig.error is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert rig.health("bed").connected, "an orderly stop is no fault of the camera"


def test_a_missing_model_is_named(rig: Rig) -> None:
    rig.setup = Setup(rig.setup.cameras, str(rig.folder / "none.json"), 1.0)
    rig.make()
    rig.start()
    rig.thread.join()
    assert "none.json" in str(rig.error)


def test_no_message_and_no_log_line_holds_the_password(rig: Rig, capfd: pytest.CaptureFixture[str]) -> None:
    rig.start()
    wait(rig.well)
    for fault in ("garbage", "refuse"):
        rig.bed.fault(fault)
        wait(lambda: not rig.health("bed").connected)
    rig.stop.set()
    rig.thread.join()
    out, err = capfd.readouterr()
    assert "camera bed" in err
    assert "geheim" not in out + err + repr(rig.said)


def spawn(setup: Setup) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-m", "agent.vision.worker"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    process.stdin.write(pack(setup) + pack(Begin()))
    return process


def listen(process: subprocess.Popen[bytes]) -> Iterator[FromVision]:
    incoming = reports()
    while select.select([process.stdout], [], [], PATIENCE_S)[0]:
        part = os.read(process.stdout.fileno(), 65536)
        if not part:
            return
        yield from incoming.feed(part)
    pytest.fail("the vision process says nothing")


@pytest.mark.parametrize("how", ["stdin closed", "stdout closed", "SIGTERM"])
def test_the_process_ends_with_its_main_process(stalled: SimCamera, how: str) -> None:
    with spawn(Setup((CameraSpec("bed", "body", stalled.url, stalled.url),), None, 1.0)) as process:
        assert isinstance(next(listen(process)), Ready)
        if how == "SIGTERM":
            process.terminate()
        else:
            (process.stdin if how == "stdin closed" else process.stdout).close()
        process.wait(PATIENCE_S)
        assert process.returncode == (1 if how == "stdout closed" else 0)


@pytest.fixture
def stalled() -> Iterator[SimCamera]:
    camera = SimCamera((PICTURES / "empty-1.jpg").read_bytes, fps=10).start()
    camera.fault("stall")
    yield camera
    camera.stop()
