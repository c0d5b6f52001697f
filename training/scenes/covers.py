"""What closes a bed, inside Blender: cloths, nets, segmented rollers, folding covers, lids. Lengths in m."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from training.scenes.materials import Look, Materials
from training.scenes.opening import Patch
from training.scenes.scene import Cover, Scene
from training.scenes.shapes import Corner, Height, Span, box, grid, rough, tube

OVER = 0.1  # how far a cloth hangs over the rim


def close(scene: Scene, materials: Materials, load: Height | None) -> None:
    """Lay the scene's cover over the opening, or what is left of an open one beside it."""
    cover = scene.cover
    if cover is None:
        if scene.bundle != "none":
            _bundle(scene, materials)
        return
    made = materials.make(_look(scene, cover))
    if cover.kind in ("lid", "arch"):
        for piece in cover.pieces:
            _leaves(scene, cover, piece, made)
        return
    height = _height(scene, cover, load)
    for piece in cover.pieces:
        _cloth(scene, cover, piece, height, made)
    if cover.kind == "roller":
        _seams(scene, cover, height, materials)
    elif cover.kind in ("tarp", "net", "drape"):
        _ropes(scene, cover, height, materials)
    if scene.exposed > 0 and cover.side in ("front", "rear") and cover.kind != "drape":
        _gathered(scene, cover, height, made)


def _look(scene: Scene, cover: Cover) -> Look:
    rng, place = scene.random("cover/look"), scene.place
    hard = cover.kind in ("lid", "arch")
    return Look(
        cover.colour,
        rng.uniform(0.3, 0.6) if hard else rng.uniform(0.35, 0.9),
        rng.uniform(0, 0.4) if hard else 0.0,
        rng.uniform(40, 90) if cover.kind == "net" else rng.uniform(2, 12),
        rng.uniform(0.05, 0.2) if cover.kind != "net" else rng.uniform(0.2, 0.5),
        rng.uniform(0.05, 0.3),
        "metal" if hard else ("cloth" if rng.random() < 0.5 else ""),
        dirt=rng.uniform(0.05, 0.75) * (place.mud > 0),
        streak=rng.choice((0.0, 0.0, 0.8)),
        wet=place.wet * 0.8,
        snow=place.snow,
        holes=rng.choice((0.08, 0.2, 0.35)) if cover.kind == "net" else 0.0,
        pattern=cover.pattern,
        dirt_colour=place.mud_colour,
    )


def _height(scene: Scene, cover: Cover, load: Height | None) -> Height:
    """The cloth's height over the floor: over its bars, over the load, with creases."""
    rng, truck = scene.random("cover"), scene.truck
    half, seed, turn = truck.width / 2, rng.uniform(0, 400), rng.uniform(-0.8, 0.8)
    fine, base = rng.uniform(1.5, 5), truck.depth + 0.08
    sag = rng.uniform(0.02, 0.12)

    def bars(x: float) -> float:
        if not cover.slats:
            return 0.0
        phase = cover.slats * x / truck.length
        if cover.kind == "roller":
            return cover.crease * 2 * abs(math.sin(math.pi * phase)) ** 0.5
        if cover.kind == "folding":
            return (0.1 + 4 * cover.crease) * (1 - abs(2 * (phase % 1) - 1))
        return -sag * math.sin(math.pi * phase) ** 2

    def height(x: float, y: float) -> float:
        ends = min(max(min(x, truck.length - x) / 0.6, 0.0), 1.0) ** 0.5  # it lies on the end walls, too
        side = max(1 - (y / half) ** 2, 0.0) * ends
        creases = 1 - 2 * abs(rough(x + turn * y, y - turn * x * 0.3, fine * 0.5, 4, seed))
        folds = cover.crease * (0.6 * creases + 0.7 * rough(x, y * 1.6, fine, 3, seed + 9))
        if cover.kind == "drape" and load:
            return max(load(x, max(min(y, half - 0.05), -half + 0.05)) + 0.03, 0.05) + cover.hump + folds
        z = (
            base
            + cover.hump * side
            + bars(x) * min(side * 4, 1)
            + folds * (1 if cover.kind != "roller" else 0.3)
        )
        over = (
            max(load(x, y) + 0.03 + 0.3 * folds, z)
            if load and abs(y) < half and cover.kind != "folding"
            else z
        )
        return over - max(abs(y) - half, 0) * 2.2

    return height


