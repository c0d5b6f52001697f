"""A tipper bed with its load and its cover, inside Blender: x from the cab (0) to the tailgate, z up, m."""

import math
import random
from dataclasses import dataclass
from typing import Any

from training.parts import Height, Parts, rough

BODIES = (
    (0.05, 0.25, 0.07),
    (0.6, 0.22, 0.03),
    (0.4, 0.04, 0.04),
    (0.3, 0.3, 0.32),
    (0.05, 0.12, 0.35),
    (0.6, 0.5, 0.1),
)
EARTHS = (
    (0.3, 0.19, 0.11),
    (0.42, 0.3, 0.18),
    (0.2, 0.14, 0.1),
    (0.5, 0.4, 0.28),
    (0.5, 0.26, 0.14),
    (0.3, 0.3, 0.29),
)
CLOTHS = (
    (0.02, 0.2, 0.08),
    (0.04, 0.3, 0.15),
    (0.03, 0.12, 0.42),
    (0.05, 0.05, 0.06),
    (0.35, 0.36, 0.38),
    (0.75, 0.74, 0.7),
    (0.7, 0.28, 0.04),
    (0.8, 0.75, 0.6),
    (0.2, 0.2, 0.12),
)
COVERS = ("tarp", "tarp", "roller", "roller", "folding", "lid", "net")
LOADS = ("soil", "soil", "smooth", "rubble", "brick")


