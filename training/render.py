"""Render labelled tipper beds: blender -b -P training/render.py -- OUT COUNT SEED [SAMPLES [truck]].

Blender 3.4 (Debian 12), Cycles on one CPU thread. Writes 320x240 JPEGs and `SEED.roi.jsonl`: per picture its
label, the projected rim and the scene's parameters. A picture that is already there is not rendered again.
With `truck`, all pictures show one truck from one camera behind its cab, in varying light.
"""

import json
import math
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import bpy
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from training.bed import BODIES, EARTHS, Bed
from training.parts import Parts

LABELS = ("covered", "uncovered", "empty", "covered", "uncovered", "empty", "partly")
POSTS = ("cab", "cab", "tail", "side", "top", "oblique")


def main() -> None:
    """Render what the command line asks for."""
    out, count, seed, *rest = sys.argv[sys.argv.index("--") + 1 :]
    folder, samples = Path(out), int(rest[0]) if rest else 16
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for i in range(int(count)):
        label, truck = LABELS[i % len(LABELS)], f"{seed}" if "truck" in rest else f"{seed}/{i}"
        file = folder / f"{label}_{seed}_{i:04d}.jpg"
        scene = _build(label, truck, f"{seed}/{i}", same="truck" in rest)
        lines.append(json.dumps({"file": file.name, "label": label, **scene}))
        (folder / f"{seed}.roi.jsonl").write_text("\n".join(lines) + "\n")
        if not file.exists():
            bpy.context.scene.cycles.samples = samples
            bpy.context.scene.render.filepath = str(file)
            bpy.ops.render.render(write_still=True)


def _build(label: str, truck: str, load: str, *, same: bool) -> dict[str, object]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    body, rng = _random(truck), _random(load)
    bed = Bed(body.uniform(4.2, 7.5), body.uniform(2.1, 2.5), body.uniform(0.9, 1.7), Parts(body), body)
    bed.build(empty=label == "empty")
    filled = replace(bed, parts=Parts(rng), rng=rng)
    scene = filled.load() if label != "empty" else {}
    exposed = {"covered": rng.uniform(0, 0.02), "partly": rng.uniform(0.06, 0.29)}.get(label, 1.0)
    if label == "uncovered" and rng.random() < 0.25:
        exposed = rng.uniform(0.75, 0.95)
    if exposed < 1:
        scene |= filled.cover(exposed)
    around = _random(truck + "/around")
    _surroundings(replace(bed, parts=Parts(around), rng=around))
    place = _random(truck + "/camera")
    post = "cab" if same else place.choice(POSTS)
    _settings(rng)
    eye = _camera(replace(bed, rng=place), post)
    return scene | {"cam": post, "light": _light(rng, eye), "pts": _rim(bed)}


def _random(name: str) -> random.Random:
    return random.Random(name)  # noqa: S311 - scenes, no secrets


def _surroundings(bed: Bed) -> None:
    rng, parts = bed.rng, bed.parts
    ground = parts.material(
        rng.choice(((0.1, 0.1, 0.1), (0.3, 0.29, 0.27), *EARTHS)), 0.9, 0, rng.uniform(1, 6)
    )
    parts.box((-50, 50), (-50, 50), (-1.7, -1.6), ground)
    cab = parts.material(rng.choice(BODIES), 0.35, 0, 5)
    parts.box((-2.6, -1.2), (-1.2, 1.2), (-1, bed.depth + rng.uniform(0, 0.7)), cab)
    if rng.random() < 0.4:
        parts.box((-0.8, 0), bed.across, (bed.depth + 0.3, bed.depth + 0.38), cab)
    for _ in range(rng.randint(0, 7)):
        x, y = rng.uniform(-10, 25), rng.choice((-1, 1)) * rng.uniform(4, 16)
        wall = parts.material([rng.uniform(0.1, 0.6)] * 3, 0.9, 0, 3)
        parts.box((x, x + rng.uniform(1, 8)), (y, y + rng.uniform(1, 5)), (-1.6, rng.uniform(0, 6)), wall)


