"""What scenes are drawn from: colours (linear RGB), kinds of load, cover and light with their weights."""

import random
from dataclasses import dataclass

Colour = tuple[float, float, float]

BODIES: tuple[Colour, ...] = (
    (0.05, 0.22, 0.08),
    (0.02, 0.12, 0.06),
    (0.6, 0.24, 0.03),
    (0.38, 0.03, 0.03),
    (0.2, 0.05, 0.04),
    (0.3, 0.3, 0.32),
    (0.04, 0.1, 0.33),
    (0.6, 0.45, 0.06),
    (0.6, 0.6, 0.58),
    (0.1, 0.3, 0.3),
)
STEELS: tuple[Colour, ...] = (
    (0.25, 0.2, 0.17),
    (0.33, 0.33, 0.34),
    (0.5, 0.5, 0.49),
    (0.16, 0.15, 0.15),
    (0.3, 0.15, 0.08),
    (0.08, 0.08, 0.09),
)
EARTHS: tuple[Colour, ...] = (
    (0.26, 0.16, 0.09),
    (0.38, 0.27, 0.16),
    (0.15, 0.1, 0.07),
    (0.46, 0.36, 0.24),
    (0.42, 0.2, 0.1),
    (0.26, 0.24, 0.22),
    (0.1, 0.08, 0.07),
    (0.33, 0.24, 0.2),
)
SANDS: tuple[Colour, ...] = ((0.55, 0.42, 0.25), (0.62, 0.55, 0.42), (0.5, 0.47, 0.42), (0.4, 0.26, 0.12))
GREYS: tuple[Colour, ...] = ((0.35, 0.34, 0.32), (0.5, 0.49, 0.46), (0.22, 0.22, 0.22), (0.6, 0.58, 0.55))
BLACKS: tuple[Colour, ...] = ((0.03, 0.03, 0.03), (0.07, 0.065, 0.06))
WOODS: tuple[Colour, ...] = ((0.2, 0.13, 0.07), (0.12, 0.14, 0.05), (0.3, 0.22, 0.12))
CLOTHS: tuple[Colour, ...] = (
    (0.02, 0.16, 0.06),
    (0.03, 0.26, 0.12),
    (0.03, 0.1, 0.38),
    (0.03, 0.2, 0.5),
    (0.04, 0.04, 0.045),
    (0.3, 0.31, 0.33),
    (0.6, 0.22, 0.03),
    (0.4, 0.34, 0.24),
    (0.18, 0.17, 0.1),
    (0.4, 0.03, 0.03),
    (0.1, 0.28, 0.3),
    (0.5, 0.52, 0.54),
    (0.22, 0.14, 0.09),
)
PALE: tuple[Colour, ...] = (
    (0.75, 0.74, 0.7),
    (0.7, 0.64, 0.5),
    (0.6, 0.54, 0.4),
    (0.62, 0.63, 0.64),
    (0.5, 0.47, 0.42),
)
NETS: tuple[Colour, ...] = (
    (0.02, 0.3, 0.12),
    (0.04, 0.4, 0.2),
    (0.01, 0.14, 0.05),
    (0.02, 0.02, 0.02),
    (0.04, 0.18, 0.4),
)
HARD_LIDS: tuple[Colour, ...] = (*BODIES, (0.4, 0.41, 0.42), (0.55, 0.56, 0.55))
GROUNDS: tuple[Colour, ...] = (
    *EARTHS,
    (0.08, 0.08, 0.085),
    (0.2, 0.2, 0.2),
    (0.32, 0.31, 0.29),
    (0.1, 0.14, 0.05),
)

# kind: weight, colours, amplitude of lumps (m), loose pieces
LOADS = {
    "soil": (0.24, EARTHS, (0.05, 0.16), (15, 140)),
    "clay": (0.12, EARTHS, (0.005, 0.04), (0, 6)),
    "sand": (0.1, SANDS, (0.005, 0.03), (0, 3)),
    "gravel": (0.1, GREYS, (0.01, 0.05), (0, 30)),
    "rubble": (0.13, GREYS, (0.04, 0.12), (80, 220)),
    "brick": (0.08, (*EARTHS, *GREYS), (0.04, 0.1), (90, 220)),
    "concrete": (0.08, GREYS, (0.04, 0.1), (20, 60)),
    "brushwood": (0.07, WOODS, (0.03, 0.1), (200, 420)),
    "slurry": (0.04, EARTHS, (0.002, 0.012), (0, 4)),
    "coal": (0.04, BLACKS, (0.02, 0.08), (20, 120)),
}

# kind: weight, elevation of the light (deg), key (mean brightness), strength of the sky against it
LIGHTS = {
    "sun": (0.33, (12, 80), (0.15, 0.3), (0.15, 0.9)),
    "cloud": (0.27, (30, 90), (0.14, 0.28), (1, 1)),
    "dusk": (0.1, (2, 11), (0.07, 0.2), (0.3, 1.5)),
    "flood": (0.14, (20, 70), (0.05, 0.17), (0.001, 0.02)),
    "infrared": (0.1, (80, 90), (0.08, 0.22), (0.0005, 0.006)),
    "headlights": (0.06, (4, 14), (0.05, 0.14), (0.001, 0.03)),
}


@dataclass(frozen=True)
class CoverKind:
    """How covers of a kind vary: `pale` is the share in white and cream, `slats` bars or panels or bows."""

    weight: float
    sides: tuple[str, ...]
    pale: float
    slats: tuple[int, int]
    hump: tuple[float, float]
    crease: tuple[float, float]


LOOSE = ("tarp", "drape", "net")  # covers whose edge may lie oblique and wavy
ENDS, FLANKS = ("front", "rear"), ("left", "right")
COVERS = {
    "tarp": CoverKind(0.26, (*ENDS, *ENDS, *FLANKS, "middle"), 0.15, (0, 6), (-0.12, 0.4), (0.02, 0.12)),
    "drape": CoverKind(0.14, (*ENDS, *FLANKS), 0.1, (0, 0), (0.02, 0.1), (0.04, 0.16)),
    "net": CoverKind(0.16, (*ENDS, *FLANKS, "middle"), 0.0, (0, 5), (-0.1, 0.35), (0.02, 0.14)),
    "roller": CoverKind(0.16, (*ENDS, *FLANKS), 0.65, (5, 18), (0.0, 0.3), (0.003, 0.02)),
    "folding": CoverKind(0.1, (*ENDS, *ENDS, "middle"), 0.5, (4, 14), (0.0, 0.15), (0.005, 0.03)),
    "lid": CoverKind(0.1, (*ENDS, *FLANKS, "seam"), 0.2, (1, 8), (0.0, 0.12), (0, 0)),
    "arch": CoverKind(0.08, (*ENDS, "seam"), 0.25, (1, 9), (0.12, 0.5), (0, 0)),
}


def vary(rng: random.Random, colour: Colour, much: float) -> Colour:
    """A colour near the given one: brightness by up to `much` as a share, each channel by a fifth of it."""
    bright = 1 + rng.uniform(-much, much)
    r, g, b = (min(max(c * bright * (1 + rng.uniform(-much, much) / 5), 0.0), 0.9) for c in colour)
    return round(r, 4), round(g, 4), round(b, 4)
