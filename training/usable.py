"""The camera-usable measures of clean and of spoilt pictures: python -m training.usable FOLDER..."""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from agent.vision.condition.limits import Limits
from agent.vision.condition.measures import SIDE, measure, unusable
from agent.vision.preprocess import crop_bed, shrink
from training.pictures import Render, find

# Below all clean renders and above black, blocked and blurred ones, as main() prints them.
USABLE = {"dark": 14.0, "spread": 3.0, "sharp": 2.4, "white": 0.6}
Spoil = Callable[[np.ndarray], np.ndarray]
SPOILT: dict[str, Spoil] = {
    "clean": lambda p: p,
    "dark": lambda p: (p * 0.06).astype(np.uint8),
    "glare": lambda p: np.clip(p * 1.5 + 160, 0, 255).astype(np.uint8),
    "blocked": lambda p: cv2.GaussianBlur((p * 0.1 + 60).astype(np.uint8), (0, 0), 60),
    "blurred": lambda p: cv2.GaussianBlur(p, (0, 0), 8),
}


def main() -> None:
    """Print percentiles of each measure for clean pictures and each way of spoiling them."""
    renders = find(*map(Path, sys.argv[1:]))
    print(
        f"{'n=' + str(len(renders)):10}{'measure':10}"
        + "".join(f"{q:>9}%" for q in (0, 1, 5, 50, 95, 99, 100))
    )
    for name, spoil in SPOILT.items():
        found = [measure(shrink(crop_bed(spoil(r.read()), r.rim), SIDE)) for r in renders]
        for field in found[0].__struct_fields__:
            row = np.percentile([getattr(m, field) for m in found], (0, 1, 5, 50, 95, 99, 100))
            print(f"{name:10}{field:10}" + "".join(f"{v:10.2f}" for v in row))


def judged(renders: list[Render]) -> list[Render]:
    """The renders that the agent would judge: one that is all dark or all fog teaches nothing."""
    limits = Limits(**USABLE)
    return [r for r in renders if unusable(measure(shrink(crop_bed(r.read(), r.rim), SIDE)), limits) is None]


if __name__ == "__main__":
    main()