@dataclass(frozen=True)
class Bed:
    """Inner length, width and depth of the load space; `rng` draws everything else."""

    length: float
    width: float
    depth: float
    parts: Parts
    rng: random.Random

    @property
    def across(self) -> tuple[float, float]:
        """The inner sides."""
        return -self.width / 2, self.width / 2

    def build(self, *, empty: bool) -> None:
        """Floor, walls with ribs, rim; an empty bed shows streaks, mud or water."""
        inner = self._inner(empty=empty)
        outer = self.parts.material(
            self.rng.choice(BODIES), self.rng.uniform(0.3, 0.7), self.rng.uniform(0, 0.5), 4
        )
        half, length, depth = self.width / 2, self.length, self.depth
        self.parts.box((0, length), (-half, half), (-0.1, 0), inner)
        ribs = self.rng.randint(4, 9)
        for side in (-1, 1):
            wall = sorted((side * half, side * (half + 0.06)))
            rim = sorted((side * (half - 0.01), side * (half + self.rng.uniform(0.08, 0.16))))
            self.parts.box((0, length), (wall[0], wall[1]), (-0.1, depth), inner)
            self.parts.box((0, length), (rim[0], rim[1]), (depth, depth + 0.1), outer)
            post = sorted((side * (half + 0.05), side * (half + 0.15)))
            for k in range(ribs):
                x = (k + 0.5) * length / ribs
                self.parts.box((x - 0.05, x + 0.05), (post[0], post[1]), (-0.1, depth), outer)
        self.parts.box((-0.08, 0), (-half, half), (-0.1, depth + self.rng.uniform(0.05, 0.4)), inner)
        self.parts.box(
            (length, length + 0.08), (-half, half), (-0.1, depth * self.rng.uniform(0.85, 1)), inner
        )
        if empty:
            self._inner_ribs(inner)
            self._residue()

    def _inner(self, *, empty: bool) -> Any:
        colour = self.rng.choice((*BODIES, (0.25, 0.2, 0.17), (0.35, 0.35, 0.35), (0.55, 0.53, 0.5)))
        wet = self.rng.random() < 0.3 and empty
        made = self.parts.material(
            colour,
            self.rng.uniform(0.08, 0.2) if wet else self.rng.uniform(0.35, 0.9),
            self.rng.uniform(0, 0.8),
            6,
        )
        if self.rng.random() < 0.6:
            self.parts.stripes(made, self.rng.uniform(0.5, 4), self.rng.choice(EARTHS))
        return made

    def _inner_ribs(self, made: Any) -> None:
        if self.rng.random() < 0.35:
            count = self.rng.randint(4, 10)
            for k in range(count):
                x = (k + 0.5) * self.length / count
                self.parts.box((x - 0.05, x + 0.05), self.across, (0, 0.06), made)

    def _residue(self) -> None:
        if self.rng.random() < 0.55:
            seed, much = self.rng.uniform(0, 500), self.rng.uniform(-0.1, 0.06)
            mud = self.parts.material(self.rng.choice(EARTHS), self.rng.uniform(0.3, 1), 0, 25)
            self.parts.field(
                (0.02, self.length - 0.02),
                (-self.width / 2 + 0.02, self.width / 2 - 0.02),
                lambda x, y: much + 0.16 * rough(x, y, 0.9, 4, seed),
                mud,
            )

    def load(self) -> dict[str, object]:
        """Fill the bed; returns what it was filled with."""
        kind, rng = self.rng.choice(LOADS), self.rng
        colour = rng.choice(EARTHS) if kind != "rubble" else (0.4, 0.39, 0.37)
        top, heap, seed = self.depth * rng.uniform(0.45, 1.0), rng.uniform(0, 0.7), rng.uniform(0, 500)
        lumps = {"smooth": 0.02, "soil": rng.uniform(0.06, 0.2)}.get(kind, 0.12)

        def height(x: float, y: float) -> float:
            ends = min(x, self.length - x) / (self.length / 2)
            side = 1 - abs(y) / (self.width / 2)
            pile = heap * max(ends, 0) ** 0.6 * max(side, 0) ** 0.7
            return top - 0.15 + pile + 0.12 * rough(x, y, 0.8, 2, seed) + lumps * rough(x, y, 3, 4, seed)

        earth = self.parts.material(colour, 1.0, 0, rng.uniform(10, 45))
        self.parts.field(
            (0.02, self.length - 0.02), (-self.width / 2 + 0.02, self.width / 2 - 0.02), height, earth
        )
        count = {"smooth": 0, "soil": rng.choice((0, 15, 50))}.get(kind, 130)
        red = self.parts.material((0.45, 0.16, 0.09), 0.95, 0, 15)
        grey = self.parts.material([min(c * rng.uniform(0.8, 1.7), 1) for c in colour], 0.95, 0, 15)
        for k in range(count):
            x, y = rng.uniform(0.1, self.length - 0.1), rng.uniform(-0.45, 0.45) * self.width
            size = abs(rng.gauss(0.06, 0.05)) + 0.02
            brick = kind == "brick" and k % 3 > 0
            self.parts.stone(
                (x, y, height(x, y)), 0.1 if brick else size, red if brick else grey, brick=brick
            )
        return {"load": kind}

    def cover(self, exposed: float) -> dict[str, object]:
        """Close the bed but for the share `exposed` of its opening; returns the cover's kind and share."""
        kind, rng = self.rng.choice(COVERS), self.rng
        from_front = rng.random() < 0.5
        start, end = (
            (0.0, self.length * (1 - exposed)) if from_front else (self.length * exposed, self.length)
        )
        colour = rng.choice(CLOTHS)
        if kind == "lid":
            self._lid(start, end, colour)
        else:
            made = self._cloth(kind, colour)
            edge = self.width / 2 + rng.uniform(0.02, 0.18)
            self.parts.field((start - 0.03, end + 0.03), (-edge, edge), self._shape(kind), made, 0.045)
        return {"cover": kind, "exposed": round(exposed, 3)}

    def _cloth(self, kind: str, colour: tuple[float, ...]) -> Any:
        if kind == "net":
            return self.parts.mesh_cloth(colour, self.rng.uniform(0.02, 0.06))
        made = self.parts.material(colour, self.rng.uniform(0.25, 0.8), 0, self.rng.uniform(1, 6))
        if self.rng.random() < 0.3:
            self.parts.stripes(made, self.rng.uniform(0.5, 2), self.rng.choice(EARTHS))
        return made

    def _shape(self, kind: str) -> Height:
        rng, half = self.rng, self.width / 2
        hump, seed, count = rng.uniform(-0.1, 0.5), rng.uniform(0, 500), rng.randint(4, 14)
        crease = rng.uniform(0.01, 0.1) if kind in ("tarp", "net") else 0.01
        wave = {"folding": rng.uniform(0.12, 0.35), "roller": rng.uniform(0.015, 0.05)}.get(kind, 0.0)

        def height(x: float, y: float) -> float:
            side = max(1 - abs(y) / (half + 0.15), 0)
            along = abs(math.sin(math.pi * count * x / self.length))
            bows = wave * (2 / math.pi * math.asin(along) if kind == "folding" else along**0.4)
            z = self.depth + 0.12 + hump * side**0.5 + bows + crease * rough(x, y * 1.7, 1.4, 4, seed)
            return z - max(abs(y) - half, 0) * 2.5

        return height

    def _lid(self, start: float, end: float, colour: tuple[float, ...]) -> None:
        made = self.parts.material(self.rng.choice((colour, *BODIES)), self.rng.uniform(0.3, 0.6), 0.3, 4)
        panels, gap = self.rng.randint(1, 7), self.rng.uniform(0, 0.06)
        lift = self.rng.choice((0, 0, 0.15, 0.3))
        for k in range(panels):
            a, b = (start + (end - start) * (k + i) / panels for i in (0, 1))
            for side in (-1, 1):
                y = sorted((side * gap, side * (self.width / 2 + 0.05)))
                leaf = self.parts.box((a, b - 0.02), (y[0], y[1]), (0, 0.05), made)
                leaf.location.z = self.depth + 0.1 + (lift if self.rng.random() < 0.9 else 0)
                leaf.rotation_euler = (-side * lift * 0.4, 0, 0)
