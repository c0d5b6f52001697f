"""A tipper's body and its surroundings in Blender: x from the cab (0) to the tailgate, z from the floor."""

import math
from typing import Any

from training.scenes.materials import Look, Materials
from training.scenes.scene import Scene
from training.scenes.shapes import box, extrude, field, rough, tube

GROUND = -1.25


def build(scene: Scene, materials: Materials) -> None:
    """Bed, cab, chassis, wheels: the truck's own random source keeps them the same each time."""
    rng, truck = scene.random("truck"), scene.truck
    paint = materials.make(
        Look(
            truck.body,
            rng.uniform(0.3, 0.7),
            truck.metal * 0.5,
            rng.uniform(2, 8),
            0.15,
            0.1,
            dirt=0.25 + 0.5 * truck.wear,
            dirt_colour=scene.place.mud_colour,
            snow=scene.place.snow,
        )
    )
    inner = materials.make(_inner(scene, rng.uniform(0.3, 0.85)))
    _bed(scene, inner, paint)
    _outside(scene, paint)
    _under(scene, materials)
    if truck.hoops:
        steel = materials.make(Look((0.25, 0.25, 0.26), 0.5, 0.6))
        hoops(scene, truck.hoops, steel)


def _inner(scene: Scene, gloss: float) -> Look:
    truck, place = scene.truck, scene.place
    empty = scene.label == "empty"
    return Look(
        truck.inner,
        gloss,
        truck.metal,
        2 + 10 * truck.wear,
        0.15 + 0.3 * truck.wear,
        0.15,
        "metal",
        dirt=max(place.mud, 0.2 * truck.wear),
        streak=0.9 if truck.wear > 0.4 else 0.2,
        wet=place.wet if empty else place.wet / 2,
        snow=place.snow / 2,
        dirt_colour=place.mud_colour,
    )


def outline(scene: Scene) -> list[tuple[float, float]]:
    """The inner cross-section (y, z), from one rim over the floor to the other."""
    half, depth = scene.truck.width / 2, scene.truck.depth
    if scene.truck.form == "round":
        turns = [math.pi * k / 12 for k in range(13)]
        low = min(depth * 0.9, half)
        arc = [(-half * math.cos(a), low * (1 - math.sin(a))) for a in turns]
        return [(-half, depth), *arc, (half, depth)]
    cut = 0.3 if scene.truck.form == "chamfer" else 0.02
    return [(-half, depth), (-half, cut), (-half + cut, 0), (half - cut, 0), (half, cut), (half, depth)]


def _bed(scene: Scene, inner: Any, paint: Any) -> None:
    rng, truck = scene.random("truck"), scene.truck
    half, length, depth = truck.width / 2, truck.length, truck.depth
    extrude(outline(scene), (0, length), inner, smooth=truck.form == "round")
    front = depth + rng.uniform(0.0, 0.45)
    box((-0.08, 0), (-half, half), (-0.1, front), inner)
    box((length, length + 0.07), (-half, half), (-0.1, depth * rng.uniform(0.85, 1)), inner)
    wide = rng.uniform(0.05, 0.14)
    for side in (-1, 1):
        rail = sorted((side * (half - 0.005), side * (half + wide)))
        box((-0.05, length + 0.05), (rail[0], rail[1]), (depth - 0.04, depth + 0.06), paint, 0.012)
    box((-0.14, 0.01), (-half - wide, half + wide), (front - 0.08, front), paint, 0.012)
    box((length - 0.005, length + 0.1), (-half, half), (depth * 0.85 - 0.05, depth * 0.85 + 0.02), paint)
    if truck.canopy:
        box((-truck.canopy - 0.1, 0.02), (-half, half), (front, front + 0.05), paint)
    if rng.random() < 0.25:
        box((0, 0.35), (-0.3, 0.3), (0, depth * rng.uniform(0.5, 1)), inner, 0.03)
    _inner_ribs(scene, inner)


def _inner_ribs(scene: Scene, inner: Any) -> None:
    truck = scene.truck
    half = truck.width / 2 - (0.3 if truck.form == "chamfer" else 0)
    for k in range(truck.ribs if truck.form != "round" else 0):
        x = (k + 0.5) * truck.length / truck.ribs
        if truck.inner_ribs in ("floor", "both"):
            box((x - 0.04, x + 0.04), (-half, half), (0, 0.05), inner, 0.01)
        if truck.inner_ribs in ("walls", "both"):
            for side in (-1, 1):
                y = sorted((side * (truck.width / 2 - 0.05), side * truck.width / 2))
                box((x - 0.05, x + 0.05), (y[0], y[1]), (0.3, truck.depth - 0.05), inner, 0.01)


