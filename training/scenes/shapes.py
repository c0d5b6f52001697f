"""Shapes in Blender: boxes, height fields, extruded outlines, stones, twigs. Lengths in m."""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import bpy
from mathutils import Euler, Vector, noise

Span = tuple[float, float]
Height = Callable[[float, float], float]
Corner = tuple[float, float, float]


def add(corners: Sequence[Any], faces: Sequence[Any], made: Any, *, smooth: bool = False) -> Any:
    """A mesh of corners and faces with one material."""
    shape = bpy.data.meshes.new("s")
    shape.from_pydata(corners, [], faces)
    shape.polygons.foreach_set("use_smooth", [smooth] * len(shape.polygons))
    shape.update()
    shape.materials.append(made)
    return place(shape)


def place(shape: Any) -> Any:
    """An object showing a mesh."""
    thing = bpy.data.objects.new("o", shape)
    bpy.context.collection.objects.link(thing)
    return thing


def box(x: Span, y: Span, z: Span, made: Any, bevel: float = 0.0) -> Any:
    """A cuboid between the given ends, its edges rounded by `bevel`."""
    corners = [(a, b, c) for a in x for b in y for c in z]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    thing = add(corners, faces, made)
    if bevel > 0:
        rounded = thing.modifiers.new("b", "BEVEL")
        rounded.width, rounded.segments = bevel, 2
    return thing


def grid(counts: tuple[int, int], at: Callable[[float, float], Corner], made: Any) -> Any:
    """A smooth surface at(s, t), s and t from 0 to 1, of so many cells."""
    nx, ny = counts
    corners = [at(i / nx, j / ny) for i in range(nx + 1) for j in range(ny + 1)]
    starts = [i * (ny + 1) + j for i in range(nx) for j in range(ny)]
    return add(corners, [(k, k + 1, k + ny + 2, k + ny + 1) for k in starts], made, smooth=True)


def field(x: Span, y: Span, height: Height, made: Any, step: float = 0.05) -> Any:
    """A smooth surface z = height(x, y) over a rectangle."""
    counts = max(int((x[1] - x[0]) / step), 2), max(int((y[1] - y[0]) / step), 2)

    def at(s: float, t: float) -> Corner:
        a, b = x[0] + (x[1] - x[0]) * s, y[0] + (y[1] - y[0]) * t
        return a, b, height(a, b)

    return grid(counts, at, made)


def extrude(outline: Sequence[tuple[float, float]], x: Span, made: Any, *, smooth: bool = False) -> Any:
    """An outline of (y, z) drawn along x."""
    corners = [(a, y, z) for a in x for y, z in outline]
    n = len(outline)
    return add(corners, [(k, k + 1, k + n + 1, k + n) for k in range(n - 1)], made, smooth=smooth)


def tube(path: Sequence[Corner], radius: float, made: Any, sides: int = 5) -> Any:
    """A bent bar along a path."""
    curve = bpy.data.curves.new("c", "CURVE")
    curve.use_fill_caps = True
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", radius, max(sides // 3, 1)
    line = curve.splines.new("POLY")
    line.points.add(len(path) - 1)
    for point, at in zip(line.points, path, strict=True):
        point.co = (*at, 1)
    curve.materials.append(made)
    return place(curve)


def stone(rng: random.Random, made: Any, rugged: float = 0.4) -> Any:
    """The mesh of a lump about 1 m in radius, to be placed and scaled."""
    import bmesh

    shape, work = bpy.data.meshes.new("s"), bmesh.new()
    bmesh.ops.create_icosphere(work, subdivisions=2, radius=1.0)
    shift = Vector((rng.uniform(0, 99), rng.uniform(0, 99), 0))
    for corner in work.verts:
        corner.co *= (
            1 + rugged * noise.noise(corner.co * 1.3 + shift) + 0.1 * noise.noise(corner.co * 4 + shift)
        )
    work.to_mesh(shape)
    work.free()
    shape.materials.append(made)
    return shape


def block(made: Any) -> Any:
    """The mesh of a cuboid 1 m long each way, to be placed and scaled."""
    corners = [(a, b, c) for a in (-0.5, 0.5) for b in (-0.5, 0.5) for c in (-0.5, 0.5)]
    shape = bpy.data.meshes.new("s")
    shape.from_pydata(
        corners, [], [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    )
    shape.materials.append(made)
    return shape


def lay(shape: Any, at: Corner, size: Corner, rng: random.Random) -> None:
    """Put a mesh somewhere, lying any way."""
    thing = place(shape)
    thing.location, thing.scale = at, size
    thing.rotation_euler = [rng.uniform(0, 2 * math.pi) for _ in range(3)]


def twigs(rng: random.Random, spots: Sequence[Corner], made: Any) -> None:
    """Thin three-sided sticks, one at each spot."""
    corners: list[Any] = []
    faces = []
    for spot in spots:
        half, thick = rng.uniform(0.15, 0.9), rng.uniform(0.006, 0.03)
        turn = Euler((rng.uniform(0, 6.3), rng.gauss(0, 0.35), rng.uniform(0, 6.3))).to_matrix()
        k = len(corners)
        for end in (-half, half):
            for y, z in ((0, thick), (thick, -thick), (-thick, -thick)):
                corners.append(turn @ Vector((end, y, z)) + Vector(spot))
        faces += [(k, k + 1, k + 4, k + 3), (k + 1, k + 2, k + 5, k + 4), (k + 2, k, k + 3, k + 5)]
    add(corners, faces, made)


def leaves(rng: random.Random, spots: Sequence[Corner], made: Any) -> None:
    """Small squares, one at each spot."""
    corners: list[Any] = []
    faces = []
    for spot in spots:
        size = rng.uniform(0.03, 0.12)
        turn = Euler([rng.uniform(0, 6.3) for _ in range(3)]).to_matrix()
        k = len(corners)
        corners += [
            turn @ Vector((a * size, b * size, 0)) + Vector(spot)
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        faces.append((k, k + 1, k + 2, k + 3))
    add(corners, faces, made)


def rough(x: float, y: float, scale: float, octaves: int, seed: float) -> float:
    """Fractal noise of about -1..1; `scale` is the first octave's frequency per m."""
    return float(noise.fractal((x * scale + seed, y * scale - seed, seed * 0.37), 0.9, 2.1, octaves))
