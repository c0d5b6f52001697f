"""Pictures and the people in them: the folder, the face detector's file, and the cab."""

import os
from collections.abc import Iterator
from pathlib import Path

from agent.config import Config
from agent.doctor.findings import Finding, fail, ok, warn
from agent.settings import pictures_folder

_SEE = "see docs/privacy.md"


def pictures(config: Config) -> Iterator[Finding]:
    """Whether pictures can be kept, and what becomes of faces; nothing without a camera that is on."""
    if not any(camera.on for camera in config.cameras):
        return
    yield _folder(config)
    model = config.privacy.face_model
    if model is not None and not model.is_file():
        what = f"{model} is not there: faces are not sought, so more is concealed or withheld"
        yield warn("privacy.face_model", what, _SEE)
    for camera in config.cameras:
        if camera.on and camera.role == "cab" and len(camera.driver) < 3:
            what = "without `driver` all of a picture is concealed in which no face is found"
            yield warn("privacy.driver_area", what, "set the corners of the driver's place", camera.name)


def _folder(config: Config) -> Finding:
    folder = pictures_folder(config)
    place = next(p for p in (folder, *folder.parents) if p.exists())
    if not os.access(place, os.W_OK):
        return fail("pictures.folder", f"{place} cannot be written", "give it to the daemon's user")
    free = _free(place)
    if free < config.pictures.min_free_bytes:
        what = f"{free / 1e6:.0f} MB free at {place}: no pictures are written"
        return fail("pictures.space", what, "make room, or lower pictures.min_free_bytes")
    return ok("pictures.space", f"{free / 1e9:.1f} GB free for pictures at {place}")


def _free(place: Path) -> int:
    disk = os.statvfs(place)
    return disk.f_bavail * disk.f_frsize
