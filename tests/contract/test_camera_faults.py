"""Captures of servers that fail: said, outlived, and felt by no other camera."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from drivers.camera.capture import Capture
from drivers.camera.ffmpeg import Doorway
from drivers.camera.keyframes import Keyframes
from drivers.camera.session import Session
from drivers.camera.spec import CameraSource
from drivers.camera.stream import Opener
from drivers.clock import SystemClock
from drivers.sim.camera import SimCamera, cards
from drivers.sim.h264 import encode_h264, moving
from drivers.sim.rtp import H264Media
from drivers.sim.rtsp import SimRtsp
from drivers.sim.server import Server

CARD = cards((320, 240))[0]
PATIENCE_S = 40.0
Make = Callable[..., Capture]
ALL = ("mjpeg", "rtsp jpeg", "rtsp h264")


def wait(predicate: Callable[[], object], what: str = "") -> None:
    end = time.monotonic() + PATIENCE_S
    while not predicate():
        assert time.monotonic() < end, what or "it did not come about"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def film() -> H264Media:
    """With a keyframe each half second."""
    return H264Media(encode_h264(moving(320, 240, 50), 25, 12))


@pytest.fixture
def serve(film: H264Media) -> Iterator[Callable[[str], Server]]:
    servers: list[Server] = []

    def serve(kind: str) -> Server:
        made = {
            "mjpeg": lambda: SimCamera(lambda: CARD, 20),
            "rtsp jpeg": lambda: SimRtsp(lambda: CARD, 20),
            "rtsp h264": lambda: SimRtsp(film, 25),
        }[kind]()
        servers.append(made.start())
        return servers[-1]

    yield serve
    for server in servers:
        server.stop()


@pytest.mark.parametrize("kind", ALL)
def test_a_fault_is_said_and_outlived_and_another_camera_goes_on(serve, make_capture: Make, kind) -> None:
    bad, well = serve(kind), serve("mjpeg")
    capture, other = make_capture(bad.url, "bad"), make_capture(well.url, "well")
    wait(lambda: capture.health().connected and other.health().connected)
    more = {"mjpeg": ["once", "refuse", "dribble"], "rtsp jpeg": ["once", "refuse"], "rtsp h264": []}
    for fault in ["stall", "garbage", "drop", *more[kind]]:
        opened, before = capture.health().opened, well.frames
        bad.fault(fault)
        wait(lambda: not capture.health().connected, f"{fault} was not noticed")
        assert capture.health().reason
        wait(lambda before=before: well.frames > before + 10)
        assert other.health().connected
        bad.fault(None)
        wait(lambda: capture.health().connected, f"{fault} was not outlived")
        assert capture.health().opened > opened
    assert other.health().opened == 1


@pytest.mark.parametrize("kind", ["mjpeg", "rtsp jpeg"])
def test_another_resolution_in_mid_stream_is_taken(serve, make_capture: Make, kind) -> None:
    camera = serve(kind)
    capture = make_capture(camera.url)
    wait(lambda: capture.health().connected)
    camera.fault("resolution")
    wait(lambda: capture.want() or ((f := capture.newest()) and f.size == (160, 120)))
    assert capture.newest().full().shape == (120, 160, 3)
    assert capture.health().opened == 1


@pytest.mark.parametrize("size", [(160, 120), (640, 480)])
def test_h264_of_another_resolution_is_seen_at_the_size_it_began_with(
    serve, make_capture: Make, size
) -> None:
    camera = serve("rtsp h264")
    capture = make_capture(camera.url)
    wait(lambda: capture.health().connected)
    image = np.zeros((size[1], size[0], 3), np.uint8)
    image[:, : size[0] // 2] = 200
    camera.media = H264Media(encode_h264([image] * 25, 25, 12))

    def halves() -> tuple[float, float]:
        capture.want()
        seen = capture.newest().image
        return float(seen[:, 10:150].mean()), float(seen[:, 170:310].mean())

    wait(lambda: (two := halves()) and two[0] > 190 and two[1] < 10)
    assert capture.newest().size == (320, 240)
    assert capture.health().opened == 1


@pytest.mark.parametrize("fault", ["no_length", "boundary", "huge"])
def test_a_stream_that_is_only_written_badly_is_read(serve, make_capture: Make, fault) -> None:
    camera = serve("mjpeg")
    camera.fault(fault)
    capture = make_capture(camera.url)
    wait(lambda: capture.want() or ((f := capture.newest()) and f.number > 10))
    assert capture.newest().coded == CARD


@pytest.mark.parametrize("kind", ALL)
def test_nothing_is_left_open_after_many_openings(serve, kind) -> None:
    camera, clock, opener, counts = serve(kind), SystemClock(0), Opener(), []
    spec = CameraSource("bed", "body", camera.url, camera.url, 3.0, 2.0, 0.3)
    reasons = set()
    for fault in [*["drop", "once", "refuse"] * 6, "garbage", "drop", "once"]:
        camera.fault(fault)
        session = Session(spec, clock, opener, Keyframes(1.0), lambda *_: None)
        session.start(clock.mono_ns())
        session.thread.join(PATIENCE_S)
        assert not session.thread.is_alive()
        reasons.add(session.reason)
        camera.fault(None)
        wait(lambda: not camera.clients)
        counts.append(psutil.Process().num_fds())
    assert all(reasons)
    assert max(counts[12:]) <= max(counts[:12]), counts
    assert not [t for t in threading.enumerate() if t.name.startswith("camera ")]


def test_keyframes_alone_are_decoded_while_they_suffice(serve, make_capture: Make, caplog) -> None:
    caplog.set_level("INFO")
    capture = make_capture(serve("rtsp h264").url, read_timeout_s=3.0)
    capture.aim(1.0)
    wait(lambda: "keyframes every 0.5 s suffice for a picture every 1.0 s" in caplog.text)
    wait(lambda: 0 < capture.health().fps < 5)
    assert capture.newest().image.any()
    capture.aim(0.1)
    wait(lambda: "are too far apart for a picture every 0.1 s, every frame is decoded" in caplog.text)
    wait(lambda: capture.health().fps > 10)
    assert capture.health().opened == 1, "it was never lost"


def test_of_a_film_only_keyframes_are_decoded_at_their_times(make_capture: Make, tmp_path: Path) -> None:
    path = tmp_path / "film.h264"
    path.write_bytes(encode_h264(moving(320, 240, 50), 25, 10))
    quick = make_capture(str(path), "quick", read_timeout_s=3.0)
    full = make_capture(str(path), "full", read_timeout_s=3.0)
    full.aim(0.04)
    wait(lambda: quick.health().opened == 2 and quick.newest())
    assert quick.newest().number <= 2 * 5
    wait(lambda: full.health().opened == 2 and full.newest())
    assert full.newest().number > 45


def test_cameras_with_different_options_are_opened_one_after_the_other() -> None:
    doorway, inside, go = Doorway(), threading.Event(), threading.Event()

    def slow() -> None:
        with doorway.through("a;1"):
            inside.set()
            go.wait(PATIENCE_S)

    thread = threading.Thread(target=slow)
    thread.start()
    inside.wait(PATIENCE_S)
    with doorway.through("a;1"):  # alike: at once
        assert os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] == "a;1"
    with doorway.through("b;2"):  # not held up for ever by one that does not answer
        assert os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] == "b;2"
    go.set()
    thread.join()
