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

from agent.errors import ModelError
from agent.model import Caption, PictureFile, PictureGroup, PictureOrder, PictureTaken
from agent.pictures.files import folder_name, store
from agent.rules.pictures import COMMAND
from agent.vision import conceal
from agent.vision.faces import FaceFinder
from agent.vision.overlay import describe, overlay
from agent.vision.wire import Album, CameraSpec
from drivers.camera.frame import Frame
from drivers.camera.jpeg import Image, encode

log = logging.getLogger("vision")
Concealed = Literal["nothing", "faces", "area", "whole", "withheld"]


class Photographer:
    """Makes pictures of one album; used by one thread at a time."""

    def __init__(self, album: Album) -> None:
        self.album = album
        self._detector: FaceFinder | None = None
        self._asked = False

    def take(self, order: PictureOrder, spec: CameraSpec, frame: Frame, now: int) -> PictureTaken:
        """Write original and copy; on return both are on disk. Raises OSError and ValueError."""
        wish, album = order.snapshot, self.album
        group = group_of(spec, wish.why)
        folder = Path(album.folder) / group / folder_name(wish.subject)
        self._check_room(Path(album.folder))
        released, concealed = self.released(spec, group, frame.full())
        utc_ns = _utc_ns(order.caption, frame.mono_ns)
        coded = frame.jpeg(album.quality)
        sha256 = store(folder, "original", coded, utc_ns)
        copy = None
        if released is not None:
            lines = describe(album.vehicle, spec.name, order.caption, frame.mono_ns)
            shown = overlay(released, [*lines, f"{wish.why}   {wish.subject}   sha256 {sha256[:16]}"])
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
            concealed=concealed,
            frame=frame.number,
            at_ns=frame.mono_ns,
            decided=wish.frame is not None,
        )

    def released(self, spec: CameraSpec, group: PictureGroup, image: Image) -> tuple[Image | None, Concealed]:
        """The picture as it may leave the vehicle, None when it may not, and what was done to it."""
        if group == "event":
            return image, "nothing"
        faces = self._faces()
        found = faces.find(image) if faces else []
        if found:
            return conceal.boxes(image, found), "faces"
        if group == "snapshot":
            return (image, "nothing") if faces else (None, "withheld")
        return conceal.area(image, spec.driver), "area" if len(spec.driver) > 2 else "whole"

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
    image = frame.full()
    if photographer is None:
        return Frame(conceal.area(image, spec.driver), frame.number, frame.mono_ns)
    released, _ = photographer.released(spec, "cab", image)
    return frame if released is None else Frame(released, frame.number, frame.mono_ns)


def _utc_ns(caption: Caption, at_ns: int) -> int | None:
    return None if caption.utc_offset_ns is None else at_ns + caption.utc_offset_ns
