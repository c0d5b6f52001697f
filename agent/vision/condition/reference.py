"""The picture taken at commissioning: what a camera sees when it is mounted as it should be."""

from pathlib import Path

import cv2
import numpy as np

from agent.vision.condition.measures import Grey, small
from agent.vision.preprocess import Picture


def read_reference(folder: Path | None, camera: str) -> Grey | None:
    """As a small grey picture; None when there is none that can be read."""
    if folder is None or not (folder / f"{camera}.png").is_file():
        return None
    found = cv2.imread(str(folder / f"{camera}.png"), cv2.IMREAD_GRAYSCALE)
    return None if found is None else small(np.asarray(found, np.uint8))


def write_reference(image: Picture, folder: Path, camera: str) -> Path:
    """Keep a picture as the reference; the load space is covered over by the comparison, not here.

    It is grey and 320 px wide: enough for edges, too little for faces. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{camera}.png"
    done, coded = cv2.imencode(".png", small(image))
    if not done:
        raise OSError(f"{camera}: the picture cannot be coded")
    fresh = file.with_name(f".{file.name}")
    fresh.write_bytes(coded.tobytes())
    fresh.replace(file)
    return file
