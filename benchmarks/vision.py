"""A whole decision of the load model against the bare forward pass of its network, on one thread.

Both run in turns in one process. A decision is what the vision process does with a decoded frame: crop,
shrink, check, normalise, forward, judge. One JSON object per line.
"""

import json
import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np

from agent.vision.judge import Judge
from agent.vision.manifest import SHIPPED, read_manifest
from agent.vision.preprocess import blob, shrink

ROUNDS, TIMES = 40, 5
BED = ((0.25, 0.3), (0.75, 0.3), (0.95, 0.95), (0.05, 0.95))


def milliseconds(action: Callable[[], object]) -> float:
    """CPU time per call, the mean of a few; other processes do not disturb it much."""
    began = time.process_time()
    for _ in range(TIMES):
        action()
    return 1e3 * (time.process_time() - began) / TIMES


def compare(width: int, height: int) -> dict[str, object]:
    """Rounds in turns on a frame of that size; the ratio of the times, lower is better."""
    rng = np.random.default_rng(0)
    small = rng.integers(40, 200, (height // 20, width // 20, 3), dtype=np.uint8)
    frame = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    judge = Judge.load(None)
    bare = _bare(frame)
    assert judge.judge("", frame, BED).usable, "the frame must take the whole way"
    rounds = [(milliseconds(lambda: judge.judge("", frame, BED)), milliseconds(bare)) for _ in range(ROUNDS)]
    ratios = [own / theirs for own, theirs in rounds]
    return {
        "bench": "vision.decision",
        "ratio": round(statistics.median(ratios), 3),
        "min": round(min(ratios), 3),
        "max": round(max(ratios), 3),
        "against": "the bare forward pass",
        "unit": "x",
        "frame": f"{width}x{height}",
        "ours_ms": round(statistics.median(own for own, _ in rounds), 2),
        "raw_ms": round(statistics.median(theirs for _, theirs in rounds), 2),
    }


def _bare(frame: np.ndarray) -> Callable[[], object]:
    manifest = read_manifest(SHIPPED)
    network = cv2.dnn.readNetFromONNX(str(SHIPPED.parent / manifest.file))
    ready = blob(shrink(frame, manifest.input), manifest.mean, manifest.scale)

    def forward() -> object:
        network.setInput(ready)
        return network.forward()

    return forward


def main() -> None:
    """Measure on a small and on a full-HD frame."""
    cv2.setNumThreads(1)
    for width, height in ((1920, 1080), (640, 480)):
        print(json.dumps(compare(width, height)))


if __name__ == "__main__":
    main()
