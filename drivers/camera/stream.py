"""An opened source of pictures: cv2.VideoCapture or a folder of pictures, behind one small interface.

Not run on hardware yet: V4L2 devices (`/dev/video0`), which take the same way with cv2.CAP_V4L2.
"""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import cv2
import numpy as np

from drivers.camera.frame import Image
from drivers.camera.spec import CameraSource
from drivers.errors import DeviceBusy, DeviceMissing, DriverError

Wait = Callable[[float], object]
PICTURES = (".bmp", ".jpeg", ".jpg", ".png", ".webp")
FOLDER_FPS = 5.0
_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322, "rtmp": 1935}


class Stream(Protocol):
    """What a capture thread reads from; used by one thread alone."""

    def grab(self) -> bool:
        """Wait for the next frame and hold it; False at the end of the stream or after the read time-out."""
        ...

    def retrieve(self) -> Image | None:
        """The held frame decoded, or None when it is damaged."""
        ...

    def close(self) -> None:
        """Let go of the source."""
        ...


def prepare_process(*, transport: str = "tcp", v4l_timeout_s: float = 5.0) -> None:
    """Set what OpenCV's back ends read from the environment when they open; once per process, before opening.

    RTSP goes over `transport`; its frame rate is not probed, which would hold back 20 frames and show them
    late. Native messages are silenced because they may hold an address with its
    password. Without the thread-safety switch all opening goes through one lock, where a camera that
    does not answer would hold up the others (cap_ffmpeg_impl.hpp; FFmpeg itself is safe since 4.0).
    """
    os.environ.update(
        OPENCV_FFMPEG_CAPTURE_OPTIONS=f"rtsp_transport;{transport}|fpsprobesize;0",
        OPENCV_FFMPEG_IS_THREAD_SAFE="1",
        OPENCV_FFMPEG_LOGLEVEL="-8",
        OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT=str(max(1, round(v4l_timeout_s))),
    )
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(1)


def open_stream(source: CameraSource, wait: Wait) -> Stream:
    """Open a source; `wait` passes the time between the frames of files and folders.

    Raises DeviceMissing, or DeviceBusy for a device another process holds; both without secrets.
    """
    if source.kind == "folder":
        return _Folder(source, wait)
    if source.kind == "device":
        return _Video(_device(source), None, wait)
    if source.kind == "file" and not Path(source.source).is_file():
        raise _missing(source, "no such file or folder")
    capture = cv2.VideoCapture(
        source.source,
        cv2.CAP_FFMPEG,
        [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            round(source.open_timeout_s * 1000),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            round(source.read_timeout_s * 1000),
            cv2.CAP_PROP_N_THREADS,
            1,
        ],
    )
    if not capture.isOpened():
        raise _missing(source, _why_not(source))
    fps = float(capture.get(cv2.CAP_PROP_FPS)) if source.kind == "file" else None
    return _Video(capture, fps, wait)


class _Video:
    """cv2.VideoCapture; a file is paced at its own rate, since it would else be read as fast as it can."""

    def __init__(self, capture: "cv2.VideoCapture", fps: float | None, wait: Wait) -> None:
        self._capture = capture
        self._pace = _Pace(fps, wait) if fps else None

    def grab(self) -> bool:
        if self._pace:
            self._pace.keep()
        return bool(self._capture.grab())

    def retrieve(self) -> Image | None:
        done, image = self._capture.retrieve()
        return _bgr(image) if done else None

    def close(self) -> None:
        self._capture.release()


class _Folder:
    """Pictures of a folder in name order, over and over, at FOLDER_FPS."""

    def __init__(self, source: CameraSource, wait: Wait) -> None:
        self._folder = Path(source.source)
        self._pace = _Pace(FOLDER_FPS, wait)
        self._next = 0
        self._held: Path | None = None
        if not self._files():
            raise _missing(source, "holds no pictures")

    def grab(self) -> bool:
        self._pace.keep()
        files = self._files()
        if not files:
            return False
        self._held = files[self._next % len(files)]
        self._next += 1
        return True

    def retrieve(self) -> Image | None:
        return None if self._held is None else _bgr(cv2.imread(str(self._held), cv2.IMREAD_COLOR))

    def close(self) -> None:
        self._held = None

    def _files(self) -> list[Path]:
        return sorted(f for f in self._folder.iterdir() if f.suffix.lower() in PICTURES)


class _Pace:
    """Waits so that `keep` returns `fps` times a second."""

    def __init__(self, fps: float, wait: Wait) -> None:
        self._period, self._wait = 1 / fps, wait
        self._due = time.monotonic()

    def keep(self) -> None:
        while (rest := self._due - time.monotonic()) > 0:
            self._wait(min(rest, 0.5))
        self._due = max(self._due, time.monotonic() - self._period) + self._period


def _bgr(image: Any) -> Image | None:
    """The picture with three channels, or None when there is none."""
    if image is None or image.size == 0:
        return None
    return np.ascontiguousarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image)


def _device(source: CameraSource) -> "cv2.VideoCapture":
    path = Path(f"/dev/video{source.source}" if source.source.isdigit() else source.source)
    if not path.exists():
        raise _missing(source, "no such device")
    if not os.access(path, os.R_OK | os.W_OK):
        raise DeviceMissing("no permission", where=source.shown, remedy="add the user to the group `video`")
    capture = cv2.VideoCapture(str(path), cv2.CAP_V4L2)
    if not capture.isOpened():
        raise DeviceBusy("cannot be opened", where=source.shown, remedy="see what else uses it: fuser -v")
    return capture


def _missing(source: CameraSource, what: str) -> DriverError:
    return DeviceMissing(
        what, where=f"camera {source.name} ({source.shown})", remedy="check cable and address"
    )


def _why_not(source: CameraSource) -> str:
    """OpenCV does not say why it could not open; for an address, see how far one comes."""
    if source.kind != "url":
        return "holds no video that can be read"
    parts = urlsplit(source.source)
    address = (parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80))
    try:
        with socket.create_connection(address, timeout=min(5.0, source.open_timeout_s)):
            return "answers but gives no video (path, user, password, or stalled)"
    except TimeoutError:
        return "no answer from the address"
    except OSError as e:
        return f"cannot be reached ({e.strerror or type(e).__name__})"
