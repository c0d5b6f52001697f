"""Surfaces in Blender: noise, pictures of surfaces, mud, wet and snow over them. Lengths in m.

Written for bpy 5.0.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

Colour = Sequence[float]


@dataclass(frozen=True)
class Look:
    """A surface: `grain` is the frequency of its noise per m, `picture` a folder of pictures laid over it."""

    colour: Colour
    rough: float = 0.8
    metal: float = 0.0
    grain: float = 20.0
    contrast: float = 0.35
    bump: float = 0.5
    picture: str = ""
    dirt: float = 0.0
    streak: float = 0.0
    wet: float = 0.0
    snow: float = 0.0
    holes: float = 0.0
    pattern: str = "plain"
    dirt_colour: Colour = (0.3, 0.22, 0.15)


class Materials:
    """Makes materials; draws details from `rng`; takes pictures from the folders under `pictures`."""

    def __init__(self, rng: random.Random, pictures: Path | None) -> None:
        self.rng = rng
        self._pictures = pictures

    def make(self, look: Look) -> Any:
        """The material for a look."""
        made = bpy.data.materials.new("m")
        made.use_nodes = True
        graph = _Graph(made.node_tree, self.rng)
        fine = graph.noise(look.grain, 6)
        colour = self._base(graph, look, fine)
        colour = self._picture(graph, look, colour)
        if look.dirt > 0:
            soft = self.rng.uniform(0.06, 0.35)
            mask = graph.threshold(graph.noise(1.3, 6, look.streak), 0.7 - 0.3 * look.dirt - soft / 3, soft)
            mask = graph.mix(self.rng.uniform(0.4, 1), (0, 0, 0), mask)
            colour = graph.mix(mask, colour, look.dirt_colour)
        rough: Any = look.rough
        if look.wet > 0:
            puddles = graph.threshold(graph.noise(0.8, 4, look.streak), 0.7 - 0.4 * look.wet, 0.06)
            rough = graph.mix(puddles, (look.rough,) * 3, (0.08,) * 3)
            colour = graph.mix(puddles, colour, (0.25, 0.25, 0.25), "MULTIPLY")
        if look.snow > 0:
            mask = graph.threshold(graph.noise(2.0, 6), 0.75 - 0.55 * look.snow, 0.05)
            colour = graph.mix(graph.upward(mask), colour, (0.82, 0.84, 0.88))
        graph.finish(look, colour, rough, fine)
        return made

    def _base(self, graph: "_Graph", look: Look, fine: Any) -> Any:
        coarse = graph.noise(max(look.grain / 12, 0.3), 4)
        mixed = graph.mix(self.rng.uniform(0.3, 0.7), fine, coarse)
        if look.pattern == "camouflage":
            return graph.patches(graph.noise(self.rng.uniform(1.5, 5), 2), look.colour)
        if look.pattern == "stripes":
            return graph.stripes(look.colour, self.rng.uniform(1.5, 6))
        return graph.ramp(mixed, look.colour, look.contrast)

    def _picture(self, graph: "_Graph", look: Look, colour: Any) -> Any:
        folder = self._pictures / look.picture if self._pictures and look.picture else None
        if folder is None or not folder.is_dir() or self.rng.random() < 0.25:
            return colour
        file = self.rng.choice(sorted(folder.glob("*.jpg")))
        blend = self.rng.choice(("MIX", "MULTIPLY", "OVERLAY", "SOFT_LIGHT"))
        return graph.mix(
            self.rng.uniform(0.3, 0.85), colour, graph.image(file, self.rng.uniform(0.3, 1.3)), blend
        )


class _Graph:
    """Shader nodes, made one at a time."""

    def __init__(self, tree: Any, rng: random.Random) -> None:
        self.tree, self.rng = tree, rng
        self.surface = tree.nodes["Principled BSDF"]
        self._place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
        self._shift = [rng.uniform(-50, 50) for _ in range(3)]

    def feed(self, socket: Any, value: Any) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif isinstance(value, float | int):
            socket.default_value = value
        else:
            socket.default_value = (*value, 1)

    def mapped(self, scale: Sequence[float]) -> Any:
        made = self.tree.nodes.new("ShaderNodeMapping")
        made.inputs["Location"].default_value = self._shift
        made.inputs["Scale"].default_value = scale
        self.tree.links.new(self._place, made.inputs["Vector"])
        return made.outputs["Vector"]

    def noise(self, scale: float, detail: float, streak: float = 0.0) -> Any:
        made = self.tree.nodes.new("ShaderNodeTexNoise")
        made.inputs["Scale"].default_value = scale
        made.inputs["Detail"].default_value = detail
        made.inputs["Roughness"].default_value = 0.62
        across = 1 + 7 * streak
        self.tree.links.new(self.mapped((1, across, 1)), made.inputs["Vector"])
        return made.outputs[0]

    def mix(self, share: Any, low: Any, high: Any, blend: str = "MIX") -> Any:
        made = self.tree.nodes.new("ShaderNodeMixRGB")
        made.blend_type = blend
        for socket, value in zip(made.inputs, (share, low, high), strict=True):
            self.feed(socket, value)
        return made.outputs[0]

    def threshold(self, value: Any, at: float, soft: float) -> Any:
        made = self._ramp(value, ((at, (0, 0, 0)), (at + soft, (1, 1, 1))))
        return made.outputs[0]

    def ramp(self, value: Any, colour: Colour, contrast: float) -> Any:
        low, high = ([min(max(c * (1 + k), 0), 1) for c in colour] for k in (-contrast, contrast))
        return self._ramp(value, ((0.33, low), (0.68, high))).outputs[0]

    def patches(self, value: Any, colour: Colour) -> Any:
        shades = [[min(max(c * self.rng.uniform(0.3, 1.8), 0), 1) for c in colour] for _ in range(4)]
        made = self._ramp(value, ((0.0, shades[0]), (0.44, shades[1]), (0.5, shades[2]), (0.57, shades[3])))
        made.color_ramp.interpolation = "CONSTANT"
        return made.outputs[0]

    def stripes(self, colour: Colour, scale: float) -> Any:
        made = self.tree.nodes.new("ShaderNodeTexWave")
        made.bands_direction = self.rng.choice(("X", "Y"))
        made.inputs["Scale"].default_value = scale
        self.tree.links.new(self._place, made.inputs["Vector"])
        other = [self.rng.uniform(0.1, 0.7) for _ in range(3)]
        return self.mix(self.threshold(made.outputs[0], 0.5, 0.02), colour, other)

    def upward(self, mask: Any) -> Any:
        """The mask where the surface looks up."""
        normal = self.tree.nodes.new("ShaderNodeNewGeometry").outputs["Normal"]
        parts = self.tree.nodes.new("ShaderNodeSeparateXYZ")
        self.tree.links.new(normal, parts.inputs[0])
        up = self.threshold(parts.outputs[2], 0.5, 0.2)
        return self.mix(1.0, mask, up, "MULTIPLY")

    def image(self, file: Path, scale: float) -> Any:
        made = self.tree.nodes.new("ShaderNodeTexImage")
        made.image = bpy.data.images.load(str(file), check_existing=True)
        made.projection, made.projection_blend = "BOX", 0.3
        self.tree.links.new(self.mapped((scale,) * 3), made.inputs["Vector"])
        return made.outputs[0]

    def _ramp(self, value: Any, stops: Sequence[tuple[float, Colour]]) -> Any:
        made = self.tree.nodes.new("ShaderNodeValToRGB")
        elements = made.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (at, colour) in zip(elements, stops, strict=True):
            element.position, element.color = min(max(at, 0), 1), (*colour, 1)
        self.tree.links.new(value, made.inputs[0])
        return made

    def finish(self, look: Look, colour: Any, rough: Any, fine: Any) -> None:
        """Connect colour, roughness, bumps and a net's holes to the surface."""
        self.feed(self.surface.inputs["Base Color"], colour)
        self.feed(self.surface.inputs["Roughness"], rough)
        self.surface.inputs["Metallic"].default_value = look.metal
        bump = self.tree.nodes.new("ShaderNodeBump")
        bump.inputs["Strength"].default_value = look.bump
        bump.inputs["Distance"].default_value = min(0.6 / look.grain, 0.06)
        self.tree.links.new(fine, bump.inputs["Height"])
        self.tree.links.new(bump.outputs[0], self.surface.inputs["Normal"])
        if look.holes > 0:
            self.feed(self.surface.inputs["Alpha"], self._threads(look.holes))

    def _threads(self, holes: float) -> Any:
        """1 on a net's threads, 0 in its holes, whose share of the area is about `holes`."""
        cell = self.rng.uniform(0.012, 0.05)
        made = self.tree.nodes.new("ShaderNodeTexBrick")
        made.offset = 0.0
        made.inputs["Scale"].default_value = 1.0
        made.inputs["Brick Width"].default_value = made.inputs["Row Height"].default_value = cell
        made.inputs["Mortar Size"].default_value = cell * (1 - holes**0.5) / 2
        self.tree.links.new(self._place, made.inputs["Vector"])
        return made.outputs["Fac" if "Fac" in made.outputs else 1]