def _cloth(scene: Scene, cover: Cover, piece: Patch, height: Height, made: Any) -> None:
    """A patch of cloth; where it ends at the rim it hangs over it."""
    truck = scene.truck
    inside = cover.kind == "drape"
    over = -0.02 if inside else OVER * scene.random("over").uniform(0.4, 1.6)
    ends = 0.02 if not inside else -0.02

    def at(s: float, t: float) -> Corner:
        u, v = piece.place(s, t)
        x = u * truck.length + _spread(u, ends)
        y = (v - 0.5) * truck.width + _spread(v, over)
        return x, y, height(x, y)

    along = max(int(piece.share * (truck.length if piece.axis == "u" else truck.width) / 0.04), 3)
    other = int((truck.width if piece.axis == "u" else truck.length) / 0.045)
    grid((along, other), at, made)


def _spread(share: float, over: float) -> float:
    """How far a point moves outwards: by `over` at the very rim, by nothing 8 % inside it."""
    near = min(share, 1 - share)
    return 0.0 if near > 0.08 else (over * (1 - near / 0.08) * (1 if share > 0.5 else -1))


def _seams(scene: Scene, cover: Cover, height: Height, materials: Materials) -> None:
    """Bars between the segments of a roller, and its rails."""
    rng, truck = scene.random("seams"), scene.truck
    shade = rng.choice((0.35, 0.6, 1.25))
    bar = materials.make(Look([min(c * shade, 0.9) for c in cover.colour], 0.4, rng.uniform(0, 0.6)))
    half, thick = truck.width / 2, rng.uniform(0.006, 0.022)
    for k in range(cover.slats + 1):
        x = min(max(truck.length * k / cover.slats, 0.02), truck.length - 0.02)
        ys = [half * (j / 6 - 1) for j in range(13)]
        shown = [
            y for y in ys if any(p.holds(x / truck.length, 0.5 + 0.499 * y / half) for p in cover.pieces)
        ]
        if len(shown) > 1:
            tube([(x, y, height(x, y) + thick) for y in shown], thick, bar)


def _ropes(scene: Scene, cover: Cover, height: Height, materials: Materials) -> None:
    rng, truck = scene.random("ropes"), scene.truck
    if rng.random() > 0.4:
        return
    rope = materials.make(Look(rng.choice(((0.6, 0.6, 0.55), (0.05, 0.05, 0.05), (0.5, 0.4, 0.08))), 0.9))
    half, count = truck.width / 2, rng.randint(2, 7)
    for k in range(count):
        x, lean = (k + rng.uniform(0.3, 0.7)) * truck.length / count, rng.gauss(0, 0.15)
        path = [
            (x + lean * j, half * j, height(x + lean * j, half * j) + 0.02)
            for j in (i / 8 - 1 for i in range(17))
        ]
        shown = [
            p
            for p in path
            if any(q.holds(p[0] / truck.length, 0.5 + 0.49 * p[1] / half) for q in cover.pieces)
        ]
        if len(shown) > 2:
            tube(shown, 0.012, rope)


