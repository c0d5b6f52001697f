"""Video devices through OpenCV's V4L2 back end. Not run on hardware yet."""

import os
from pathlib import Path

import cv2

from drivers.camera.picture import Detail, Picture, missing, of_image, of_jpeg
from drivers.camera.spec import CameraSource
from drivers.errors import DeviceBusy, DeviceMissing


class Device:
    """A device; what it sends as MJPG is decoded only when wanted, and kept as it came.

    Raises DeviceMissing, or DeviceBusy when another process holds it.
    """

    keyframe: bool | None = None
    only_keyframes = False

    def __init__(self, source: CameraSource) -> None:
        path = device_path(source.source)
        if not path.exists():
            raise missing(source, "no such device")
        if not os.access(path, os.R_OK | os.W_OK):
            raise DeviceMissing(
                "no permission", where=source.shown, remedy="add the user to the group `video`"
            )
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_V4L2)
        if not self._capture.isOpened():
            raise DeviceBusy("cannot be opened", where=source.shown, remedy="see what else uses it: fuser -v")
        if source.fourcc:
            self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*source.fourcc))
        if source.size:
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, source.size[0])
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, source.size[1])
        if int(self._capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"MJPG"):
            self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)

    def grab(self) -> bool:
        """Take the next buffer of the driver."""
        return bool(self._capture.grab())

    def retrieve(self, detail: Detail) -> Picture | None:
        """The held buffer as a picture."""
        done, image = self._capture.retrieve()
        if not done or image is None:
            return None
        coded = image.tobytes() if image.ndim == 1 or image.shape[0] == 1 else b""
        return of_jpeg(coded, detail) if coded[:2] == b"\xff\xd8" else of_image(image)

    def close(self) -> None:
        """Close the device."""
        self._capture.release()


def device_path(source: str) -> Path:
    """The node that a path or a number names."""
    return Path(f"/dev/video{source}" if source.isdigit() else source)
