"""Renders scenes: python -m training.scenes.stage (orders as JSON lines in, their numbers out).

Runs where `bpy` is (PyPI's wheel); one CPU thread. An order says the scene and where to write it.
"""

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

from training.scenes import body, covers, lights, loads
from training.scenes.develop import Picture, develop
from training.scenes.materials import Materials
from training.scenes.orders import Order
from training.scenes.scene import Scene

QUALITY = 92


def main() -> None:
    """Render the jobs, one after the other; an answer line for each."""
    with quiet() as answers:
        for line in sys.stdin:
            order = Order(**json.loads(line))
            picture(order)
            answers.write(f"{order.index}\n")
            answers.flush()


@contextlib.contextmanager
def quiet():  # type: ignore[no-untyped-def]
    """Standard output for answers alone: what Blender prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    yield answers


def picture(order: Order) -> None:
    """Render one scene into its file, whole or not at all."""
    scene = order.scene()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    build(scene, Path(order.textures) if order.textures else None)
    made = develop(_render(order), scene.light, scene.camera)
    file = Path(order.folder) / scene.file
    part = file.with_suffix(".part")
    Image.fromarray(made).save(part, "JPEG", quality=QUALITY)
    part.replace(file)


def build(scene: Scene, textures: Path | None) -> None:
    """Everything of a scene into the empty Blender file."""
    own = Materials(scene.random("truck"), textures)
    materials = Materials(scene.random("materials"), textures)
    body.build(scene, own)
    height = loads.surface(scene, scene.load) if scene.load else None
    if height:
        loads.fill(scene, materials, height)
    else:
        loads.residue(scene, materials)
    covers.close(scene, materials, height)
    body.surround(scene, materials)
    lights.camera(scene)
    lights.light(scene)


def _render(order: Order) -> Picture:
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.device = "CYCLES", "CPU"
    scene.cycles.samples, scene.cycles.max_bounces = order.samples, 3
    scene.cycles.transparent_max_bounces, scene.cycles.seed = 6, 0
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    scene.cycles.sample_clamp_indirect = 4.0
    scene.cycles.use_denoising, scene.cycles.denoiser = True, "OPENIMAGEDENOISE"
    scene.cycles.denoising_quality, scene.cycles.denoising_prefilter = "BALANCED", "NONE"
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.resolution_x, scene.render.resolution_y = order.width, order.height
    scene.render.image_settings.file_format = "OPEN_EXR"
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = f"{folder}/light.exr"
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        pixels = np.empty(order.width * order.height * 4, np.float32)
        image.pixels.foreach_get(pixels)
    light: Picture = pixels.reshape(order.height, order.width, 4)[::-1, :, :3]
    return np.nan_to_num(light.clip(0, 1e6))


if __name__ == "__main__":
    main()
