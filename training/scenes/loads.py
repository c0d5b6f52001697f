"""What lies in a bed, inside Blender: soil, rubble, brushwood; mud that stays in an empty one. Lengths: m."""

import math
from collections.abc import Callable

from training.scenes.materials import Look, Materials
from training.scenes.scene import Load, Scene
from training.scenes.shapes import Height, block, field, lay, leaves, rough, stone, tube, twigs

WETTER = {"slurry": 0.6, "clay": 0.25}
ROUGHNESS = {"slurry": 0.4, "coal": 0.6}
PICTURES = {"rubble": "rock", "concrete": "rock", "coal": "rock", "brushwood": "soil"}
HALF_STEP = 0.02
FLAT = ("lid", "arch", "roller", "folding")  # what a load can't bulge


def surface(scene: Scene, load: Load) -> Height:
    """Height of the load's top over the floor at (x, y)."""
    rng, truck = scene.random("load"), scene.truck
    seed, lean = rng.uniform(0, 400), rng.uniform(-0.12, 0.12)
    peaks = [
        (rng.uniform(0.2, 0.8) * truck.length, rng.uniform(-0.15, 0.15)) for _ in range(rng.randint(1, 3))
    ]
    scale = rng.uniform(1.4, 4.5)
    lid = truck.depth - 0.05 if scene.cover and scene.cover.kind in FLAT else math.inf

    def height(x: float, y: float) -> float:
        side = max(1 - abs(y) / (truck.width / 2), 0.0)
        pile = max(max(1 - abs(x - at) / (truck.length * 0.55), 0.0) ** 0.8 for at, _ in peaks)
        z = truck.depth * load.top + load.heap * pile * side**0.7 - 0.1 * (1 - side)
        z += lean * (2 * x / truck.length - 1) + 0.5 * load.lumps * rough(x, y, 0.8, 2, seed)
        return min(max(z + load.lumps * rough(x, y, scale, 5, seed + 31), 0.03), lid)

    return height


def fill(scene: Scene, materials: Materials, height: Height) -> None:
    """Put the load into the bed."""
    load, truck, place = scene.load, scene.truck, scene.place
    if load is None:
        return
    rng = scene.random("load/look")
    wet = min(place.wet + WETTER.get(load.kind, 0), 0.9)
    smooth = load.kind in ("clay", "sand", "slurry")
    look = Look(
        load.colour,
        ROUGHNESS.get(load.kind, 0.95),
        0,
        rng.uniform(25, 60) if load.kind == "gravel" else rng.uniform(8, 40),
        rng.uniform(0.1, 0.25) if smooth else rng.uniform(0.25, 0.55),
        rng.uniform(0.15, 0.5) if smooth else rng.uniform(0.6, 1.0),
        PICTURES.get(load.kind, "soil"),
        dirt=0.0 if smooth else rng.uniform(0, 0.5),
        wet=wet if load.kind in WETTER or rng.random() < 0.5 else 0.0,
        snow=place.snow,
        dirt_colour=[c * rng.uniform(0.5, 1.3) for c in load.colour],
    )
    inside = truck.width / 2 - HALF_STEP
    field((0.02, truck.length - 0.02), (-inside, inside), height, materials.make(look), 0.04)
    _pieces(scene, materials, height)


def _pieces(scene: Scene, materials: Materials, height: Height) -> None:
    load, truck = scene.load, scene.truck
    if load is None:
        return
    rng = scene.random("pieces")
    spots = [
        (x, y, height(x, y))
        for x, y in (
            (rng.uniform(0.1, truck.length - 0.1), rng.uniform(-0.46, 0.46) * truck.width)
            for _ in range(load.pieces)
        )
    ]
    spots = [spot for spot in spots if not _under(scene, spot)]
    if load.kind == "brushwood":
        high = 0.35 if scene.cover is None else 0.0
        raised = [(x, y, z + rng.uniform(0, high)) for x, y, z in spots]
        twigs(rng, raised, materials.make(Look(load.colour, 0.9, 0, 30)))
        green = (0.08, 0.16, 0.03) if rng.random() < 0.6 else (0.3, 0.2, 0.08)
        around = [(x + rng.gauss(0, 0.2), y * 0.9, z + rng.gauss(0, 0.1)) for x, y, z in raised * 3]
        leaves(rng, around, materials.make(Look(green, 0.7, 0, 10, 0.5)))
        return
    for spot, (shape, size) in zip(spots, _shapes(scene, materials, rng.random), strict=False):
        lay(shape, spot, size, rng)
    if load.kind in ("concrete", "rubble"):
        _rods(scene, materials, spots[: rng.randint(0, 6)])


