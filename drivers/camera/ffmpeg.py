"""Video through OpenCV's FFmpeg back end: RTSP, files, and HTTP that is no MJPEG.

Its options go through the process's environment, which it reads whenever it opens (cap_ffmpeg_impl.hpp): the
transport of RTSP, the time-out of its sockets, and whether the decoder passes over all but keyframes.
"""

import ipaddress
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, urlsplit

import cv2

from drivers.camera.keyframes import SECOND, Keyframes
from drivers.camera.pace import Pace
from drivers.camera.picture import Detail, Picture, Wait, missing, of_image, of_jpeg
from drivers.camera.spec import CameraSource
from drivers.dial import dial

_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322, "rtmp": 1935}
_MJPEG = {int.from_bytes(name, "little") for name in (b"MJPG", b"mjpg", b"jpeg", b"AVRn")}
_PROBED_S = 15.0  # of a film, to find its keyframes


class Doorway:
    """Lets captures open one after the other where their options differ; one for the whole process.

    OpenCV reads the environment first thing, so whoever is in for `_READ_S` has read it, and a camera that
    does not answer holds up no other.
    """

    _READ_S = 0.5

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._inside: dict[object, str] = {}

    @contextmanager
    def through(self, options: str) -> Iterator[None]:
        """Open within; the environment holds `options` as long as it may be read."""
        mine = object()
        with self._free:
            self._free.wait_for(lambda: all(o == options for o in self._inside.values()), self._READ_S)
            self._inside = {other: o for other, o in self._inside.items() if o == options} | {mine: options}
            if os.environ.get(_OPTIONS) != options:
                os.environ[_OPTIONS] = options
        try:
            yield
        finally:
            with self._free:
                self._inside.pop(mine, None)
                self._free.notify_all()


def open_video(source: CameraSource, wait: Wait, keyframes: Keyframes, doorway: Doorway) -> "Video":
    """Open an address or a file; a file is shown at its own pace.

    Raises DeviceMissing, without secrets, saying what OpenCV does not: how far one comes.
    """
    film = source.kind == "file"
    if film:
        _probe(source, keyframes, doorway)
    else:
        _find(source)
    capture = _open(source, doorway, only_keyframes=keyframes.suffice)
    if not capture.isOpened():
        raise missing(source, _why_not(source))
    return Video(capture, Pace(wait) if film else None, only_keyframes=keyframes.suffice)


class Video:
    """cv2.VideoCapture; motion JPEG is not decoded until it is wanted, and then no further than needed.

    A coded stream that changes its resolution is scaled to its first size by OpenCV.
    """

    def __init__(self, capture: "cv2.VideoCapture", pace: Pace | None, *, only_keyframes: bool) -> None:
        self._capture, self._pace = capture, pace
        self._raw = int(capture.get(cv2.CAP_PROP_FOURCC)) in _MJPEG and capture.set(cv2.CAP_PROP_FORMAT, -1)
        self._fps = float(capture.get(cv2.CAP_PROP_FPS)) or 25.0
        self._count = 0
        self.only_keyframes = only_keyframes and not self._raw
        self.keyframe: bool | None = None

    def grab(self) -> bool:
        """Hold the next frame; of a coded stream it is decoded here, but not yet converted."""
        if not self._capture.grab():
            return False
        if not self._raw and self._pace is None:
            self.keyframe = bool(self._capture.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME))
        if self._pace:
            said_s = float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
            self._pace.at(said_s if said_s > 0 else self._count / self._fps)
            self._count += 1
        return True

    def retrieve(self, detail: Detail) -> Picture | None:
        """The held frame as a picture."""
        done, image = self._capture.retrieve()
        if not done:
            return None
        return of_jpeg(image.tobytes(), detail) if self._raw else of_image(image)

    def close(self) -> None:
        """Close the stream."""
        self._capture.release()


def _open(
    source: CameraSource, doorway: Doorway, *, only_keyframes: bool = False, raw: bool = False
) -> "cv2.VideoCapture":
    settings = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        round(source.open_timeout_s * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        round(source.read_timeout_s * 1000),
        cv2.CAP_PROP_N_THREADS,
        1,
    ]
    options = {
        "rtsp_transport": source.transport,
        "fpsprobesize": "0",  # else the first frames are held back and shown late
        "timeout": str(round(source.read_timeout_s * 1_000_000)),
    }
    if only_keyframes:
        options["avdiscard"] = "nonkey"
    if source.kind == "file":
        del options["timeout"], options["rtsp_transport"]
    with doorway.through("|".join(f"{key};{value}" for key, value in options.items())):
        return cv2.VideoCapture(
            source.source, cv2.CAP_FFMPEG, [*settings, *((cv2.CAP_PROP_FORMAT, -1) if raw else ())]
        )


def _probe(source: CameraSource, keyframes: Keyframes, doorway: Doorway) -> None:
    """Look for the keyframes at the beginning of a film, without decoding it."""
    capture = _open(source, doorway, raw=True)
    fps = float(capture.get(cv2.CAP_PROP_FPS)) or 25.0
    keyframes.begin()
    count = 0
    while count < _PROBED_S * fps and capture.grab():
        key = bool(capture.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME))
        keyframes.saw(round(count * SECOND / fps), key=key)
        count += 1
    capture.release()


def _find(source: CameraSource) -> None:
    """FFmpeg waits for a name server without an end; so a name is looked up here first."""
    url = urlsplit(source.source)
    try:
        ipaddress.ip_address(url.hostname or "")
    except ValueError:
        if why := _unreachable(url, source.open_timeout_s):
            raise missing(source, why) from None


def _why_not(source: CameraSource) -> str:
    if source.kind == "file":
        return "holds no video that can be read"
    unreachable = _unreachable(urlsplit(source.source), min(5.0, source.open_timeout_s))
    return unreachable or "answers but gives no video (path, user, password, or stalled)"


def _unreachable(url: SplitResult, timeout_s: float) -> str | None:
    try:
        with dial(url.hostname or "", url.port or _PORTS.get(url.scheme, 80), timeout_s):
            return None
    except TimeoutError:
        return "no answer from the address"
    except (socket.gaierror, UnicodeError):
        return "the name of its host is not known"
    except OSError as e:
        return f"cannot be reached ({e.strerror or type(e).__name__})"
