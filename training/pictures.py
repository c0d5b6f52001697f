"""The renders: which there are, where the bed is in each, how far it is exposed, and which are held out."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

Picture = np.ndarray
Rim = tuple[tuple[float, float], ...]

CLASSES = ("empty", "covered", "partly", "uncovered")
HELD_OUT_EVERY = 6
# A sister network never sees these scenes: what it says of them is what can be expected of a strange truck.
# Both a common and a rare kind, and one light that changes colours most.
UNSEEN_COVERS = frozenset({"roller", "lid"})
UNSEEN_LIGHTS = frozenset({"dusk", "infrared"})
PARTLY_FROM, PARTLY_TO = 0.05, 0.30  # shares of the opening; a notice between them, a violation above
SOFT = 0.03  # half the width of the ramp between two labels at a border
_MARGIN, _LONGEST = 0.4, 352  # a kept crop: share of the bed's box added on each side; px


@dataclass(frozen=True)
class Render:
    """One rendered scene: `rim` are relative corners of the bed's opening, `scene` its parameters."""

    file: Path
    label: str
    rim: Rim
    scene: dict[str, object]

    @property
    def truck(self) -> str:
        """Whose bed it is; a scene without an identity has a truck of its own."""
        return str(self.scene.get("truck") or self.file.stem)

    @property
    def exposed(self) -> float | None:
        """The share of the opening that is open above a load, 0..1; None for an empty bed or when unknown."""
        if self.label == "empty":
            return None
        share = self.scene.get("exposed")
        return float(str(share)) if share is not None else {"uncovered": 1.0}.get(self.label)

    @property
    def held_out(self) -> bool:
        """Whether the scene is for validation: all scenes of about one truck in HELD_OUT_EVERY."""
        return zlib.crc32(self.truck.encode()) % HELD_OUT_EVERY == 0

    @property
    def unseen(self) -> bool:
        """Whether its cover or its light is of a kind that the sister network never sees."""
        return self.scene.get("cover") in UNSEEN_COVERS or self.scene.get("light") in UNSEEN_LIGHTS

    @property
    def index(self) -> int:
        """The label's place in CLASSES."""
        return CLASSES.index(self.label)

    def read(self) -> Picture:
        """The picture, BGR; raises SystemExit when it can't be read."""
        picture = cv2.imread(str(self.file), cv2.IMREAD_COLOR)
        if picture is None:
            raise SystemExit(f"{self.file}: not a picture")
        return picture


def find(*folders: Path) -> list[Render]:
    """All renders of a known class that the folders' `*.roi.jsonl` files list, in a fixed order.

    A scene labelled `partial` is left out: 25-70 % open straddles the limit of `partly` (30 %). Raises
    SystemExit when there is none.
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
            scene.setdefault("post", scene.get("cam"))  # the earlier word for it
            if scene["label"] in CLASSES and file.exists():
                yield Render(file, scene["label"], rim, scene)


def target(label: str, exposed: float | None) -> np.ndarray:
    """What the network should answer, (4,) float32: the label, or near a border of `partly` some of both."""
    wanted = np.zeros(len(CLASSES), np.float32)
    if label == "empty" or exposed is None:
        wanted[CLASSES.index(label)] = 1
        return wanted
    some, much = (
        float(np.clip((exposed - limit) / (2 * SOFT) + 0.5, 0, 1)) for limit in (PARTLY_FROM, PARTLY_TO)
    )
    wanted[1:] = 1 - some, some - much, much
    return wanted


def kept_crop(render: Render) -> tuple[Picture, Rim]:
    """The render cut to the bed and what is near it, at most 352 px long, and the rim in that crop."""
    picture = render.read()
    h, w = picture.shape[:2]
    x0, x1 = _span([x for x, _ in render.rim], w)
    y0, y1 = _span([y for _, y in render.rim], h)
    crop = picture[y0:y1, x0:x1]
    rim = tuple(((x * w - x0) / (x1 - x0), (y * h - y0) / (y1 - y0)) for x, y in render.rim)
    scale = _LONGEST / max(crop.shape[:2])
    if scale < 1:
        crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(crop), rim


def _span(places: list[float], pixels: int) -> tuple[int, int]:
    low, high = max(min(places, default=0), 0), min(max(places, default=1), 1)
    pad = _MARGIN * max(high - low, 0)
    start = min(max(int((low - pad) * pixels), 0), pixels - 16)
    return start, max(min(int((high + pad) * pixels) + 1, pixels), start + 16)
