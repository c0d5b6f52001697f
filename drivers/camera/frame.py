"""One picture of a camera."""

import os
from pathlib import Path

from drivers.camera.jpeg import Image, Size, decode, encode, jpeg_size


class Frame:
    """`image` is uint8, height x width x 3, BGR; `number` counts the frames since the capture was made.

    `mono_ns` is when it was taken from the stream (CLOCK_BOOTTIME). `coded` is the JPEG as the camera sent
    it, None from a source of another kind. With it, `image` may be smaller than the picture, whose own size
    is `size`: what needs every pixel takes `full`. Nobody writes into `image`.
    """

    __slots__ = ("coded", "image", "mono_ns", "number", "size")

    def __init__(
        self, image: Image, number: int, mono_ns: int, coded: bytes | None = None, size: Size | None = None
    ) -> None:
        self.image, self.number, self.mono_ns, self.coded = image, number, mono_ns, coded
        self.size = size or (image.shape[1], image.shape[0])

    @classmethod
    def of_jpeg(cls, coded: bytes) -> "Frame":
        """A picture from a JPEG, with no number and no time of its own; raises ValueError when it is none."""
        image = decode(coded)
        if image is None:
            raise ValueError(f"{len(coded)} bytes that are no picture")
        return cls(image, 0, 0, coded if jpeg_size(coded) else None)

    def full(self) -> Image:
        """The picture with every pixel, BGR; raises ValueError when the JPEG is damaged further on."""
        if self.image.shape[1::-1] == self.size or self.coded is None:
            return self.image
        image = decode(self.coded)
        if image is None:
            raise ValueError(f"frame {self.number}: its JPEG is damaged")
        return image

    def jpeg(self, quality: int = 90) -> bytes:
        """The picture as JPEG: the camera's own bytes where it sent JPEG, else coded with libjpeg `quality`.

        Raises ValueError when it cannot be coded.
        """
        return self.coded if self.coded is not None else encode(self.image, quality)

    def save(self, path: Path, quality: int = 90) -> None:
        """Write `jpeg` to a file: on return it is on disk, whole, under its name; raises OSError.

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