def _leaves(scene: Scene, cover: Cover, piece: Patch, made: Any) -> None:
    """A patch of rigid panels: flat, or bent to an arch across the bed, with ribs on top."""
    rng, truck = scene.random("lid"), scene.truck
    half, panels, gap = truck.width / 2, cover.slats, rng.uniform(0.004, 0.02)
    u0, u1, v0, v1 = (0.0, 1.0, 0.0, 1.0)
    if piece.axis == "u":
        u0, u1 = piece.low.at, piece.high.at
    else:
        v0, v1 = piece.low.at, piece.high.at
    step = cover.hump / max(panels, 1) * rng.choice((0, 0, 1))

    def top(k: int, y: float) -> float:
        y = min(max(y, -half), half)
        bent = (1 - abs(y / half) ** 2.6) if cover.kind == "arch" else 1 - abs(y / half) * 0.25
        return truck.depth + 0.09 + cover.hump * max(bent, 0) + step * k

    ribs = rng.random() < 0.6
    for k in range(panels):
        a, b = (truck.length * (u0 + (u1 - u0) * (k + i) / panels) for i in (0, 1))
        y0, y1 = (truck.width * (v - 0.5) + (0.04 if v == 1 else -0.04 if v == 0 else 0) for v in (v0, v1))
        _leaf((a + gap, b - gap), (y0, y1), partial(top, k), made)
        if ribs:
            _rib(a + gap + 0.05, (y0, y1), partial(top, k), made)


def _leaf(x: Span, y: Span, top: Callable[[float], float], made: Any) -> None:
    def at(s: float, t: float) -> Corner:
        across = y[0] + (y[1] - y[0]) * t
        return x[0] + (x[1] - x[0]) * s, across, top(across)

    grid((2, 16), at, made).modifiers.new("t", "SOLIDIFY").thickness = 0.03


def _rib(x: float, y: Span, top: Callable[[float], float], made: Any) -> None:
    ys = [y[0] + (y[1] - y[0]) * j / 10 for j in range(11)]
    tube([(x, v, top(v) + 0.02) for v in ys], 0.022, made)


def _gathered(scene: Scene, cover: Cover, height: Height, made: Any) -> None:
    """The cloth pushed together at the open end: a roll over the edge of what is covered."""
    rng, truck = scene.random("gathered"), scene.truck
    if rng.random() < 0.5 or scene.exposed < 0.1:
        return
    edge = (scene.exposed if cover.side == "front" else 1 - scene.exposed) * truck.length
    shift = 0.08 if cover.side == "front" else -0.08
    half = truck.width / 2 * 0.96
    path = [(edge + shift, half * j / 6, height(edge + shift, half * j / 6) + 0.05) for j in range(-6, 7)]
    tube(path, rng.uniform(0.04, 0.08), made, 9)


def _bundle(scene: Scene, materials: Materials) -> None:
    """A cover that is put away outside the opening: rolled up on the front wall or along a side."""
    rng, truck = scene.random("bundle"), scene.truck
    colour = rng.choice(
        ((0.02, 0.2, 0.08), (0.3, 0.25, 0.18), (0.05, 0.05, 0.06), (0.6, 0.58, 0.5), (0.03, 0.1, 0.3))
    )
    cloth = materials.make(
        Look(colour, 0.8, 0, 8, 0.3, 0.6, "cloth", dirt=0.4, dirt_colour=scene.place.mud_colour)
    )
    half, thick, seed = truck.width / 2, rng.uniform(0.07, 0.17), rng.uniform(0, 300)
    if scene.bundle == "side":
        y = rng.choice((-1, 1)) * (half + 0.06 + thick / 2)
        path = [
            (truck.length * j / 20, y + 0.01 * rough(j, 0, 1, 2, seed), truck.depth + 0.1) for j in range(21)
        ]
        tube(path, thick * 0.7, cloth, 9)
        return
    z = truck.depth + rng.uniform(0.1, 0.45)
    for row in range(rng.randint(1, 3)):
        path = [
            (-0.16 - 0.1 * row, half * 0.95 * j / 8, z + 0.06 * row + 0.04 * rough(j, row, 0.8, 2, seed))
            for j in range(-8, 9)
        ]
        tube(path, thick, cloth, 9)
    box((-0.3, -0.08), (-half, half), (z - thick - 0.05, z - thick), cloth)
