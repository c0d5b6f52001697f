"""Camera and light of a scene, inside Blender."""

import math
from typing import Any

import bpy
from mathutils import Matrix, Vector

from training.scenes.scene import Scene
from training.scenes.shapes import stone

HAND = 0.5


def camera(scene: Scene) -> None:
    """Put the camera where the scene has it; a fisheye's picture is rendered flat and bent afterwards."""
    lens = bpy.data.cameras.new("c")
    lens.sensor_fit, lens.clip_start = "HORIZONTAL", 0.02
    lens.angle = math.radians(scene.camera.flat_fov)
    eye = bpy.data.objects.new("c", lens)
    bpy.context.collection.objects.link(eye)
    right, up, forward = (Vector(a) for a in scene.camera.axes())
    turn = Matrix((right, up, -forward)).transposed().to_4x4()
    eye.matrix_world = Matrix.Translation(Vector(scene.camera.eye)) @ turn
    bpy.context.scene.camera = eye


def light(scene: Scene) -> None:
    """Sky and lamps; absolute brightness does not matter, the picture is exposed afterwards."""
    shine = scene.light
    warm = (1.0, 1 - 0.22 * shine.warmth, 1 - 0.5 * shine.warmth)
    night = shine.kind in ("flood", "infrared", "headlights")
    _sky(
        (0.55, 0.6, 1.0) if night else (0.75, 0.87, 1.0) if shine.kind != "cloud" else (0.95, 0.98, 1),
        shine.sky,
    )
    match shine.kind:
        case "sun" | "dusk":
            tint = (1.0, 0.72, 0.45) if shine.kind == "dusk" else warm
            sun = _lamp("SUN", 4.0, tint, Vector((0, 0, 20)), _towards(shine.elevation, shine.azimuth))
            sun.data.angle = math.radians(0.6)
        case "flood":
            _flood(scene, warm)
        case "infrared":
            _at_camera(scene, (1, 1, 1))
        case "headlights":
            _headlights(scene, warm)


def _sky(colour: tuple[float, float, float], strength: float) -> None:
    world = bpy.data.worlds.new("w")
    bpy.context.scene.world = world
    world.use_nodes = True
    back = world.node_tree.nodes["Background"]
    back.inputs["Color"].default_value = (*colour, 1)
    back.inputs["Strength"].default_value = strength


def _towards(elevation: float, azimuth: float) -> Vector:
    e, a = math.radians(elevation), math.radians(azimuth)
    return Vector((-math.cos(e) * math.cos(a), -math.cos(e) * math.sin(a), -math.sin(e)))


def _lamp(kind: str, energy: float, colour: tuple[float, float, float], at: Vector, to: Vector) -> Any:
    lamp = bpy.data.lights.new("l", kind)
    lamp.energy, lamp.color = energy, colour
    held = bpy.data.objects.new("l", lamp)
    bpy.context.collection.objects.link(held)
    held.location = at
    held.rotation_euler = to.to_track_quat("-Z", "Y").to_euler()
    return held


def _spot(energy: float, colour: tuple[float, float, float], at: Vector, to: Vector, wide: float) -> None:
    lamp = _lamp("SPOT", energy, colour, at, to).data
    lamp.spot_size, lamp.spot_blend, lamp.shadow_soft_size = math.radians(wide), 0.5, 0.08


def _middle(scene: Scene) -> Vector:
    return Vector((scene.truck.length / 2, 0, scene.truck.depth / 2))


def _flood(scene: Scene, warm: tuple[float, float, float]) -> None:
    """One or two lamps: beside the camera, or on a mast."""
    rng = scene.random("flood")
    for _ in range(rng.randint(1, 2)):
        if rng.random() < HAND:
            at = Vector(scene.camera.eye) + Vector([rng.uniform(-0.6, 0.6) for _ in range(3)])
        else:
            at = _middle(scene) - rng.uniform(5, 12) * _towards(scene.light.elevation, rng.uniform(0, 360))
        away = (_middle(scene) - at).length
        aim = _middle(scene) + Vector((rng.uniform(-1, 1), rng.uniform(-0.5, 0.5), 0))
        _spot(30 * away**2 * rng.uniform(0.5, 1.5), warm, at, aim - at, rng.uniform(50, 140))


def _at_camera(scene: Scene, colour: tuple[float, float, float]) -> None:
    rng, eye = scene.random("infrared"), Vector(scene.camera.eye)
    aim = Vector(scene.camera.aim)
    wide = max(40.0, scene.camera.fov * rng.uniform(0.5, 1.1))
    _spot(30 * (aim - eye).length ** 2, colour, eye + Vector((0.05, 0.05, 0.05)), aim - eye, wide)


def _headlights(scene: Scene, warm: tuple[float, float, float]) -> None:
    """Another vehicle's lamps shining across the bed and often into the camera; a weak lamp beside it."""
    rng, eye = scene.random("headlights"), Vector(scene.camera.eye)
    _flood(scene, warm)
    forward = Vector(scene.camera.axes()[2])
    at = _middle(scene) + Vector((forward.x, forward.y, 0)).normalized() * rng.uniform(6, 14)
    at.z = rng.uniform(0.0, 2.5)
    across = (eye - at).cross(Vector((0, 0, 1))).normalized() * rng.uniform(0.5, 0.9)
    glow = bpy.data.materials.new("g")
    glow.use_nodes = True
    surface = glow.node_tree.nodes["Principled BSDF"]
    surface.inputs["Emission Color" if "Emission Color" in surface.inputs else "Emission"].default_value = (
        1,
        0.95,
        0.85,
        1,
    )
    surface.inputs["Emission Strength"].default_value = 400.0
    glow.cycles.emission_sampling = "NONE"  # seen, not needed as light: the spots give that
    for side in (-1, 1):
        bulb = bpy.data.objects.new("b", stone(rng, glow, 0.0))
        bulb.location, bulb.scale = at + across * side, (0.12,) * 3
        bpy.context.collection.objects.link(bulb)
        _spot(
            40 * (at - _middle(scene)).length ** 2,
            (1, 0.95, 0.85),
            at + across * side + (eye - at).normalized() * 0.3,
            eye - at,
            70,
        )
