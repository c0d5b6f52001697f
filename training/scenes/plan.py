"""What a scene shows, drawn from a seed alone: the same seed and number give the same scene; no Blender.

Rain on the lens, falling rain and snow, fog, dust, motion blur, noise and H.264/JPEG artefacts are not here:
training/augment lays them over the pictures. Lying snow, wetness, mud, headlights, floodlight, infrared and
the fisheye are in the scene.
"""

import random

from training.scenes import lens
from training.scenes.lens import Camera
from training.scenes.opening import patches
from training.scenes.palette import (
    BODIES,
    CLOTHS,
    COVERS,
    EARTHS,
    GROUNDS,
    HARD_LIDS,
    LIGHTS,
    LOADS,
    LOOSE,
    NETS,
    PALE,
    STEELS,
    vary,
)
from training.scenes.scene import Cover, Light, Load, Place, Scene, Slot, Truck, rand

CYCLE = (
    "covered",
    "uncovered",
    "empty",
    "partly",
    "covered",
    "uncovered",
    "empty",
    "covered",
    "uncovered",
    "partly",
    "empty",
    "covered",
    "uncovered",
)


def scene(seed: str, index: int) -> Scene:
    """The index-th picture of a set: its own truck, camera, light; labels follow CYCLE."""
    rng = rand(f"{seed}/{index}/scene")
    owner = truck(f"{seed}/{index}")
    slot = Slot(seed, index, CYCLE[index % len(CYCLE)])
    return compose(slot, owner, lens.draw(rng, owner.size))


def compose(slot: Slot, owner: Truck, camera: Camera, light: str = "", filling: str = "") -> Scene:
    """A picture of a given truck from a given camera; `filling` is the source of load, cover, weather."""
    filling = filling or f"{slot.seed}/{slot.index}/rest"
    rng = rand(f"{filling}/bundle")
    closing = _cover(filling, slot.label)
    return Scene(
        slot.seed,
        slot.index,
        slot.label,
        filling,
        owner,
        camera,
        _load(rand(f"{filling}/load")) if slot.label != "empty" else None,
        closing,
        rng.choice(("front", "side", "none", "none", "none")) if closing is None else "none",
        _light(rand(f"{slot.seed}/{slot.index}/light"), light),
        _place(rand(f"{filling}/place")),
    )


def truck(name: str) -> Truck:
    """The truck of that name."""
    rng = rand(f"{name}/truck")
    body = vary(rng, rng.choice(BODIES), 0.2)
    inner = body if rng.random() < 0.4 else vary(rng, rng.choice(STEELS), 0.2)
    return Truck(
        name,
        length=round(rng.uniform(4.0, 8.2), 3),
        width=round(rng.uniform(2.0, 2.5), 3),
        depth=round(rng.triangular(0.6, 1.9, 1.3), 3),
        form=rng.choices(("box", "chamfer", "round"), (0.6, 0.25, 0.15))[0],
        body=body,
        inner=inner,
        cab=vary(rng, rng.choice(BODIES), 0.2),
        ribs=rng.randint(3, 11),
        inner_ribs=rng.choices(("none", "floor", "walls", "both"), (0.5, 0.2, 0.2, 0.1))[0],
        canopy=round(rng.uniform(0.2, 0.9), 2) if rng.random() < 0.35 else 0.0,
        hoops=rng.randint(2, 6) if rng.random() < 0.15 else 0,
        wear=round(rng.random(), 3),
        metal=round(rng.uniform(0, 0.7), 3),
    )


def _load(rng: random.Random) -> Load:
    kind = rng.choices(list(LOADS), [w for w, *_ in LOADS.values()])[0]
    _, colours, lumps, pieces = LOADS[kind]
    flat = rng.random() < 0.4
    return Load(
        kind,
        vary(rng, rng.choice(colours), 0.25),
        top=round(rng.uniform(0.4, 1.0) if rng.random() < 0.8 else rng.uniform(0.15, 0.4), 3),
        heap=round(rng.uniform(0, 0.1) if flat else rng.uniform(0.1, 0.9), 3),
        lumps=round(rng.uniform(*lumps), 4),
        pieces=rng.randint(*pieces),
    )


def exposure(rng: random.Random, label: str) -> float:
    """A share left open that suits the label; two of five uncovered loads have no cover at all.

    The other three leave 31-95 % open, about 43 % the likeliest: a half-open cover is what was missed most.
    """
    if label == "covered":
        return 0.0 if rng.random() < 0.6 else rng.uniform(0.005, 0.045)
    if label == "partly":
        return rng.uniform(0.052, 0.298)
    return 1.0 if label == "empty" or rng.random() < 0.4 else rng.triangular(0.31, 0.95, 0.43)


def _cover(filling: str, label: str) -> Cover | None:
    exposed = exposure(rand(f"{filling}/{label}"), label)
    if exposed >= 1:
        return None
    rng = rand(f"{filling}/cover")
    kind = rng.choices(list(COVERS), [c.weight for c in COVERS.values()])[0]
    made = COVERS[kind]
    side = rng.choice(made.sides)
    pieces = patches(exposed, side, rand(f"{filling}/patches"), loose=kind in LOOSE)
    colours = {"net": NETS, "lid": HARD_LIDS, "arch": HARD_LIDS}.get(kind, CLOTHS)
    if made.pale > rng.random():
        colours = PALE
    pattern = rng.choices(("plain", "camouflage", "stripes"), (0.88, 0.08, 0.04))[0]
    return Cover(
        kind,
        vary(rng, rng.choice(colours), 0.25),
        side,
        pieces,
        slats=rng.randint(*made.slats),
        hump=round(rng.uniform(*made.hump), 3),
        crease=round(rng.uniform(*made.crease), 4),
        pattern=pattern if kind in ("tarp", "drape", "folding") else "plain",
    )


def _light(rng: random.Random, kind: str) -> Light:
    drawn = rng.choices(list(LIGHTS), [w for w, *_ in LIGHTS.values()])[0]
    _, elevation, key, sky = LIGHTS[kind or drawn]
    return Light(
        kind or drawn,
        elevation=round(rng.uniform(*elevation), 2),
        azimuth=round(rng.uniform(0, 360), 1),
        warmth=round(rng.random(), 3),
        sky=round(rng.uniform(*sky), 4),
        key=round(rng.uniform(*key), 3),
        contrast=round(rng.uniform(0.75, 1.45), 3),
    )


def _place(rng: random.Random) -> Place:
    return Place(
        vary(rng, rng.choice(GROUNDS), 0.3),
        heaps=rng.choice((0, 0, 1, 2, 3)),
        blocks=rng.randint(0, 6),
        wet=round(rng.random(), 3) if rng.random() < 0.35 else 0.0,
        mud=round(rng.uniform(0.1, 1), 3) if rng.random() < 0.6 else 0.0,
        snow=round(rng.uniform(0.1, 0.8), 3) if rng.random() < 0.05 else 0.0,
        mud_colour=vary(rng, rng.choice(EARTHS), 0.25),
    )
