"""A whole decision of the load model against the bare forward pass of its network; what the process holds.

Decision and forward pass run in turns in one process on one thread; CPU time counts. A decision is what the
vision process does with a decoded frame: crop, shrink, check, normalise, forward, judge, with and without
teaching; with onnxruntime too, where that is installed. Then the memory of the real vision process with two
1080p cameras over MJPEG, two frames per second and camera judged. One JSON object per line; half a minute.
"""

import importlib.util
import json
import multiprocessing
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import cv2
import numpy as np
import psutil

from agent.vision.host import VisionHost
from agent.vision.judge import Judge
from agent.vision.manifest import SHIPPED, read_manifest
from agent.vision.network import OUTPUTS, Runtime
from agent.vision.preprocess import blob, shrink
from agent.vision.teaching import STATES, Teaching
from agent.vision.wire import CameraSpec, Setup
from drivers.camera.jpeg import encode
from drivers.clock import SystemClock
from drivers.sim.camera import SimCamera, slides
from drivers.sim.h264 import moving

ROUNDS, TIMES = 40, 5
BED = ((0.25, 0.3), (0.75, 0.3), (0.95, 0.95), (0.05, 0.95))
RSS_BYTES, FPS, WARM_UP_S, MEASURE_S = 150e6, 25, 10.0, 10.0
Judging = Callable[[], object]


def main() -> None:
    """Measure on a full-HD and on a small frame, then the process."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        teaching = Path(name)
        for width, height in ((1920, 1080), (640, 480)):
            frame = picture(width, height, 0)
            bare = forward(frame)
            show("vision.decision", frame, judging(frame), bare)
            show("vision.decision.taught", frame, judging(frame, taught(teaching)), bare)
            if importlib.util.find_spec("onnxruntime"):
                show("vision.decision.onnxruntime", frame, judging(frame, runtime="onnxruntime"), bare)
    print(json.dumps(memory()), flush=True)


def picture(width: int, height: int, seed: int) -> np.ndarray:
    """A frame that takes the whole way."""
    rng = np.random.default_rng(seed)
    small = rng.integers(40, 200, (height // 20, width // 20, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def taught(folder: Path) -> Path:
    """Five pictures of each state are kept there."""
    for number, state in enumerate(STATES * 5):
        Teaching(folder).keep("bench", state, picture(640, 480, number + 1), ())
    return folder


def judging(frame: np.ndarray, teaching: Path | None = None, runtime: Runtime = "opencv") -> Judging:
    """What the agent does with a frame."""
    judge = Judge.load(None, teaching, runtime)
    assert judge.judge("bench", frame, BED).usable, "the frame must take the whole way"
    return lambda: judge.judge("bench", frame, BED)


def forward(frame: np.ndarray) -> Judging:
    """The network alone, in OpenCV, on an input that is ready."""
    manifest = read_manifest(SHIPPED)
    network = cv2.dnn.readNetFromONNX(str(SHIPPED.parent / manifest.file))
    ready = blob(shrink(frame, manifest.input), manifest.mean, manifest.scale)

    def run() -> object:
        network.setInput(ready)
        return network.forward(OUTPUTS)

    return run


def show(bench: str, frame: np.ndarray, ours: Judging, bare: Judging) -> None:
    """Rounds in turns; the ratio of the times, lower is better."""
    rounds = [(milliseconds(ours), milliseconds(bare)) for _ in range(ROUNDS)]
    ratios = [own / theirs for own, theirs in rounds]
    line = {
        "bench": bench,
        "ratio": round(statistics.median(ratios), 3),
        "min": round(min(ratios), 3),
        "max": round(max(ratios), 3),
        "against": "the bare forward pass in OpenCV",
        "unit": "x",
        "frame": f"{frame.shape[1]}x{frame.shape[0]}",
        "ours_ms": round(statistics.median(own for own, _ in rounds), 2),
        "raw_ms": round(statistics.median(theirs for _, theirs in rounds), 2),
    }
    print(json.dumps(line), flush=True)


def milliseconds(action: Judging) -> float:
    """CPU time per call, the mean of a few; other processes do not disturb it much."""
    began = time.process_time()
    for _ in range(TIMES):
        action()
    return 1e3 * (time.process_time() - began) / TIMES


def memory() -> dict[str, object]:
    """The most that the vision process held, resident, of several looks."""
    ours, its = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(its,), daemon=True)
    server.start()
    cameras = tuple(CameraSpec(f"c{n}", "body", url, url, roi=BED) for n, url in enumerate(ours.recv()))
    readings: list[object] = []
    host, stop = VisionHost(Setup(cameras, None, 2.0), readings.append, SystemClock(0)), threading.Event()
    thread = threading.Thread(target=host.run, args=(stop, lambda: None))
    thread.start()
    time.sleep(WARM_UP_S)
    held = []
    for _ in range(round(MEASURE_S)):
        time.sleep(1.0)
        held.append(psutil.Process(host.pid).memory_info().rss)
    stop.set()
    thread.join()
    ours.send("stop")
    server.join()
    assert len(readings) > MEASURE_S, "the cameras gave no pictures"
    ratios = [rss / RSS_BYTES for rss in held]
    return {
        "bench": "vision.rss",
        "ratio": round(statistics.median(ratios), 3),
        "min": round(min(ratios), 3),
        "max": round(max(ratios), 3),
        "against": f"{RSS_BYTES / 1e6:.0f} MB",
        "unit": "x",
        "rss_mb": round(max(held) / 1e6, 1),
    }


def serve(pipe: Connection) -> None:
    """Two cameras with two seconds of moving pictures, until told to stop."""
    coded = [encode(frame, 85) for frame in moving(1920, 1080, 2 * FPS)]
    cameras = [SimCamera(slides(coded, 1 / FPS), FPS).start() for _ in range(2)]
    pipe.send([camera.url for camera in cameras])
    pipe.recv()
    for camera in cameras:
        camera.stop()


if __name__ == "__main__":
    main()
