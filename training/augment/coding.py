"""What compression does: JPEG, a real MPEG-4 round trip, and the blocks of a starved stream."""

import tempfile
from pathlib import Path

import cv2
import numpy as np

from training.augment.step import pixels
from training.pictures import Picture

_BLOCK = 8


def jpeg(picture: Picture, rng: np.random.Generator) -> Picture:
    """Through JPEG, poor to good."""
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 90))])
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


def blocks(picture: Picture, rng: np.random.Generator) -> Picture:
    """A stream short of bits: some areas keep only the mean of each block, and lag by a few pixels."""
    h, w = picture.shape[:2]
    side = _BLOCK * int(rng.integers(1, 3))
    down, across = -(-h // side), -(-w // side)
    flat = cv2.resize(
        cv2.resize(picture, (across, down), interpolation=cv2.INTER_AREA), (w, h), interpolation=0
    )
    lost = cv2.resize(
        (rng.random((down, across)) < rng.uniform(0.1, 0.6)).astype(np.float32), (w, h), interpolation=0
    )
    late = np.roll(picture, rng.integers(-3, 4, 2), (0, 1))
    mixed = flat * 0.7 + late * 0.3
    return pixels(picture + (mixed - picture) * lost[..., None])


def mpeg(picture: Picture, rng: np.random.Generator) -> Picture:
    """The third frame of a shaken clip after MPEG-4 through FFmpeg; unchanged where OpenCV can't."""
    size = int(rng.integers(5, 10)) * 16
    small = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        file = str(Path(folder) / "clip.avi")
        writer = cv2.VideoWriter(file, cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"FMP4"), 25, (size, size))
        for step in range(3):
            writer.write(np.roll(small, tuple(rng.integers(-4, 5, 2) * (step < 2)), (0, 1)))
        writer.release()
        last = _last(file)
    return picture if last is None else cv2.resize(last, picture.shape[1::-1])


def _last(file: str) -> Picture | None:
    last, reader = None, cv2.VideoCapture(file, cv2.CAP_FFMPEG)
    found, frame = reader.read()
    while found:
        last = frame
        found, frame = reader.read()
    reader.release()
    return last


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a clip of a few kB, gone at once
