"""A model on trial in the real vision process: it judges the same frames, and its absence harms nobody."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from agent.model import LoadReading, WorkerState
from agent.vision.host import VisionHost
from agent.vision.manifest import SHIPPED
from agent.vision.wire import CameraSpec, Setup
from drivers.clock import SystemClock
from drivers.sim.camera import SimCamera

PICTURE = Path(__file__).parents[2] / "drivers" / "sim" / "pictures" / "covered-1.jpg"
PATIENCE_S = 60.0


class Trial:
    """A camera, and a host that runs the vision process with a shadow."""

    def __init__(self, camera: SimCamera) -> None:
        self.setup = Setup((CameraSpec("bed", "body", camera.url, camera.url),), None, 10.0)
        self.said: list[object] = []
        self.stop = threading.Event()
        self.thread: threading.Thread | None = None

    def start(self, **setup: object) -> None:
        host = VisionHost(msgspec.structs.replace(self.setup, **setup), self.said.append, SystemClock(0))
        self.thread = threading.Thread(target=host.run, args=(self.stop, lambda: None))
        self.thread.start()

    def wait(self, predicate: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not predicate():
            assert time.monotonic() < end, self.said[-5:]
            time.sleep(0.02)

    def readings(self, *, shadow: bool) -> list[LoadReading]:
        return [seen for seen in list(self.said) if isinstance(seen, LoadReading) and seen.shadow is shadow]

    def finish(self) -> None:
        self.stop.set()
        if self.thread:
            self.thread.join()


@pytest.fixture
def trial() -> Iterator[Trial]:
    picture = PICTURE.read_bytes()
    camera = SimCamera(lambda: picture, fps=20).start()
    made = Trial(camera)
    yield made
    made.finish()
    camera.stop()


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED.parent, tmp_path / "models")
    manifest = tmp_path / "models" / SHIPPED.name
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"version": "next", "accuse": 1.0}))
    return manifest


def test_both_models_judge_the_same_frames(trial, candidate) -> None:
    trial.start(shadow=str(candidate))
    trial.wait(lambda: len(trial.readings(shadow=True)) > 3)
    deciding = {seen.frame: seen for seen in trial.readings(shadow=False)}
    for seen in trial.readings(shadow=True)[:3]:
        assert seen.model == "next"
        assert seen.p == deciding[seen.frame].p
    assert deciding[trial.readings(shadow=True)[0].frame].model != "next"


def test_a_shadow_may_see_fewer_frames(trial, candidate) -> None:
    trial.start(shadow=str(candidate), shadow_every=4)
    trial.wait(lambda: len(trial.readings(shadow=True)) > 2)
    tried = trial.readings(shadow=True)
    frames = [seen.frame for seen in trial.readings(shadow=False)]
    places = [frames.index(seen.frame) for seen in tried]
    assert {b - a for a, b in pairwise(places)} == {4}


def test_a_shadow_that_is_broken_is_said_and_missed_by_nobody(trial, candidate) -> None:
    (file,) = candidate.parent.glob("*.onnx")
    file.write_bytes(b"junk")
    trial.start(shadow=str(candidate))
    trial.wait(lambda: len(trial.readings(shadow=False)) > 3)
    told = [seen for seen in trial.said if isinstance(seen, WorkerState)]
    assert [(seen.worker, seen.state) for seen in told] == [("shadow model", "gave_up")]
    assert "SHA-256 differs" in told[0].reason
    assert trial.readings(shadow=True) == []
