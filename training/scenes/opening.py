"""How much of a bed's opening a cover leaves open, exactly, from the shape of the cover's edge.

The opening is the unit square: u along the bed (0 at the cab, 1 at the tailgate), v across it.
"""

import math
import random
from dataclasses import dataclass

SIDES = ("front", "rear", "left", "right", "middle", "seam")
COVERED_BELOW, UNCOVERED_ABOVE = 0.05, 0.30


@dataclass(frozen=True)
class Edge:
    """A cover's end as a share of the opening: `at` on average, leaning by `slope`, waving by `wave`."""

    at: float
    slope: float = 0.0
    wave: float = 0.0
    waves: int = 0

    def __call__(self, t: float) -> float:
        """Where the end is at the place t (0..1) of the other axis; its mean over t is `at`."""
        return self.at + self.slope * (t - 0.5) + self.wave * math.sin(2 * math.pi * self.waves * t)


@dataclass(frozen=True)
class Patch:
    """A piece of cover between two ends, which run across the bed (`axis` u) or along it (`axis` v)."""

    axis: str
    low: Edge
    high: Edge

    @property
    def share(self) -> float:
        """The patch's share of the opening: edges are affine plus whole waves, so means suffice."""
        return self.high.at - self.low.at

    def place(self, s: float, t: float) -> tuple[float, float]:
        """(u, v) of the patch's own coordinates s (between the ends) and t (along them), each 0..1."""
        along = self.low(t) + (self.high(t) - self.low(t)) * s
        return (along, t) if self.axis == "u" else (t, along)

    def holds(self, u: float, v: float) -> bool:
        """Whether the patch lies over (u, v)."""
        along, t = (u, v) if self.axis == "u" else (v, u)
        return self.low(t) <= along <= self.high(t)


def patches(exposed: float, side: str, rng: random.Random, *, loose: bool) -> tuple[Patch, ...]:
    """The pieces of a cover that leaves `exposed` (0..1) open at `side`; a `loose` edge may lean."""
    axis = "v" if side in ("left", "right", "seam") else "u"
    if exposed >= 1:
        return ()
    if exposed <= 0:
        return (Patch(axis, Edge(0), Edge(1)),)
    if side in ("middle", "seam"):
        a = rng.uniform(0.3, 0.7) * (1 - exposed) if side == "middle" else 0.5 * (1 - exposed)
        return Patch(axis, Edge(0), Edge(a)), Patch(axis, Edge(a + exposed), Edge(1))
    room = 0.9 * min(exposed, 1 - exposed) if loose else 0.0
    slope = rng.uniform(-1, 1) * min(room, 0.3)
    wave = rng.uniform(0, 0.5) * min(room - abs(slope) / 2, 0.06)
    if side in ("front", "left"):
        return (Patch(axis, Edge(exposed, slope, wave, rng.randint(1, 4)), Edge(1)),)
    return (Patch(axis, Edge(0), Edge(1 - exposed, slope, wave, rng.randint(1, 4))),)


def exposed_share(pieces: tuple[Patch, ...]) -> float:
    """The share of the opening that no piece lies over; the pieces must not overlap."""
    return 1 - sum(piece.share for piece in pieces)


def label_of(exposed: float) -> str:
    """The load state of a loaded bed with this share of its opening exposed."""
    if exposed < COVERED_BELOW:
        return "covered"
    return "partly" if exposed <= UNCOVERED_ABOVE else "uncovered"
