"""One picture's parameters. Colours are linear RGB 0..1, lengths m, angles deg."""

import random
from dataclasses import asdict, dataclass

from training.scenes import lens
from training.scenes.lens import Camera
from training.scenes.opening import Patch, exposed_share
from training.scenes.palette import Colour


@dataclass(frozen=True)
class Truck:
    """What stays the same of a truck; `form` is box, chamfer or round, `canopy` m over the front wall."""

    name: str
    length: float
    width: float
    depth: float
    form: str
    body: Colour
    inner: Colour
    cab: Colour
    ribs: int
    inner_ribs: str
    canopy: float
    hoops: int
    wear: float
    metal: float

    @property
    def size(self) -> tuple[float, float, float]:
        """Inner length, width and depth, m."""
        return self.length, self.width, self.depth


@dataclass(frozen=True)
class Load:
    """What lies in the bed: `top` is its height at the walls, share of the depth; `heap` m more amidst."""

    kind: str
    colour: Colour
    top: float
    heap: float
    lumps: float
    pieces: int


@dataclass(frozen=True)
class Cover:
    """What lies over the opening: `pieces` say where, `side` which end stays open."""

    kind: str
    colour: Colour
    side: str
    pieces: tuple[Patch, ...]
    slats: int
    hump: float
    crease: float
    pattern: str


@dataclass(frozen=True)
class Light:
    """The light: sun, cloud, dusk, flood, infrared or headlights; `key` is the picture's mean brightness."""

    kind: str
    elevation: float
    azimuth: float
    warmth: float
    sky: float
    key: float
    contrast: float


@dataclass(frozen=True)
class Place:
    """Around the truck, and what weather left: each of wet, mud and snow is a share 0..1."""

    ground: Colour
    heaps: int
    blocks: int
    wet: float
    mud: float
    snow: float
    mud_colour: Colour


@dataclass(frozen=True)
class Scene:
    """All of one picture."""

    seed: str
    index: int
    label: str
    filling: str
    truck: Truck
    camera: Camera
    load: Load | None
    cover: Cover | None
    bundle: str
    light: Light
    place: Place

    @property
    def file(self) -> str:
        """The picture's file name."""
        return f"{self.label}_{self.seed}_{self.index:05d}.jpg"

    @property
    def exposed(self) -> float:
        """The share of the opening, seen from above, that no cover lies over."""
        return round(exposed_share(self.cover.pieces), 6) if self.cover else 1.0

    def random(self, part: str) -> random.Random:
        """A random source for details of a part: a truck's own parts are the same in each of its pictures."""
        whole = self.truck.name if part == "truck" else self.filling
        return rand(f"{whole}/{part}")

    def listing(self) -> dict[str, object]:
        """The line that describes the picture: label, rim in relative coordinates, every parameter."""
        seen = [self.camera.project(p) for p in lens.rim(self.truck.size)]
        return {
            "file": self.file,
            "label": self.label,
            "exposed": self.exposed,
            "truck": self.truck.name,
            "post": self.camera.post,
            "light": self.light.kind,
            "cover": self.cover.kind if self.cover else None,
            "load": self.load.kind if self.load else None,
            "side": self.cover.side if self.cover else None,
            "bundle": self.bundle,
            "fisheye": self.camera.fisheye,
            "seed": self.seed,
            "pts": [[round(x, 4), round(y, 4)] for x, y in filter(None, seen)],
            "scene": {part: asdict(getattr(self, part)) for part in ("truck", "camera", "light", "place")}
            | {"load": asdict(self.load) if self.load else None}
            | {"cover": asdict(self.cover) if self.cover else None},
        }


@dataclass(frozen=True)
class Slot:
    """A place in a set: its seed, its number, the label that it gets."""

    seed: str
    index: int
    label: str


def rand(name: str) -> random.Random:
    """A random source of that name."""
    return random.Random(name)  # noqa: S311 - scenes, no secrets
