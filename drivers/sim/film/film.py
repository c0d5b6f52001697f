"""A film: `frame(t)` and `truth(t)` of any moment, the same whether played in order or picked out.

All is drawn from (plates, script, seed, size, t) alone. Frames wider than 960 px are drawn at half their size
and enlarged before the sensor's noise, since plates show no more.
"""

from functools import lru_cache
from pathlib import Path
from typing import Self

import cv2
import msgspec
import numpy as np

from drivers.camera.jpeg import Image
from drivers.sim.film.chance import draw
from drivers.sim.film.lens import Dirt, drops, streaks, veil
from drivers.sim.film.light import Light
from drivers.sim.film.opening import Opening, inside
from drivers.sim.film.plates import Plate, Plates
from drivers.sim.film.script import Lens, Scene, Script, Truth, state_of
from drivers.sim.film.sensor import Sensor, coded, encoded, failed
from drivers.sim.film.shake import shaken
from drivers.sim.film.stage import Beds, Stage

_WIDE = 960


class Film:
    """One truck's film. Not for several threads at once."""

    def __init__(self, plates: Plates, script: Script, seed: int) -> None:
        self._plates, self.script, self._seed = plates, script, seed
        known = plates.trucks or [plates.plates[0].truck]
        self.truck = script.truck or draw(seed, "truck").choice(known)
        self._rim = plates.of(self.truck)[0]
        self._beds = Beds(plates, self.truck, seed)
        self._beds.check(script.beds, script.lights)  # what is missing is told now, not in the middle
        self._at = lru_cache(maxsize=2)(self._set_up)

    @classmethod
    def open(cls, plates: Path | None, script: Script | Path, seed: int = 0) -> Self:
        """A film from a folder of plates (None: the shipped ones) and a script.

        Raises DeviceMissing for plates that are not there, ProfileError for a script that is none.
        """
        read = script if isinstance(script, Script) else Script.load(script)
        return cls(Plates.open(plates), read, seed)

    @property
    def duration_s(self) -> float:
        """How long it lasts; before and after it shows its first and its last moment's scene."""
        return self.script.duration_s

    @property
    def roi(self) -> tuple[tuple[float, float], ...]:
        """The opening of the bed, relative corners, as a camera's `roi` is configured."""
        return inside(self._rim.pts)

    def truth(self, t_s: float) -> Truth:
        """What is really to be seen at `t_s`."""
        scene = self.script.scene(t_s)
        exposed = self._exposed(scene)
        speed = scene.stretch.speed_mps
        return Truth(
            t_s=t_s,
            truck=self.truck,
            state="empty" if exposed is None else state_of(exposed),
            exposed=exposed,
            moving=speed > 0,
            speed_mps=speed,
            light=scene.stretch.light,
            weather=scene.stretch.weather,
            fault=scene.fault.kind if scene.fault else None,
            settled=scene.share >= 1.0,
        )

    def frame(self, t_s: float, size: tuple[int, int] = (640, 480)) -> Image:
        """The picture (BGR) of (width, height) at `t_s`."""
        return coded(self._raw(t_s, size), self.script.lens.jpeg)

    def jpeg(self, t_s: float, size: tuple[int, int] = (640, 480)) -> bytes:
        """The same as a camera codes it: once, at its quality (90 where the script says 0)."""
        return encoded(self._raw(t_s, size), self.script.lens.jpeg or 90)

    def _raw(self, t_s: float, size: tuple[int, int]) -> Image:
        scene = self.script.scene(t_s)
        if scene.fault and scene.fault.kind == "frozen":
            t_s = scene.fault.begin_s
            scene = msgspec.structs.replace(self.script.scene(t_s), fault=None)
        return self._at(size).frame(scene, t_s)

    def _exposed(self, scene: Scene) -> float | None:
        """The open share of the opening; while a load comes or goes, what there is more of."""
        light = scene.stretch.light
        before, after = self._beds.share(scene.before, light), self._beds.share(scene.after, light)
        if scene.share >= 1.0:
            return after
        if before is None or after is None:
            return after if scene.share >= 0.5 else before
        return round(before + (after - before) * scene.share, 4)

    def _set_up(self, size: tuple[int, int]) -> "_Set":
        return _Set(self._plates, self._beds, self._rim, self.script.lens, (self._seed, size))


class _Set:
    """Everything that draws one film at one size."""

    def __init__(
        self, plates: Plates, beds: Beds, rim: Plate, lens: Lens, seed_size: tuple[int, tuple[int, int]]
    ) -> None:
        self._seed, self._size = seed_size
        width, height = self._size
        self._drawn = (width // 2, height // 2) if width > _WIDE else self._size
        opening = Opening(rim.pts, self._drawn)
        self._lens = lens
        self._stage = Stage(plates, beds, opening, self._seed, self._drawn)
        self._light = Light(opening, self._seed)
        self._dirt = Dirt(self._seed, self._drawn)
        self._sensor = Sensor(self._seed, self._size)

    def frame(self, scene: Scene, t_s: float) -> Image:
        """The picture of a moment."""
        now, lens, seed = scene.stretch, self._lens, self._seed
        field = self._light.field(scene, t_s, lens.sway)
        self._stage.ground(field, scene, self._light)
        veil(field, scene, self._light, t_s)
        image = shaken(field.onto(self._stage.image(scene)), seed, t_s, now.speed_mps, lens.shake)
        if now.weather in ("rain", "snow"):
            streaks(image, seed, t_s, scene)
        if now.weather == "rain":
            image = drops(image, seed, t_s, now.strength)
        image = self._dirt.over(image, scene.mud)
        if scene.fault:
            image = failed(image, scene.fault, seed, self._dirt)
        if self._drawn != self._size:
            image = np.asarray(cv2.resize(image, self._size), np.uint8)
        return self._sensor.noisy(image, t_s, now.light, lens.noise)
