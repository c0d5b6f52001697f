"""Captures against real servers, files and folders, with the faults that cameras have."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.capture import Capture
from drivers.camera.spec import CameraSource
from drivers.camera.stream import Opener
from drivers.clock import SystemClock
from drivers.sim.camera import SimCamera, cards, load_pictures
from drivers.sim.rtp import jpeg_parts
from drivers.sim.rtsp import SimRtsp
from drivers.sim.server import Server

CARD, OTHER = cards((320, 240))
PATIENCE_S = 30.0
Make = Callable[..., Capture]


def wait(predicate: Callable[[], object], what: str = "") -> None:
    end = time.monotonic() + PATIENCE_S
    while not predicate():
        assert time.monotonic() < end, what or "it did not come about"
        time.sleep(0.02)


def image_of(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def far(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


@pytest.fixture
def make(make_capture: Make) -> Make:
    return make_capture


@pytest.fixture(params=[SimCamera, SimRtsp])
def camera(request) -> Iterator[Server]:
    server = request.param(lambda: CARD, fps=20)
    server.start()
    yield server
    server.stop()


def connected(capture: Capture) -> Callable[[], bool]:
    return lambda: capture.health().connected


def lost(capture: Capture) -> Callable[[], bool]:
    return lambda: not capture.health().connected


def test_frames_are_the_pictures_shown(camera: Server, make: Make) -> None:
    capture = make(camera.url)
    wait(connected(capture))
    frame = capture.newest()
    assert frame
    assert frame.size == (320, 240)
    assert far(frame.image, image_of(CARD)) < 3 < far(frame.image, image_of(OTHER))
    wait(lambda: capture.health().fps > 0)
    health = capture.health()
    assert (health.width, health.height, health.opened, health.reason) == (320, 240, 1, None)
    assert health.age_s is not None


def test_a_wanted_frame_is_newer_than_the_wish(camera: Server, make: Make) -> None:
    capture = make(camera.url)
    wait(connected(capture))
    numbers = []
    for _ in range(3):
        wished = SystemClock(0).mono_ns()
        capture.want()
        wait(lambda wished=wished: (f := capture.newest()) and f.mono_ns >= wished)
        numbers.append(capture.newest().number)
    assert numbers == sorted(set(numbers))


def test_a_frozen_picture_still_counts_as_frames(camera: Server, make: Make) -> None:
    capture = make(camera.url)
    wait(connected(capture))
    camera.fault("freeze")
    first = capture.newest().number
    wait(lambda: capture.want() or capture.newest().number > first + 20)
    assert capture.health().connected


@pytest.mark.parametrize("fault", ["refuse", "stall", "garbage"])
def test_a_camera_that_comes_later_is_found(camera: Server, make: Make, fault: str) -> None:
    camera.fault(fault)
    capture = make(camera.url, open_timeout_s=0.5)
    wait(lambda: capture.health().reason not in (None, "not opened yet"))
    assert capture.newest() is None
    camera.fault(None)
    wait(connected(capture))
    assert capture.health().opened == 1


def test_a_video_file_is_played_over_and_over(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "drive.avi"
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 240))
    for _ in range(10):
        film.write(image_of(CARD))
    film.release()
    capture = make(str(path))
    wait(lambda: capture.health().opened == 2)
    wait(lambda: capture.newest() and far(capture.newest().image, image_of(CARD)) < 3)


def test_a_folder_is_shown_in_order_of_names_over_and_over(make: Make, tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(OTHER)
    (tmp_path / "a.jpg").write_bytes(CARD)
    (tmp_path / "c.txt").write_text("no picture")
    assert [
        far(image_of(p), image_of(e)) < 3 for p, e in zip(load_pictures(tmp_path), (CARD, OTHER), strict=True)
    ]
    capture = make(str(tmp_path))
    seen: dict[int, bool] = {}

    def look() -> bool:
        capture.want()
        frame = capture.newest()
        if frame:
            seen[frame.number] = far(frame.image, image_of(CARD)) < 3
        return len(seen) >= 5

    wait(look)
    assert all(is_card == (number % 2 == 1) for number, is_card in seen.items())


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("/dev/video97", "no such device"),
        ("/nowhere/film.mp4", "no such file or folder"),
        ("rtsp://127.0.0.1:9/1", "cannot be reached (Connection refused)"),
    ],
)
def test_a_camera_that_is_not_there_says_so(make: Make, source: str, reason: str) -> None:
    capture = make(source)
    wait(lambda: capture.health().reason == reason, reason)


def test_no_message_holds_the_password(make: Make, caplog: pytest.LogCaptureFixture, capfd) -> None:
    caplog.set_level("DEBUG")
    server = SimRtsp(lambda: CARD, fps=20).start()
    reasons = set()
    try:
        secret = server.url.replace("//", "//admin:geheim@")
        capture = Capture(
            CameraSource("bed", "body", secret, server.url, 1, 1, 0.5), SystemClock(0), int, Opener()
        )
        capture.start()
        wait(lambda: capture.tend() or capture.health().connected)
        for fault in ("garbage", "refuse"):
            server.fault(fault)
            wait(lambda: capture.tend() or not capture.health().connected)
            reasons.add(capture.health().reason)
        capture.stop(5.0)
    finally:
        server.stop()
    out, err = capfd.readouterr()
    assert reasons
    assert "geheim" not in caplog.text + out + err + str(reasons)


def test_a_picture_that_rtp_cannot_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="no scan"):
        jpeg_parts(b"\xff\xd8\xff\xd9")
    done, grey = cv2.imencode(".jpg", np.zeros((16, 16), np.uint8))
    assert done
    with pytest.raises(ValueError, match="4:2:0"):
        jpeg_parts(grey.tobytes())
