"""CPU of a camera that is looked at once a second, against cv2.VideoCapture reading and decoding everything.

A 1080p25 stream comes from a server in a process of its own: H.264 with a keyframe each second over RTSP, and
JPEGs over HTTP. Both clients take turns in this process. One JSON object per line; takes four minutes. How it
is with keyframes two seconds apart, where all must be decoded for a picture a second, is said on stderr.
"""

import json
import multiprocessing
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import cv2

from drivers.camera.capture import Capture
from drivers.camera.jpeg import encode, reduction
from drivers.camera.spec import CameraSource
from drivers.camera.stream import Opener
from drivers.clock import SystemClock
from drivers.sim.camera import SimCamera, slides
from drivers.sim.h264 import encode_h264, moving
from drivers.sim.rtp import H264Media
from drivers.sim.rtsp import SimRtsp

WIDTH, HEIGHT, FPS = 1920, 1080, 25
ROUNDS, SETTLE_S, MEASURE_S = 3, 5.0, 6.0
INPUT, BED = 160, (0.9, 0.7)  # the model's input, px; the bed's share of the picture's sides


def main() -> None:
    """Measure both kinds."""
    cv2.setNumThreads(1)
    opener = Opener()
    for bench, kind, every in (("camera.h264.1fps", "h264", FPS), ("camera.mjpeg.1fps", "mjpeg", 0)):
        with served(kind, every) as url:
            print(json.dumps(compare(bench, url, opener)), flush=True)
    with served("h264", 2 * FPS) as url:
        line = compare("keyframes 2 s apart", url, opener)
        print(f"h264, keyframes 2 s apart: {line['ratio']:.2f}x, {line['ours_ms']} ms/s", file=sys.stderr)


def compare(bench: str, url: str, opener: Opener) -> dict[str, object]:
    """Rounds in turns; the ratio of the CPU times, lower is better."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(measure(lambda over: look(url, opener, over)))
        theirs.append(measure(lambda over: read_all(url, over)))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "bench": bench,
        "ratio": round(statistics.median(ratios), 3),
        "min": round(min(ratios), 3),
        "max": round(max(ratios), 3),
        "against": f"cv2 reading all of {HEIGHT}p{FPS}",
        "unit": "x",
        "ours_ms": round(1e3 * statistics.median(ours), 1),
        "raw_ms": round(1e3 * statistics.median(theirs), 1),
    }


def measure(client: Callable[[threading.Event], None]) -> float:
    """CPU seconds per second of this process while the client works."""
    over = threading.Event()
    thread = threading.Thread(target=client, args=(over,))
    thread.start()
    time.sleep(SETTLE_S)
    began, cpu = time.monotonic(), time.process_time()
    time.sleep(MEASURE_S)
    spent = (time.process_time() - cpu) / (time.monotonic() - began)
    over.set()
    thread.join()
    return spent


def look(url: str, opener: Opener, over: threading.Event) -> None:
    """As the vision process does: keep the camera open, decode one picture a second as far as needed."""
    sides = round(WIDTH * BED[0]), round(HEIGHT * BED[1])
    spec = CameraSource("bench", "body", url, url)
    capture = Capture(spec, SystemClock(0), lambda: None, opener, lambda _: reduction(sides, 2 * INPUT))
    capture.aim(1.0)
    capture.start()
    while not over.wait(1.0):
        capture.tend()
        capture.want()
    assert capture.newest(), capture.health().reason
    capture.stop(5.0)


def read_all(url: str, over: threading.Event) -> None:
    """Read and decode every picture."""
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "rtsp_transport;tcp"
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    count = 0
    while not over.is_set():
        done, _ = capture.read()
        assert done, "the stream ended"
        count += 1
    capture.release()
    assert count > FPS


@contextmanager
def served(kind: str, keyframe_every: int) -> Iterator[str]:
    """A server in a process of its own; gives its address."""
    context = multiprocessing.get_context("spawn")
    ours, its = context.Pipe()
    process = context.Process(target=serve, args=(kind, keyframe_every, its), daemon=True)
    process.start()
    yield ours.recv()
    ours.send("stop")
    process.join()


def serve(kind: str, keyframe_every: int, pipe: Connection) -> None:
    """Serve four seconds of film over and over until told to stop."""
    pictures = moving(WIDTH, HEIGHT, 4 * FPS)
    if kind == "h264":
        server: SimRtsp | SimCamera = SimRtsp(H264Media(encode_h264(pictures, FPS, keyframe_every)), FPS)
    else:
        server = SimCamera(slides([encode(p, 90) for p in pictures], 1 / FPS), FPS)
    server.start()
    pipe.send(server.url)
    pipe.recv()
    server.stop()


if __name__ == "__main__":
    main()
