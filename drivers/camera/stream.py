"""Opens each kind of source."""

import os
from contextlib import suppress
from pathlib import Path

import cv2

from drivers.camera.ffmpeg import Doorway, open_video
from drivers.camera.folder import Folder
from drivers.camera.http_stream import HttpStream, NoPicturesError
from drivers.camera.keyframes import Keyframes
from drivers.camera.picture import Stream, Wait, missing
from drivers.camera.spec import CameraSource
from drivers.camera.v4l2 import Device


class Opener:
    """Opens sources for all captures of a process; make one, before any camera is opened.

    OpenCV's back ends read from the environment. Native messages are silenced, since they may hold an
    address with its password. Without the thread-safety switch all opening goes through one lock, where a
    camera that does not answer would hold up the others (cap_ffmpeg_impl.hpp; FFmpeg itself is safe since
    4.0). A device may take `v4l_timeout_s` for a frame.
    """

    def __init__(self, *, v4l_timeout_s: float = 5.0) -> None:
        os.environ.update(
            OPENCV_FFMPEG_IS_THREAD_SAFE="1",
            OPENCV_FFMPEG_LOGLEVEL="-8",
            OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT=str(max(1, round(v4l_timeout_s))),
        )
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        cv2.setNumThreads(1)
        self._doorway = Doorway()

    def __call__(self, source: CameraSource, wait: Wait, keyframes: Keyframes) -> Stream:
        """Open a source; `wait` passes time and is true once the capture is told to stop.

        Raises DeviceMissing, or DeviceBusy for a device another process holds; both without secrets.
        """
        if source.kind == "folder":
            return Folder(source, wait)
        if source.kind == "device":
            return Device(source)
        if source.kind == "file" and not Path(source.source).is_file():
            raise missing(source, "no such file or folder")
        if source.source.startswith(("http://", "https://")):
            with suppress(NoPicturesError):  # then it is a video
                return HttpStream(source, wait, keyframes)
        return open_video(source, wait, keyframes, self._doorway)
