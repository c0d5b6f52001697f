"""The teaching of a vehicle: a folder of confirmed pictures of its bed, CAMERA/STATE/NAME.jpg.

Kept are the crops of the bed alone, since they outlive every model; what a model makes of them lies beside
them in `CAMERA/MODEL.answers` and is made anew when it is lost. A crop's name is the
head of its SHA-256, so that a damaged one is known.
"""

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

import cv2
import msgspec
import numpy as np

from agent.vision.preprocess import Picture, Roi, crop_bed
from drivers.camera.frame import Frame
from drivers.camera.jpeg import decode, encode

log = logging.getLogger(__name__)
TaughtState = Literal["empty", "covered", "uncovered"]
STATES: tuple[TaughtState, ...] = get_args(TaughtState)
MOST = 20  # crops of a state; more than a few add little, and each is compared with every frame
_LONGEST, _QUALITY = 640, 92
_ANSWERS = ".answers"
_MODELS = 2  # whose answers are kept: the one that decides and one on trial


class Crop(msgspec.Struct, frozen=True):
    """A kept picture of the bed: what was confirmed, its name and its file."""

    state: TaughtState
    name: str
    file: Path


class Answers(msgspec.Struct, frozen=True):
    """What the model with that SHA-256 answers to crops, by name: float32 `p` and `embedding` as bytes."""

    sha256: str
    p: dict[str, bytes] = {}
    embedding: dict[str, bytes] = {}


class Teaching:
    """The folder of one vehicle. Nothing is created before the first picture is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, camera: str, state: TaughtState, frame: Picture, roi: Roi) -> Crop:
        """Keep the bed of a frame as confirmed, durable on return; the same picture counts once.

        Raises OSError when it cannot be written, ValueError when the state has MOST already.
        """
        coded = encode(_small(crop_bed(frame, roi)), _QUALITY)
        name = hashlib.sha256(coded).hexdigest()[:16]
        before = [crop for crop in self.crops(camera) if crop.name == name]
        if len([c for c in self.crops(camera) if c.state == state and c.name != name]) >= MOST:
            raise ValueError(f"{MOST} pictures of {state} are kept already")
        file = self._of(camera) / state / f"{name}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        Frame.of_jpeg(coded).save(file)
        for crop in before:  # the later word on it counts
            if crop.state != state:
                crop.file.unlink(missing_ok=True)
        return Crop(state, name, file)

    def forget(self, camera: str, state: TaughtState | None = None) -> int:
        """Delete what was taught of a state (None: of all); gives how many pictures. Raises OSError."""
        gone = [crop for crop in self.crops(camera) if state in (None, crop.state)]
        for crop in gone:
            crop.file.unlink(missing_ok=True)
        if not self.crops(camera):
            for file in self._of(camera).glob(f"*{_ANSWERS}"):
                file.unlink(missing_ok=True)
        return len(gone)

    def cameras(self) -> list[str]:
        """The cameras that were taught."""
        found = sorted(f.name for f in self.folder.iterdir()) if self.folder.is_dir() else []
        return [name for name in found if not name.startswith(".") and self.crops(name)]

    def crops(self, camera: str) -> list[Crop]:
        """What is kept of a camera, in a fixed order."""
        of = self._of(camera)
        return [Crop(s, f.stem, f) for s in STATES for f in sorted((of / s).glob("[0-9a-f]*.jpg"))]

    def stamp(self, camera: str) -> tuple[int, ...]:
        """Changes whenever pictures of a camera come or go; cheap."""
        of = self._of(camera)
        return tuple(_changed_ns(of / state) for state in STATES)

    def picture(self, crop: Crop) -> Picture | None:
        """A crop as it was kept; a damaged one is set aside, logged, and gives None. Raises OSError."""
        coded = crop.file.read_bytes()
        whole = hashlib.sha256(coded).hexdigest()[:16] == crop.name
        image = decode(coded) if whole else None
        if image is None:
            aside = crop.file.with_suffix(".damaged")
            log.warning("teaching: %s is damaged and goes to %s; teach that picture again", crop.file, aside)
            crop.file.replace(aside)
        return image

    def answers(self, camera: str, sha256: str) -> Answers:
        """What a model was found to answer; nothing when that isn't known or the file can't be read."""
        file = self._answers_of(camera, sha256)
        try:
            found = msgspec.msgpack.decode(file.read_bytes(), type=Answers)
        except FileNotFoundError:
            return Answers(sha256)
        except (OSError, msgspec.MsgspecError) as e:
            log.info("teaching: %s cannot be read and is made anew (%s)", file, e)
            return Answers(sha256)
        return found if found.sha256 == sha256 else Answers(sha256)

    def remember(self, camera: str, answers: Answers) -> None:
        """Keep a model's answers for the next start; where the folder is read-only they are made again."""
        file = self._answers_of(camera, answers.sha256)
        fresh = file.with_name(f".{file.name}")
        try:
            fresh.write_bytes(msgspec.msgpack.encode(answers))
            fresh.replace(file)
            for old in _newest_first(file.parent.glob(f"[0-9a-f]*{_ANSWERS}"))[_MODELS:]:
                old.unlink()
        except OSError as e:
            log.info("teaching: %s cannot be written (%s)", file, e.strerror)

    def _answers_of(self, camera: str, sha256: str) -> Path:
        return self._of(camera) / f"{sha256[:16]}{_ANSWERS}"

    def _of(self, camera: str) -> Path:
        if camera in ("", ".", "..") or "/" in camera:
            raise ValueError(f"{camera!r} is no camera's name")
        return self.folder / camera


def version(crops: list[Crop]) -> str | None:
    """A short hash of what was taught; None for nothing."""
    if not crops:
        return None
    words = "\n".join(f"{crop.state}/{crop.name}" for crop in crops)
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def _small(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    factor = _LONGEST / max(height, width)
    if factor >= 1:
        return np.ascontiguousarray(picture)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _newest_first(files: Iterable[Path]) -> list[Path]:
    return sorted(files, key=_changed_ns, reverse=True)


def _changed_ns(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
