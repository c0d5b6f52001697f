"""Building blocks of rendered scenes in Blender: procedural materials, boxes, height fields. Lengths in m.

No picture textures: what these scenes show is made here alone.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import bpy
from mathutils import Vector, noise

Colour = Sequence[float]
Height = Callable[[float, float], float]
Span = tuple[float, float]


class Parts:
    """Makes things in the current Blender scene, drawing every choice from one random source."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def material(self, colour: Colour, rough: float = 0.8, metal: float = 0.0, grain: float = 20.0) -> Any:
        """A surface whose colour and bumps vary; `grain` is the noise's frequency per m."""
        made = bpy.data.materials.new("m")
        made.use_nodes = True
        tree = made.node_tree
        surface = tree.nodes["Principled BSDF"]
        surface.inputs["Roughness"].default_value = rough
        surface.inputs["Metallic"].default_value = metal
        fine = self._noise(tree, grain, 8)
        coarse = self._noise(tree, grain / 10, 4)
        mixed = tree.nodes.new("ShaderNodeMixRGB")
        mixed.inputs["Fac"].default_value = self.rng.uniform(0.3, 0.7)
        ramp = tree.nodes.new("ShaderNodeValToRGB")
        low, high = ramp.color_ramp.elements
        low.position, high.position = 0.32, 0.7
        contrast = self.rng.uniform(0.1, 0.5)
        low.color = (*(max(c * (1 - contrast), 0) for c in colour), 1)
        high.color = (*(min(c * (1 + contrast), 1) for c in colour), 1)
        bump = tree.nodes.new("ShaderNodeBump")
        bump.inputs["Strength"].default_value = min(rough, 0.7) * self.rng.uniform(0.2, 1)
        bump.inputs["Distance"].default_value = 0.05
        tree.links.new(fine, mixed.inputs["Color1"])
        tree.links.new(coarse, mixed.inputs["Color2"])
        tree.links.new(mixed.outputs["Color"], ramp.inputs["Fac"])
        tree.links.new(ramp.outputs["Color"], surface.inputs["Base Color"])
        tree.links.new(fine, bump.inputs["Height"])
        tree.links.new(bump.outputs["Normal"], surface.inputs["Normal"])
        return made

    def mesh_cloth(self, colour: Colour, cell: float) -> Any:
        """A net: threads of `colour` every `cell` m with holes between them."""
        made = self.material(colour, rough=1.0, grain=60)
        tree = made.node_tree
        place = tree.nodes.new("ShaderNodeTexCoord")
        brick = tree.nodes.new("ShaderNodeTexBrick")
        brick.offset = 0.0
        for key, value in (("Scale", 1.0), ("Mortar Size", cell * 0.3), ("Mortar Smooth", 0.2)):
            brick.inputs[key].default_value = value
        brick.inputs["Brick Width"].default_value = brick.inputs["Row Height"].default_value = cell
        tree.links.new(place.outputs["Object"], brick.inputs["Vector"])
        tree.links.new(brick.outputs["Fac"], tree.nodes["Principled BSDF"].inputs["Alpha"])
        return made

    @staticmethod
    def _noise(tree: Any, scale: float, detail: float) -> Any:
        place = tree.nodes.new("ShaderNodeTexCoord")
        made = tree.nodes.new("ShaderNodeTexNoise")
        made.inputs["Scale"].default_value = scale
        made.inputs["Detail"].default_value = detail
        made.inputs["Roughness"].default_value = 0.65
        tree.links.new(place.outputs["Object"], made.inputs["Vector"])
        return made.outputs["Fac"]

    def stripes(self, made: Any, along: float, colour: Colour) -> Any:
        """Lay streaks of `colour` over a material, `along` m long: mud, rust or water marks."""
        tree = made.node_tree
        surface = tree.nodes["Principled BSDF"]
        before = surface.inputs["Base Color"].links[0].from_socket
        stretched = tree.nodes.new("ShaderNodeMapping")
        stretched.inputs["Scale"].default_value = (1 / along, 4, 2)
        place = tree.nodes.new("ShaderNodeTexCoord")
        spots = tree.nodes.new("ShaderNodeTexNoise")
        spots.inputs["Scale"].default_value, spots.inputs["Detail"].default_value = 1.5, 6
        ramp = tree.nodes.new("ShaderNodeValToRGB")
        edge = self.rng.uniform(0.45, 0.6)
        ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = edge, edge + 0.06
        over = tree.nodes.new("ShaderNodeMixRGB")
        over.inputs["Color2"].default_value = (*colour, 1)
        tree.links.new(place.outputs["Object"], stretched.inputs["Vector"])
        tree.links.new(stretched.outputs["Vector"], spots.inputs["Vector"])
        tree.links.new(spots.outputs["Fac"], ramp.inputs["Fac"])
        tree.links.new(ramp.outputs["Color"], over.inputs["Fac"])
        tree.links.new(before, over.inputs["Color1"])
        tree.links.new(over.outputs["Color"], surface.inputs["Base Color"])
        return made

    def box(self, x: Span, y: Span, z: Span, made: Any) -> Any:
        """A cuboid between the given ends."""
        corners = [(a, b, c) for a in x for b in y for c in z]
        faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
        return self._add(corners, faces, made)

    def field(self, x: Span, y: Span, height: Height, made: Any, step: float = 0.05) -> Any:
        """A smooth surface z = height(x, y) over a rectangle."""
        nx, ny = max(int((x[1] - x[0]) / step), 2), max(int((y[1] - y[0]) / step), 2)
        places = [
            (x[0] + (x[1] - x[0]) * i / nx, y[0] + (y[1] - y[0]) * j / ny)
            for i in range(nx + 1)
            for j in range(ny + 1)
        ]
        corners = [(a, b, height(a, b)) for a, b in places]
        starts = [i * (ny + 1) + j for i in range(nx) for j in range(ny)]
        made = self._add(corners, [(k, k + 1, k + ny + 2, k + ny + 1) for k in starts], made)
        for face in made.data.polygons:
            face.use_smooth = True
        return made

    def stone(self, at: tuple[float, float, float], size: float, made: Any, *, brick: bool) -> None:
        """A lump or a brick of about `size` m lying any way."""
        if brick:
            bpy.ops.mesh.primitive_cube_add(size=size, location=at)
            bpy.context.object.scale = (2, 1, 0.6)
        else:
            bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=2, radius=size, location=at)
            shift = Vector((self.rng.uniform(0, 99), 0, 0))
            for corner in bpy.context.object.data.vertices:
                corner.co *= 1 + 0.4 * noise.noise(corner.co / size + shift)
        bpy.context.object.rotation_euler = [self.rng.uniform(0, 2 * math.pi) for _ in range(3)]
        bpy.context.object.data.materials.append(made)

    @staticmethod
    def _add(corners: list[Any], faces: list[Any], made: Any) -> Any:
        shape = bpy.data.meshes.new("s")
        shape.from_pydata(corners, [], faces)
        shape.update()
        shape.materials.append(made)
        thing = bpy.data.objects.new("o", shape)
        bpy.context.collection.objects.link(thing)
        return thing


def rough(x: float, y: float, scale: float, octaves: int, seed: float) -> float:
    """Fractal noise of about -1..1; `scale` is the first octave's frequency per m."""
    total, share = 0.0, 1.0
    for i in range(octaves):
        total += share * noise.noise((x * scale + seed, y * scale - seed, seed + 7.3 * i))
        scale, share = scale * 2.1, share * 0.5
    return total
