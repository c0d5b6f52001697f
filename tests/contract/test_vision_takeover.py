"""A camera whose thread hangs for ever: another process takes over, and the other cameras hardly notice."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from agent.model import LoadReading
from agent.vision.host import VisionHost
from agent.vision.line import SECOND, Calm
from agent.vision.wire import CameraSpec, Setup
from drivers.clock import SystemClock
from drivers.errors import DeviceLost
from drivers.readings import CameraHealth
from drivers.sim.camera import SimCamera
from drivers.sim.rtsp import SimRtsp

PICTURE = (Path(__file__).parents[2] / "drivers/sim/pictures/covered-1.jpg").read_bytes()
PATIENCE_S = 60.0


def wait(predicate: Callable[[], object], what: str = "") -> None:
    end = time.monotonic() + PATIENCE_S
    while not predicate():
        assert time.monotonic() < end, what or "it did not come about"
        time.sleep(0.02)


class Pair:
    """Two body cameras of one process; what FFmpeg waits for of the first has no time-out worth its name."""

    def __init__(self) -> None:
        self.bad = SimRtsp(lambda: PICTURE, 10).start()
        self.well = SimCamera(lambda: PICTURE, 10).start()
        patient = {"silent_s": 1.0, "open_timeout_s": 60.0, "read_timeout_s": 60.0}
        bad = CameraSpec("bad", "body", self.bad.url, self.bad.url, **patient)
        self.setup = Setup((bad, CameraSpec("well", "body", self.well.url, self.well.url)), None, 5.0)
        self.said: list[object] = []
        self.error: Exception | None = None
        self.stop = threading.Event()
        self.refused = False
        self.host = VisionHost(self._make_setup, self.said.append, SystemClock(0))
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _make_setup(self) -> Setup:
        if self.refused:
            raise DeviceLost("no set-up", where="this test", remedy="none")
        return self.setup

    def _run(self) -> None:
        try:
            self.host.run(self.stop, lambda: None)
        except DeviceLost as e:
            self.error = e

    def up(self, camera: str) -> bool:
        seen = [o for o in self.said if isinstance(o, CameraHealth) and o.camera == camera]
        return bool(seen) and seen[-1].connected

    def readings(self) -> list[LoadReading]:
        return [o for o in self.said if isinstance(o, LoadReading) and o.camera == "well"]

    def close(self) -> None:
        self.stop.set()
        self.thread.join()
        self.bad.stop()
        self.well.stop()


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    wait(lambda: made.up("bad") and made.up("well"))
    yield made
    made.close()


def test_another_process_takes_over_and_the_other_camera_goes_on(pair: Pair, record_property) -> None:
    first, before = pair.host.pid, len(pair.readings())
    pair.host.set_rate(8.0)
    pair.bad.fault("stall")
    wait(lambda: pair.host.pid not in (first, None), "no other process took over")
    count = len(pair.readings())
    wait(lambda: len(pair.readings()) > count + 16)
    assert pair.error is None, "the supervisor need not know"
    assert not psutil.pid_exists(first)
    times = [r.mono_ns for r in pair.readings()[before:]]
    assert times == sorted(times)
    record_property("longest_gap_ms", max(b - a for a, b in itertools.pairwise(times)) / 1e6)
    pair.bad.fault(None)
    wait(lambda: pair.up("bad"), "the camera came back, its pictures did not")
    assert len(psutil.Process().children()) == 1


def test_a_shot_asked_for_in_between_is_taken_by_the_other(pair: Pair, tmp_path: Path) -> None:
    first = pair.host.pid
    pair.bad.fault("stall")
    number = 0
    while pair.host.pid == first or number < 3:
        number += 1
        pair.host.shoot("well", str(tmp_path / f"{number}.jpg"), 20.0)
    assert all((tmp_path / f"{n}.jpg").read_bytes() == PICTURE for n in range(1, number + 1))


def test_where_no_other_can_be_started_the_first_goes_on(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    pair.refused = True
    first = pair.host.pid
    pair.bad.fault("stall")
    wait(lambda: "no other can be started" in caplog.text)
    count = len(pair.readings())
    wait(lambda: len(pair.readings()) > count + 5)
    assert pair.host.pid == first
    assert pair.error is None


def test_one_that_hangs_again_and_again_is_replaced_ever_more_seldom() -> None:
    calm, now, taken = Calm(), 0, []
    while now < 7200 * SECOND:
        if calm.allows(now):
            calm.count(now)
            taken.append(now // SECOND)
        now += SECOND
    gaps = [b - a for a, b in itertools.pairwise(taken)]
    assert gaps[:5] == [60, 120, 240, 480, 600]
    assert set(gaps[5:]) == {600}
    assert calm.allows(now + 1300 * SECOND)
    calm.count(now + 1300 * SECOND)
    assert calm.allows(now + 1360 * SECOND), "after a quiet time it begins anew"