def _shapes(
    scene: Scene, materials: Materials, draw: Callable[[], float]
) -> list[tuple[object, tuple[float, ...]]]:
    """A mesh and a size for each loose piece."""
    load = scene.load
    if load is None:
        return []
    rng = scene.random("shapes")
    shades = [[min(c * rng.uniform(0.6, 1.7), 0.9) for c in load.colour] for _ in range(3)]
    earth = [materials.make(Look(c, 0.95, 0, 15, 0.3, 0.6, "rock", snow=scene.place.snow)) for c in shades]
    lumps = [stone(rng, rng.choice(earth), rng.uniform(0.25, 0.7)) for _ in range(5)]
    red = (0.4 * rng.uniform(0.7, 1.2), 0.13, 0.07)
    bricks = [block(materials.make(Look(red, 0.9, 0, 12, 0.3, 0.4, dirt=0.4))), block(earth[0])]
    made: list[tuple[object, tuple[float, ...]]] = []
    for k in range(load.pieces):
        much = draw()
        if load.kind == "brick" and k % 4:
            made.append((bricks[0], (0.24, 0.115, 0.053) if much < 0.7 else (0.12, 0.115, 0.053)))
        elif load.kind == "concrete" and k % 3:
            made.append((bricks[1], (0.2 + 0.7 * much, 0.15 + 0.4 * draw(), 0.08 + 0.1 * draw())))
        else:
            size = (
                0.015
                + 0.05 * much
                + (0.2 * much**4 if load.kind in ("rubble", "concrete") else 0.05 * much**3)
            )
            made.append((lumps[k % 5], (size, size * (0.6 + 0.6 * draw()), size * (0.5 + 0.5 * draw()))))
    return made


def _rods(scene: Scene, materials: Materials, spots: list[tuple[float, float, float]]) -> None:
    rng = scene.random("rods")
    rust = materials.make(Look((0.2, 0.08, 0.04), 0.8, 0.5))
    for x, y, z in spots:
        a, long = rng.uniform(0, 6.3), rng.uniform(0.4, 1.2)
        ends = [
            (x + math.cos(a) * long * t, y * 0.6 + math.sin(a) * 0.3 * t, z + 0.25 * t * t)
            for t in (0, 0.5, 1)
        ]
        tube(ends, 0.01, rust)


def residue(scene: Scene, materials: Materials) -> None:
    """Mud along the walls and in the corners of an empty bed, clods that fell off, and a puddle."""
    rng, truck, place = scene.random("residue"), scene.truck, scene.place
    inside = truck.width / 2 - (0.25 if truck.form == "chamfer" else HALF_STEP)
    if place.mud > 0 and truck.form != "round":
        seed, low = rng.uniform(0, 400), rng.uniform(-0.1, 0.015) * (1.3 - place.mud)
        corner = rng.uniform(0, 0.25) * place.mud

        def height(x: float, y: float) -> float:
            ends = max(0.0, 1 - min(x, truck.length - x) / 0.6) + max(0.0, 1 - (inside - abs(y)) / 0.25)
            return low - 0.02 + corner * 0.5 * ends + 0.09 * place.mud * rough(x, y, 1.1, 5, seed)

        mud = materials.make(
            Look(place.mud_colour, 0.9, 0, 25, 0.35, 0.6, "soil", wet=place.wet, snow=place.snow)
        )
        field((0.02, truck.length - 0.02), (-inside, inside), height, mud, 0.05)
    if place.wet > 0.5 and rng.random() < 0.25:
        water = materials.make(Look((0.06, 0.05, 0.04), 0.03, 0, 3, 0.1, 0.03))
        field((0.05, truck.length - 0.05), (-inside, inside), lambda _x, _y: 0.012, water, 1.0)
    _clods(scene, materials, inside)


def _clods(scene: Scene, materials: Materials, inside: float) -> None:
    """A few small lumps on the floor of half of the empty beds, more near the ends."""
    rng, truck = scene.random("clods"), scene.truck
    if rng.random() < 0.5:
        return
    made = materials.make(Look(scene.place.mud_colour, 0.95, 0, 15, 0.3, 0.6, "soil", snow=scene.place.snow))
    lumps = [stone(rng, made, rng.uniform(0.3, 0.7)) for _ in range(3)]
    across = inside * (0.5 if truck.form == "round" else 0.96)
    for _ in range(int(rng.triangular(3, 90, 10))):
        x = 0.06 + (truck.length - 0.12) * rng.betavariate(0.7, 0.7)
        size = 0.012 + 0.05 * rng.random() ** 3
        lay(
            rng.choice(lumps),
            (x, rng.uniform(-across, across), size * 0.5),
            (size, size, size * 0.7),
            rng,
        )


def _under(scene: Scene, spot: tuple[float, float, float]) -> bool:
    """Whether a cover lies over a spot or close to it: pieces there would stick through."""
    if scene.cover is None:
        return False
    u, v = spot[0] / scene.truck.length, spot[1] / scene.truck.width + 0.5
    reach = ((0, 0), (0.06, 0), (-0.06, 0), (0, 0.1), (0, -0.1))
    return any(
        p.holds(min(max(u + a, 0), 1), min(max(v + b, 0), 1)) for p in scene.cover.pieces for a, b in reach
    )
