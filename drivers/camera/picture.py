"""A frame held by a stream, decoded as far as it is needed, and what every kind of stream offers."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np

from drivers.camera.jpeg import Image, Size, decode, jpeg_size
from drivers.camera.spec import CameraSource
from drivers.errors import DeviceMissing

Wait = Callable[[float], object]
Detail = Callable[[Size], int]


class Picture(NamedTuple):
    """`image` BGR, perhaps smaller than `size`, the picture's own; `coded` the JPEG it was, if it was one."""

    image: Image
    size: Size
    coded: bytes | None


class Stream(Protocol):
    """What a capture thread reads from; used by one thread alone.

    `keyframe`: whether the held frame is one; None where every frame stands by itself. `only_keyframes`: no
    others are decoded.
    """

    keyframe: bool | None
    only_keyframes: bool

    def grab(self) -> bool:
        """Wait for the next frame and hold it; False at the end of the stream or after the read time-out."""
        ...

    def retrieve(self, detail: Detail) -> Picture | None:
        """The held frame, or None when it is damaged; `detail` gives the factor by which it may be shrunk."""
        ...

    def close(self) -> None:
        """Let go of the source."""
        ...


def whole(size: Size) -> int:  # noqa: ARG001 - the picture of any size
    """The `detail` of who needs every pixel."""
    return 1


def of_jpeg(coded: bytes, detail: Detail) -> Picture | None:
    """A JPEG decoded to the detail needed; None when it is damaged."""
    size = jpeg_size(coded)
    if size is None:
        return None
    image = decode(coded, detail(size))
    return None if image is None else Picture(image, size, coded)


def of_image(image: Any) -> Picture | None:
    """What OpenCV decoded (grey or BGR), or None when that is nothing."""
    if image is None or image.size == 0:
        return None
    bgr = np.ascontiguousarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image)
    return Picture(bgr, (bgr.shape[1], bgr.shape[0]), None)


def missing(source: CameraSource, what: str, remedy: str = "check cable and address") -> DeviceMissing:
    """The error of a camera that gives nothing, without its secrets."""
    return DeviceMissing(what, where=f"camera {source.name} ({source.shown})", remedy=remedy)
