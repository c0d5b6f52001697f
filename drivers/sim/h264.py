"""H.264 streams for simulated cameras, coded with PyAV, which only development and tests install."""

import io
from collections.abc import Iterable
from typing import Any

from drivers.camera.jpeg import Image


def encode_h264(pictures: Iterable[Image], fps: int, keyframe_every: int) -> bytes:
    """An elementary stream (Annex B) of BGR pictures of one size; a keyframe every so many pictures.

    As cameras make it: no B frames, parameter sets before each keyframe, 4 Mbit/s. Raises
    ModuleNotFoundError without PyAV.
    """
    import av

    target = io.BytesIO()
    exact = f"keyint={keyframe_every}:min-keyint={keyframe_every}:scenecut=0:bframes=0:repeat-headers=1"
    options = {"x264-params": exact, "preset": "veryfast"}
    with av.open(target, "w", format="h264") as out:
        stream: Any = out.add_stream("libx264", rate=fps, options=options)
        stream.pix_fmt, stream.bit_rate = "yuv420p", 4_000_000
        for i, picture in enumerate(pictures):
            if i == 0:
                stream.height, stream.width = picture.shape[:2]
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        out.mux(stream.encode(None))
    return target.getvalue()


def moving(width: int, height: int, count: int) -> Iterable[Image]:
    """Pictures of blocks of grey that drift, so that the pictures between keyframes have something to say."""
    import numpy as np

    rng = np.random.default_rng(0)
    blocks = rng.integers(30, 220, (height // 8 + 16, width // 8 + 16), dtype=np.uint8)
    field = np.kron(blocks, np.ones((8, 8), np.uint8))
    for i in range(count):
        x, y = 3 * i % 64, 2 * i % 64
        grey = field[y : y + height, x : x + width]
        yield np.ascontiguousarray(np.dstack([grey, 255 - grey, grey // 2]))
