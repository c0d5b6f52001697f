"""Frames as a thrifty H.264 camera hands them on: coded with the one before, and decoded again."""

from collections.abc import Sequence

import av
import numpy as np

_FPS = 10
BEFORE_S = (0.1, 0.0)  # a keyframe and one that follows
_OPTIONS = {"crf": "34", "preset": "superfast", "tune": "zerolatency", "g": "3"}


def recoded(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """The last of some BGR pictures of one size, after coding and decoding them all."""
    coder = av.CodecContext.create("libx264", "w")
    coder.height, coder.width = pictures[0].shape[:2]
    coder.pix_fmt, coder.framerate, coder.options = "yuv420p", _FPS, _OPTIONS
    packets = [p for shown in pictures for p in coder.encode(av.VideoFrame.from_ndarray(shown, "bgr24"))]
    packets += coder.encode(None)
    reader = av.CodecContext.create("h264", "r")
    frames = [frame for packet in packets for frame in reader.decode(packet)] + reader.decode(None)
    return frames[-1].to_ndarray(format="bgr24")
