"""One picture of a camera."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


class Frame:
    """`image` is uint8, height x width x 3, BGR; `number` counts the frames since the capture was made.

    `mono_ns` is when it was taken from the stream (CLOCK_BOOTTIME). Nobody writes into `image`.
    """

    __slots__ = ("image", "mono_ns", "number")

    def __init__(self, image: Image, number: int, mono_ns: int) -> None:
        self.image, self.number, self.mono_ns = image, number, mono_ns

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.image.shape[:2]
        return width, height

    @classmethod
    def of_jpeg(cls, coded: bytes) -> "Frame":
        """A picture from a JPEG, with no number and no time of its own; raises ValueError when it is none."""
        import cv2

        image = cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(f"{len(coded)} bytes that are no picture")
        return cls(image, 0, 0)

    def jpeg(self, quality: int = 90) -> bytes:
        """The picture as JPEG (libjpeg quality 0..100); raises ValueError when it cannot be coded."""
        import cv2

        done: bool
        coded: NDArray[Any]
        done, coded = cv2.imencode(".jpg", self.image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if not done:
            raise ValueError(f"a picture of shape {self.image.shape} cannot be coded as JPEG")
        return coded.tobytes()

    def save(self, path: Path, quality: int = 90) -> None:
        """Write the picture as JPEG: on return it is on disk, whole, under its name; raises OSError.

        What exists and is no file (/dev/null, a pipe) is written to, never replaced.
        """
        if path.exists() and not path.is_file():
            path.write_bytes(self.jpeg(quality))
            return
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with fresh.open("wb") as file:
                file.write(self.jpeg(quality))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
