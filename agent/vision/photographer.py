"""Pictures for records: the untouched original, and the copy that may leave the vehicle.

| picture | copy | original |
| --- | --- | --- |
| a body camera's, with an event | as it is | may leave |
| a body camera's, without an event | faces unrecognisable; none without a face detector | stays |
| a cab camera's | faces unrecognisable; if none is found or sought, the driver's place or all | stays |
"""

import logging
import os
from pathlib import Path
from typing import Literal

import msgspec

from agent.errors import ModelError
from agent.model import Caption, PictureFile, PictureGroup, PictureOrder, PictureTaken
from agent.pictures.files import folder_name, store
from agent.rules.pictures import COMMAND
from agent.vision import conceal
from agent.vision.faces import FaceFinder
from agent.vision.memory import give_back
from agent.vision.overlay import describe, overlay
from agent.vision.wire import Album, CameraSpec
from drivers.camera.frame import Frame
from drivers.camera.jpeg import Image, encode

log = logging.getLogger("vision")
Concealed = Literal["nothing", "faces", "area", "whole", "withheld"]


class Concealment(msgspec.Struct, frozen=True):
    """What is made unrecognisable: boxes in px, or an area of relative corners."""

    kind: Concealed
    boxes: tuple[conceal.Box, ...] = ()
    corners: conceal.Corners = ()

    def apply(self, image: Image) -> None:
        """Do it, in place."""
        if self.kind in ("area", "whole"):
            conceal.area(image, self.corners)
        conceal.boxes(image, list(self.boxes))


def of_area(spec: CameraSpec) -> Concealment:
    """The driver's place, or everything where it is not set."""
    return Concealment("area" if len(spec.driver) > 2 else "whole", corners=spec.driver)


class Photographer:
    """Makes pictures of one album; used by one thread at a time."""

    def __init__(self, album: Album) -> None:
        self.album = album
        self._detector: FaceFinder | None = None
        self._asked = False

    def take(self, order: PictureOrder, spec: CameraSpec, frame: Frame, now: int) -> PictureTaken:
        """Write original and copy; on return both are on disk. Raises OSError and ValueError."""
        try:
            return self._take(order, spec, frame, now)
        finally:
            give_back()  # the buffers of a rare picture

    def _take(self, order: PictureOrder, spec: CameraSpec, frame: Frame, now: int) -> PictureTaken:
        wish, album = order.snapshot, self.album
        group = group_of(spec, wish.why)
        folder = Path(album.folder) / group / folder_name(wish.subject)
        self._check_room(Path(album.folder))
        image = frame.full()
        concealment = self.concealment(spec, group, image)
        utc_ns = _utc_ns(order.caption, frame.mono_ns)
        coded = frame.jpeg(album.quality)
        sha256 = store(folder, "original", coded, utc_ns)
        copy = None
        if concealment.kind != "withheld":
            lines = describe(album.vehicle, spec.name, order.caption, frame.mono_ns)
            shown = overlay(image, [*lines, f"{wish.why}   {wish.subject}   sha256 {sha256[:16]}"])
            concealment.apply(shown[: image.shape[0], : image.shape[1]])
            written = encode(shown, album.quality)
            height, width = shown.shape[:2]
            copy = PictureFile(store(folder, "overlay", written, utc_ns), len(written), width, height)
        return PictureTaken(
            mono_ns=now,
            camera=spec.name,
            subject=wish.subject,
            why=wish.why,
            group=group,
            original=PictureFile(sha256, len(coded), *frame.size),
            overlay=copy,
            concealed=concealment.kind,
            frame=frame.number,
            at_ns=frame.mono_ns,
            decided=wish.frame is not None,
            when=wish.when,
        )

    def concealment(self, spec: CameraSpec, group: PictureGroup, image: Image) -> Concealment:
        """What must become of a picture before it may leave the vehicle."""
        if group == "event":
            return Concealment("nothing")
        faces = self._faces()
        found = faces.find(image) if faces else []
        if found:
            return Concealment("faces", tuple(found))
        if group == "snapshot":
            return Concealment("nothing" if faces else "withheld")
        return of_area(spec)

    def _faces(self) -> FaceFinder | None:
        """The album's detector, loaded when it is first needed; one that can't be loaded counts as none."""
        if self.album.face_model and not self._asked:
            self._asked = True
            try:
                self._detector = FaceFinder.load(Path(self.album.face_model))
            except ModelError as e:
                log.warning("%s; until then cab pictures are concealed by area, others withheld", e)
        return self._detector

    def _check_room(self, root: Path) -> None:
        """Raises OSError when writing would take what is to be left free."""
        place = next(p for p in (root, *root.parents) if p.exists())
        disk = os.statvfs(place)
        if disk.f_bavail * disk.f_frsize < self.album.min_free_bytes:
            raise OSError("too little space is left for pictures")


def group_of(spec: CameraSpec, why: str) -> PictureGroup:
    """How long a picture stays, and how it may leave, depends on this."""
    if spec.role == "cab":
        return "cab"
    return "snapshot" if why == COMMAND else "event"


def beside_the_vehicle(photographer: Photographer | None, spec: CameraSpec, frame: Frame) -> Frame:
    """A frame as a technician may see it: of a cab camera only with people unrecognisable."""
    if spec.role != "cab":
        return frame
    image = frame.full().copy()
    seen = of_area(spec) if photographer is None else photographer.concealment(spec, "cab", image)
    seen.apply(image)
    return Frame(image, frame.number, frame.mono_ns)


def _utc_ns(caption: Caption, at_ns: int) -> int | None:
    return None if caption.utc_offset_ns is None else at_ns + caption.utc_offset_ns
