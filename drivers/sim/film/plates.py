"""The plates of a film: renders of one truck from one fixed camera, each with another load and light."""

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import cv2
import msgspec
import numpy as np

from drivers.camera.jpeg import Image
from drivers.errors import DeviceMissing
from drivers.sim.film.chance import draw
from drivers.sim.film.script import Bed, State

Side = Literal["front", "rear", "left", "right", "middle", "seam"]
_EXPOSED = {"covered": 0.0, "partly": 0.16, "uncovered": 1.0}


class Plate(msgspec.Struct, frozen=True):
    """One line of a `*.roi.jsonl`: the picture `file`, its load state `label`, and the scene's parameters.

    `pts` are the rim of the bed's opening as relative (x, y), one side from front to rear and the other back;
    `exposed` is the open share of it, and `side` where that begins (left: along the side told first; middle:
    between the ends; seam: between the sides). `mask` is a grey picture of the truck (255) before its
    surroundings; `load` and `cover` are what they are of.
    """

    file: str
    label: State
    pts: Annotated[tuple[tuple[float, float], ...], msgspec.Meta(min_length=4)]
    truck: str = "1"
    light: str = "sun"
    exposed: float | None = None
    load: str | None = None
    cover: str | None = None
    post: str = "cab"
    side: Side | None = None
    mask: str | None = None

    @property
    def share(self) -> float | None:
        """The exposed share of the opening; None for an empty bed."""
        if self.label == "empty":
            return None
        return _EXPOSED[self.label] if self.exposed is None else self.exposed


class Plates:
    """A folder of them."""

    def __init__(self, folder: Path, plates: Iterable[Plate]) -> None:
        self.folder = folder
        self.plates = sorted(plates, key=lambda p: p.file)
        self.read = lru_cache(maxsize=16)(self._read)

    @classmethod
    def open(cls, folder: Path | None = None) -> Self:
        """The plates of a folder (None: the shipped ones); raises DeviceMissing when it holds none."""
        where = (
            Path(str(resources.files("drivers.sim.film").joinpath("plates"))) if folder is None else folder
        )
        try:
            lines = [li for f in sorted(where.glob("*.roi.jsonl")) for li in f.read_text().splitlines()]
            plates = [msgspec.json.decode(line, type=Plate) for line in lines if line.strip()]
        except (OSError, ValueError) as e:
            raise DeviceMissing(str(e), where=str(where), remedy="see docs/simulated-camera.md") from e
        if not plates:
            raise DeviceMissing("no *.roi.jsonl", where=str(where), remedy="name a folder of plates")
        return cls(where, plates)

    @property
    def trucks(self) -> list[str]:
        """All whose load is seen covered, uncovered and empty, in order of their names."""
        states = {(p.truck, p.label) for p in self.plates}
        wanted: tuple[State, ...] = ("empty", "covered", "uncovered")
        return sorted({t for t, _ in states if all((t, s) in states for s in wanted)})

    def of(self, truck: str) -> list[Plate]:
        """One truck's; raises DeviceMissing when there are none."""
        found = [p for p in self.plates if p.truck == truck]
        if not found:
            known = ", ".join(self.trucks)
            raise DeviceMissing("no plates of this truck", where=f"{self.folder}: {truck}", remedy=known)
        return found

    def choose(self, truck: str, bed: Bed, light: str, seed: int) -> Plate:
        """The plate for a bed in a light: nearest in exposure, then alike in load and cover; by the seed.

        Raises DeviceMissing when the truck was not rendered so.
        """
        known = self.of(truck)
        if light == "infrared" and not any(p.light == light for p in known):
            light = "night"  # which is then drawn in grey
        fitting = [p for p in known if p.light == light and _fits(p, bed)]
        if not fitting:
            what = f"no plate of truck {truck}, {bed.state}, {light}"
            raise DeviceMissing(what, where=str(self.folder), remedy="change the script's light or truck")
        favourite = draw(seed, truck, "load").random()
        loads = sorted({(p.load or "", p.cover or "") for p in known if p.cover})
        liked = loads[int(favourite * len(loads))] if loads else ("", "")
        return min(fitting, key=lambda p: (_distance(p, bed), _unlike(p, liked), draw(seed, p.file).random()))

    def _read(self, name: str, size: tuple[int, int]) -> Image:
        """A picture of the folder at (width, height)."""
        found: Any = cv2.imread(str(self.folder / name), cv2.IMREAD_UNCHANGED)
        if found is None:
            raise DeviceMissing("no picture", where=str(self.folder / name), remedy="restore the plates")
        if found.ndim == 3 and found.shape[2] == 4:  # a mask as a renderer's alpha
            found = found[:, :, 3]
        small = size[0] < found.shape[1]
        scaled = cv2.resize(found, size, interpolation=cv2.INTER_AREA if small else cv2.INTER_LINEAR)
        return np.ascontiguousarray(scaled, np.uint8)


def _fits(plate: Plate, bed: Bed) -> bool:
    return (plate.label == "empty") == (bed.state == "empty")


def _distance(plate: Plate, bed: Bed) -> float:
    wanted = _EXPOSED.get(bed.state, 0.0) if bed.exposed is None else bed.exposed
    return round(abs((plate.share or 0.0) - wanted), 1) + (plate.label != bed.state)


def _unlike(plate: Plate, liked: tuple[str, str]) -> tuple[bool, bool]:
    return (plate.load or "") != liked[0], (plate.cover or liked[1]) != liked[1]
