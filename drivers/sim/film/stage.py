"""The bed before the camera at a moment: plates, and what lies between two of them.

A cover that closes or opens is a straight edge across the bed that runs along it, so that the exposed share
is known exactly; a load that comes or goes does so in patches.
"""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from drivers.camera.jpeg import Image
from drivers.sim.film.chance import draw
from drivers.sim.film.light import Field, Light, tile
from drivers.sim.film.opening import LENGTH_M, WIDTH_M, Opening
from drivers.sim.film.plates import Plate, Plates, Side
from drivers.sim.film.script import Bed, Scene

_EDGE = 0.01  # of the bed's length: how soft a cover's edge is
_BELOW = 3.0  # the ground is about so many times as far below the camera as the rim
_COVERED, _OPEN = Bed("covered"), Bed("uncovered")


class Beds:
    """Which plates show a bed; one truck, one load and one cover throughout, as the seed has it."""

    def __init__(self, plates: Plates, truck: str, seed: int) -> None:
        self._plates, self._truck, self._seed = plates, truck, seed
        self.pick = lru_cache(maxsize=256)(self._pick)

    def _pick(self, bed: Bed, light: str) -> Plate:
        return self._plates.choose(self._truck, bed, light, self._seed)

    def check(self, beds: frozenset[Bed], lights: frozenset[str]) -> None:
        """Raises DeviceMissing unless each of these beds can be shown in each of these lights."""
        for bed in beds:
            for light in lights:
                self.layers(bed, light)

    def share(self, bed: Bed, light: str) -> float | None:
        """The open share of this bed's opening, as far as plates can show it; None when it is empty."""
        if bed.exposed is None:
            return self.pick(bed, light).share
        low, high = self.pick(_COVERED, light).share or 0.0, self.pick(_OPEN, light).share or 1.0
        return min(high, max(low, bed.exposed))

    def layers(self, bed: Bed, light: str) -> tuple[Plate, Plate, float]:
        """The plates with the cover closed and open, and the share that is open, of which only one is seen.

        At 0 that is the first, at 1 the second.
        """
        if bed.exposed is None:
            plate = self.pick(bed, light)
            return plate, plate, 0.0
        closed, opened = self.pick(_COVERED, light), self.pick(_OPEN, light)
        if bed.exposed <= (closed.share or 0.0):
            return closed, opened, 0.0
        return closed, opened, 1.0 if bed.exposed >= (opened.share or 1.0) else bed.exposed

    def side(self, light: str) -> Side:
        """Where the cover opens first: as on the plates, else by the seed."""
        told = self.pick(_OPEN, light).side or self.pick(_COVERED, light).side
        chosen: Side = draw(self._seed, "cover").choice(("front", "rear"))
        return told or chosen


class Stage:
    """Draws the bed at one size, without light, weather and camera."""

    def __init__(
        self, plates: Plates, beds: Beds, opening: Opening, seed: int, size: tuple[int, int]
    ) -> None:
        self._plates, self._beds, self._size = plates, beds, size
        metres = zip(opening.plane(), (LENGTH_M, WIDTH_M), strict=True)
        along, across = (np.clip(way / whole, -0.2, 1.2) for way, whole in metres)
        self._from = {"front": along, "rear": 1 - along, "left": across, "right": 1 - across}
        self._from |= {"middle": np.abs(2 * along - 1), "seam": np.abs(2 * across - 1)}
        self._patches = np.asarray(cv2.resize(tile(seed)[:128, :128], size), np.float32)
        self._bed_there = opening.mask() > 0
        self._still = lru_cache(maxsize=4)(self._bed)

    def image(self, scene: Scene) -> Image:
        """The bed of a moment."""
        now = self._moment(scene, scene.stretch.light)
        if scene.light_share >= 1.0:
            return now
        before = self._moment(scene, scene.light_before)
        share = scene.light_share
        return np.asarray(cv2.addWeighted(now, share, before, 1 - share, 0), np.uint8)

    def ground(self, field: Field, scene: Scene, light: Light) -> None:
        """Make what is beside the truck pass by, where a plate says what that is."""
        mask = self._beds.pick(scene.after, scene.stretch.light).mask
        if mask is None or scene.stretch.speed_mps == 0:
            return
        around = 1 - self._plates.read(mask, field.gain.shape[::-1]).astype(np.float32) / 255
        texture = light.texture(scene.driven_m * _BELOW, _BELOW) - 0.5
        field.gain *= 1 + 1.1 * around * texture

    def _moment(self, scene: Scene, light: str) -> Image:
        if scene.share >= 1.0:
            return self._still(scene.after, light)
        before, after = (self._beds.share(b, light) for b in (scene.before, scene.after))
        if before is not None and after is not None:
            bed = Bed("uncovered", before + (after - before) * scene.share)
            return self._bed(bed, light)
        patches = np.clip((scene.share * 1.2 - 0.1 - self._patches) * 12 + 0.5, 0, 1)
        patches = np.where(self._bed_there, patches, scene.share)
        return self._mix(self._still(scene.before, light), self._still(scene.after, light), patches)

    def _bed(self, bed: Bed, light: str) -> Image:
        closed, opened, share = self._beds.layers(bed, light)
        if share in (0.0, 1.0):
            return self._read(opened if share else closed, light)
        open_there = np.clip((share - self._from[self._beds.side(light)]) / _EDGE + 0.5, 0, 1)
        return self._mix(self._read(closed, light), self._read(opened, light), open_there)

    def _read(self, plate: Plate, light: str) -> Image:
        image: Any = self._plates.read(plate.file, self._size)
        if light == "infrared" != plate.light:
            image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        return np.asarray(image, np.uint8)

    def _mix(self, under: Image, over: Image, share: Any) -> Image:
        weight = np.asarray(share, np.float32)
        return np.asarray(cv2.blendLinear(over, under, weight, 1 - weight), np.uint8)
