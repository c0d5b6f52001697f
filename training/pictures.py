"""The renders: which there are, where the bed is in each, and which are held out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

CLASSES = ("empty", "covered", "partly", "uncovered")
HELD_OUT_EVERY = 5


@dataclass(frozen=True)
class Render:
    """One rendered scene: `rim` are relative corners of the bed's opening, `scene` its parameters."""

    file: Path
    label: str
    rim: tuple[tuple[float, float], ...]
    scene: dict[str, object]

    @property
    def held_out(self) -> bool:
        """Whether the scene is for validation: every fifth of a seed; no two share parameters."""
        return int(self.file.stem.rsplit("_", 1)[1]) % HELD_OUT_EVERY == 0

    @property
    def index(self) -> int:
        """The label's place in CLASSES."""
        return CLASSES.index(self.label)

    def read(self) -> np.ndarray:
        """The picture, BGR; raises SystemExit when it can't be read."""
        picture = cv2.imread(str(self.file), cv2.IMREAD_COLOR)
        if picture is None:
            raise SystemExit(f"{self.file}: not a picture")
        return picture


def find(*folders: Path) -> list[Render]:
    """All renders of a known class that the folders' `*.roi.jsonl` files list, in a fixed order.

    A scene labelled `partial` is left out: 25-70 % open straddles the limit of `partly` (30 %).
    """
    found = [render for folder in folders for render in _of(folder)]
    if not found:
        raise SystemExit(f"no *.roi.jsonl with renders in {', '.join(map(str, folders))}")
    return found


def _of(folder: Path) -> Iterator[Render]:
    for listing in sorted(folder.glob("*.roi.jsonl")):
        for line in listing.read_text().splitlines():
            scene = json.loads(line)
            file = folder / scene["file"]
            rim = tuple((float(x), float(y)) for x, y in scene.pop("pts"))
            if file.exists() and scene["label"] in CLASSES:
                yield Render(file, scene["label"], rim, scene)