def _camera(bed: Bed, post: str) -> Any:
    rng, length, depth = bed.rng, bed.length, bed.depth
    side = rng.choice((-1, 1))
    places = {
        "cab": (rng.uniform(-0.9, 0), rng.uniform(-0.7, 0.7), depth + rng.uniform(0.6, 1.8)),
        "tail": (length + rng.uniform(0, 0.8), rng.uniform(-0.7, 0.7), depth + rng.uniform(0.7, 1.8)),
        "side": (
            length * rng.uniform(0.2, 0.8),
            side * (bed.width / 2 + rng.uniform(0.2, 1.2)),
            depth + rng.uniform(1, 2.4),
        ),
        "top": (length * rng.uniform(0.4, 0.6), rng.uniform(-0.4, 0.4), depth + rng.uniform(2.8, 5)),
        "oblique": (length * rng.uniform(-0.4, 1.4), side * rng.uniform(4, 8), depth + rng.uniform(2.5, 6)),
    }
    lens = bpy.data.cameras.new("c")
    lens.angle, lens.clip_start = (
        math.radians(rng.uniform(45, 60) if post == "oblique" else rng.uniform(65, 115)),
        0.02,
    )
    eye = bpy.data.objects.new("c", lens)
    bpy.context.collection.objects.link(eye)
    eye.location = places[post]
    aim = Vector((length * rng.uniform(0.35, 0.65), rng.uniform(-0.2, 0.2), depth * rng.uniform(0.3, 0.8)))
    eye.rotation_euler = (aim - eye.location).to_track_quat("-Z", "Y").to_euler()
    eye.rotation_euler.rotate_axis("Z", rng.gauss(0, 0.06))
    bpy.context.scene.camera = eye
    return eye


def _light(rng: random.Random, eye: Any) -> str:
    world = bpy.data.worlds.new("w")
    bpy.context.scene.world, world.use_nodes = world, True
    sky = world.node_tree.nodes["Background"]
    kind = rng.choices(("sun", "cloud", "dusk", "night"), (0.4, 0.35, 0.1, 0.15))[0]
    if kind == "cloud":
        grey = rng.uniform(0.4, 0.9)
        sky.inputs["Color"].default_value = (grey * 0.95, grey * 0.98, grey, 1)
        sky.inputs["Strength"].default_value = rng.uniform(0.5, 1)
    elif kind == "night":
        sky.inputs["Color"].default_value = (0.02, 0.025, 0.04, 1)
        sky.inputs["Strength"].default_value = rng.uniform(0.3, 1.2)
        _lamp(rng, eye)
    else:
        air = world.node_tree.nodes.new("ShaderNodeTexSky")
        air.sky_type = "NISHITA"
        air.sun_elevation = math.radians(rng.uniform(12, 80) if kind == "sun" else rng.uniform(1, 8))
        air.sun_rotation, air.dust_density = rng.uniform(0, 2 * math.pi), rng.uniform(0, 4)
        world.node_tree.links.new(air.outputs["Color"], sky.inputs["Color"])
        sky.inputs["Strength"].default_value = (
            rng.uniform(0.03, 0.09) if kind == "sun" else rng.uniform(0.25, 0.6)
        )
    return kind


def _lamp(rng: random.Random, eye: Any) -> None:
    lamp = bpy.data.lights.new("l", "SPOT")
    lamp.energy, lamp.spot_size, lamp.shadow_soft_size = rng.uniform(120, 600), 2.4, 0.1
    lamp.color = (1, rng.uniform(0.8, 1), rng.uniform(0.55, 1))
    held = bpy.data.objects.new("l", lamp)
    bpy.context.collection.objects.link(held)
    held.location = eye.location + Vector(
        (rng.uniform(-0.3, 0.3), rng.uniform(-0.6, 0.6), rng.uniform(0.1, 0.6))
    )
    held.rotation_euler = eye.rotation_euler


def _rim(bed: Bed) -> list[list[float]]:
    bpy.context.view_layer.update()
    scene = bpy.context.scene
    corners = [(bed.length * k / 12, y, bed.depth) for k in range(13) for y in (*bed.across, 0.0)]
    seen = [world_to_camera_view(scene, scene.camera, Vector(c)) for c in corners]
    return [[round(p.x, 4), round(1 - p.y, 4)] for p in seen if p.z > 0.05]


def _settings(rng: random.Random) -> None:
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.device = "CYCLES", "CPU"
    scene.cycles.max_bounces, scene.cycles.use_denoising = 3, False
    scene.cycles.transparent_max_bounces = 6
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.resolution_x, scene.render.resolution_y = 320, 240
    scene.render.image_settings.file_format, scene.render.image_settings.quality = "JPEG", 90
    scene.view_settings.view_transform = rng.choice(("Standard", "Filmic"))
    scene.view_settings.exposure = rng.uniform(-0.5, 0.5)


main()