def _outside(scene: Scene, paint: Any) -> None:
    truck = scene.truck
    half, depth = truck.width / 2, truck.depth
    for side in (-1, 1):
        skin = sorted((side * (half + 0.01), side * (half + 0.04)))
        box((-0.05, truck.length + 0.05), (skin[0], skin[1]), (-0.15, depth), paint)
        post = sorted((side * (half + 0.03), side * (half + 0.11)))
        for k in range(truck.ribs + 1):
            x = k * truck.length / truck.ribs
            box((x - 0.06, x + 0.06), (post[0], post[1]), (-0.15, depth), paint, 0.015)
        box((0, truck.length), (post[0], post[1]), (-0.2, -0.05), paint)
    box((truck.length + 0.07, truck.length + 0.1), (-half, half), (-0.15, depth * 0.83), paint)


def _under(scene: Scene, materials: Materials) -> None:
    rng, truck = scene.random("truck"), scene.truck
    cab = materials.make(Look(truck.cab, 0.3, 0, 3, 0.08, 0.05, dirt=0.3 * truck.wear))
    dark = materials.make(Look((0.03, 0.03, 0.035), 0.7))
    back = -0.45 - truck.canopy * 0.3
    top = truck.depth + rng.uniform(-0.5, 0.45)
    box((back - 2.0, back), (-1.15, 1.15), (-0.7, top), cab, 0.12)
    box((back - 2.01, back - 1.9), (-1.0, 1.0), (top - 1.0, top - 0.3), dark)
    if rng.random() < 0.4:
        box((back - 1.5, back - 0.3), (-0.9, 0.9), (top, top + rng.uniform(0.1, 0.5)), cab, 0.1)
    box((back - 1.8, truck.length), (-0.45, 0.45), (-0.55, -0.15), dark)
    for x in (back - 1.0, truck.length * 0.6, truck.length * 0.6 + 1.3):
        for y in (-1.0, 1.0):
            tube([(x, y - 0.2, GROUND + 0.5), (x, y + 0.2, GROUND + 0.5)], 0.5, dark, 12)


def hoops(scene: Scene, count: int, made: Any) -> None:
    """Bows across the opening that a cloth would lie on."""
    half, depth = scene.truck.width / 2, scene.truck.depth
    rise = scene.random("truck").uniform(0.1, 0.5)
    for k in range(count):
        x = (k + 0.5) * scene.truck.length / count
        path = [(x, half * t, depth + 0.05 + rise * (1 - t * t)) for t in (-1, -0.75, -0.4, 0, 0.4, 0.75, 1)]
        tube(path, 0.022, made)


def surround(scene: Scene, materials: Materials) -> None:
    """Ground, heaps of earth, blocks for walls and other vehicles."""
    rng, place = scene.random("around"), scene.place
    ground = materials.make(
        Look(
            place.ground, 0.9, 0, rng.uniform(1, 8), 0.3, 0.4, "ground", wet=place.wet * 0.6, snow=place.snow
        )
    )
    box((-60, 60), (-60, 60), (GROUND - 0.1, GROUND), ground)
    for _ in range(place.heaps):
        _mound(scene, materials, rng.uniform(-6, 14), rng.choice((-1, 1)) * rng.uniform(5, 11))
    for _ in range(place.blocks):
        x, y = rng.uniform(-10, 22), rng.choice((-1, 1)) * rng.uniform(3.5, 15)
        wall = materials.make(Look(_dull(scene, x), 0.8, 0, 3, 0.15, 0.2, "brick"))
        box(
            (x, x + rng.uniform(1, 8)), (y, y + rng.uniform(1, 4)), (GROUND, rng.uniform(-0.8, 4)), wall, 0.03
        )


def _mound(scene: Scene, materials: Materials, x: float, y: float) -> None:
    rng = scene.random(f"mound {x}")
    earth = materials.make(
        Look(rng.choice((scene.place.mud_colour, scene.place.ground)), 1, 0, 25, 0.3, 0.8, "soil")
    )
    size, high, seed = rng.uniform(1.5, 4), rng.uniform(0.6, 2.5), rng.uniform(0, 300)

    def height(a: float, b: float) -> float:
        away = math.hypot(a - x, b - y) / size
        return GROUND - 0.1 + high * max(1 - away, 0) ** 0.8 + 0.15 * rough(a, b, 1.2, 4, seed) * (away < 1)

    field((x - size, x + size), (y - size, y + size), height, earth, 0.15)


def _dull(scene: Scene, x: float) -> tuple[float, float, float]:
    """A wall's colour: greys more often than paint."""
    rng = scene.random(f"wall {x}")
    grey, paint = rng.uniform(0.05, 0.6), rng.choice((0.0, 0.05, 0.3))
    r, g, b = (max(grey + rng.uniform(-paint, paint), 0.02) for _ in range(3))
    return r, g, b
