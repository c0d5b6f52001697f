"""Pictures by the real vision process: untouched, with the copy, and a word when there is none."""

import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.model import Caption, LoadReading, PictureFailed, PictureOrder, PictureTaken, Snapshot
from agent.vision.host import VisionHost
from agent.vision.wire import Album, CameraSpec, Setup
from drivers.clock import SystemClock
from drivers.errors import DeviceLost
from drivers.readings import CameraHealth
from drivers.sim.camera import SimCamera

PICTURES = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
SHOWN = (PICTURES / "uncovered-1.jpg").read_bytes()
Until = Callable[..., None]


class Studio:
    """A body and a cab camera, and a host that notes what the process says."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, SystemClock(0)
        self.bed = SimCamera(lambda: SHOWN, fps=10).start()
        self.cab = SimCamera((PICTURES / "cab-1.jpg").read_bytes, fps=10).start()
        specs = (
            CameraSpec("bed", "body", self.bed.url, self.bed.url, read_timeout_s=1.0),
            CameraSpec("cab", "cab", self.cab.url, self.cab.url),
        )
        self.album: Album | None = Album(str(folder), "川A12345   muck/truck-1", wait_s=1.0)
        self.specs, self.said = specs, []
        self.stop = threading.Event()

    def start(self) -> "Studio":
        setup = Setup(self.specs, None, 5.0, self.album)
        self.host = VisionHost(setup, self.said.append, self.clock)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def _run(self) -> None:
        while not self.stop.is_set():
            try:
                self.host.run(self.stop, lambda: None)
            except DeviceLost:
                continue

    def finish(self) -> None:
        self.stop.set()
        self.thread.join()
        self.bed.stop()
        self.cab.stop()

    def of(self, kind: type) -> list:
        return [o for o in self.said if isinstance(o, kind)]

    def well(self) -> bool:
        seen = {h.camera for h in self.of(CameraHealth) if h.connected}
        return seen == {"bed", "cab"} and bool(self.of(LoadReading))

    def order(self, camera: str = "bed", frame: int | None = None) -> int | None:
        wish = Snapshot(camera, "load-b00t-1", "load.changed", frame)
        return self.host.picture(PictureOrder(self.clock.mono_ns(), wish, Caption()))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = Studio(tmp_path)
    yield made
    made.finish()


def test_a_picture_comes_with_its_copy_untouched_and_hashed(studio: Studio, until: Until) -> None:
    studio.start()
    until(studio.well)
    asked_ns = studio.clock.mono_ns()
    studio.order()
    studio.order("cab")
    until(lambda: len(studio.of(PictureTaken)) == 2)
    bed, cab = sorted(studio.of(PictureTaken), key=lambda t: t.camera)
    assert bed.at_ns >= asked_ns
    assert (bed.original.sha256, cab.concealed) == (hashlib.sha256(SHOWN).hexdigest(), "whole")
    for taken in (bed, cab):
        for file, kind in ((taken.original, "original"), (taken.overlay, "overlay")):
            path = studio.folder / taken.group / "load-b00t-1" / f"{file.sha256}.{kind}.jpg"
            assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
            assert path.stat().st_size == file.bytes


def test_the_frame_that_was_judged_can_be_had_for_a_while(studio: Studio, until: Until) -> None:
    studio.start()
    until(lambda: len(studio.of(LoadReading)) > 2)
    last = studio.of(LoadReading)[-1]
    studio.order(frame=last.frame)
    until(lambda: studio.of(PictureTaken))
    (taken,) = studio.of(PictureTaken)
    assert (taken.frame, taken.at_ns, taken.decided) == (last.frame, last.mono_ns, True)
    studio.order(frame=1_000_000)
    until(lambda: studio.of(PictureFailed))
    assert studio.of(PictureFailed)[0].reason == "the frame is no longer held"


def test_a_camera_that_gives_no_picture_is_said_to(studio: Studio, until: Until) -> None:
    studio.start()
    until(studio.well)
    studio.bed.fault("stall")
    time.sleep(1.0)  # pictures that were on their way are past: one of them would be a right answer
    studio.order()
    studio.order("roof")
    until(lambda: len(studio.of(PictureFailed)) == 2)
    by_camera = {f.camera: f.reason for f in studio.of(PictureFailed)}
    assert by_camera["roof"] == "no such camera"
    assert by_camera["bed"]
    assert not studio.of(PictureTaken)


def test_a_disk_that_refuses_is_said_to_and_the_process_goes_on(studio: Studio, until: Until) -> None:
    studio.album = Album("/proc/none", "truck", wait_s=1.0)
    studio.start()
    until(studio.well)
    pid = studio.order()
    until(lambda: studio.of(PictureFailed))
    assert "cannot be written" in studio.of(PictureFailed)[0].reason
    before = len(studio.of(LoadReading))
    until(lambda: len(studio.of(LoadReading)) > before)
    assert studio.host.pid == pid


def test_nobody_takes_orders_while_the_process_is_down(studio: Studio, until: Until) -> None:
    studio.start()
    until(studio.well)
    os.kill(studio.host.pid, signal.SIGSTOP)
    os.kill(studio.host.pid, signal.SIGKILL)
    until(lambda: studio.order() is None)
    until(lambda: studio.host.ready is not None)
    assert studio.order() == studio.host.pid
    until(lambda: studio.of(PictureTaken))
