"""A folder of pictures as a camera: in name order, over and over."""

from pathlib import Path

import cv2

from drivers.camera.jpeg import jpeg_size
from drivers.camera.pace import Pace
from drivers.camera.picture import Detail, Picture, Wait, missing, of_image, of_jpeg
from drivers.camera.spec import CameraSource

PICTURES = (".bmp", ".jpeg", ".jpg", ".png", ".webp")
FOLDER_FPS = 5.0


class Folder:
    """Shows FOLDER_FPS pictures a second; raises DeviceMissing when there are none."""

    keyframe: bool | None = None
    only_keyframes = False

    def __init__(self, source: CameraSource, wait: Wait) -> None:
        self._folder = Path(source.source)
        self._pace = Pace(wait)
        self._next = 0
        self._held: Path | None = None
        if not self._files():
            raise missing(source, "holds no pictures")

    def grab(self) -> bool:
        """Hold the next file."""
        self._pace.every(1 / FOLDER_FPS)
        files = self._files()
        if not files:
            return False
        self._held = files[self._next % len(files)]
        self._next += 1
        return True

    def retrieve(self, detail: Detail) -> Picture | None:
        """The held file; None when it is no picture or gone."""
        try:
            content = self._held.read_bytes() if self._held else b""
        except OSError:
            return None  # deleted since it was listed
        if jpeg_size(content):
            return of_jpeg(content, detail)
        return of_image(cv2.imread(str(self._held), cv2.IMREAD_COLOR))

    def close(self) -> None:
        """Nothing is open."""
        self._held = None

    def _files(self) -> list[Path]:
        return sorted(f for f in self._folder.iterdir() if f.suffix.lower() in PICTURES)
