"""What a technician does from within a step: have corners proposed and written, keep a picture as taught."""

from typing import TYPE_CHECKING

import msgspec

from agent.commission.bench import Bench
from agent.commission.measure.pictures import bodies
from agent.config_edit import changed_entry, read, replace
from agent.errors import PlatformMissing
from agent.local_socket import ask
from agent.shot import take

if TYPE_CHECKING:
    from agent.vision.teaching import TaughtState
    from drivers.camera.jpeg import Image

_PICTURE_S, _RELOAD_S = 12.0, 30.0
Roi = tuple[tuple[float, float], ...]


class Proposal(msgspec.Struct, frozen=True):
    """Corners of one camera's bed as edges suggest them; the picture as it is, and as JPEG with them."""

    camera: str
    roi: Roi
    sure: float
    image: "Image"
    jpeg: bytes


def proposals(bench: Bench) -> list[Proposal]:
    """One for each body camera; raises DeviceMissing, ConfigError."""
    from agent.vision.rim import drawn, propose
    from drivers.camera.jpeg import encode

    found = []
    for camera in bodies(bench):
        image = _picture(bench, camera.name)
        made = propose(image)
        jpeg = encode(drawn(image, made.roi), 85)
        found.append(Proposal(camera.name, made.roi, made.sure, image, jpeg))
    return found


def write_corners(bench: Bench, chosen: Proposal) -> None:
    """Into the configuration, with the picture as what a well mounted camera sees; the service takes them.

    Raises ConfigError, OSError.
    """
    from agent.vision.condition.reference import write_reference

    old = read(bench.path)
    corners = [[round(x, 4), round(y, 4)] for x, y in chosen.roi]
    new = changed_entry(old, chosen.camera, {"roi": corners}, str(bench.path))
    if new != old:
        replace(bench.path, new)
    write_reference(chosen.image, bench.config.vision.references, chosen.camera)
    try:
        ask(bench.config.status.socket, {"ask": "reload"}, _RELOAD_S)
    except PlatformMissing:
        return  # it takes them when it starts


def teach(bench: Bench, state: "TaughtState") -> list[tuple[str, str]]:
    """Keep a picture of each body camera as confirmed; what the model now says of it, by camera.

    Raises DeviceMissing, OSError, and ValueError when there are enough.
    """
    from agent.vision.judge import Judge
    from agent.vision.teaching import Teaching

    vision, said = bench.config.vision, list[tuple[str, str]]()
    judge = Judge.load(vision.model, vision.teaching, vision.runtime)
    for camera in bodies(bench):
        image = _picture(bench, camera.name)
        Teaching(vision.teaching).keep(camera.name, state, image, camera.roi)
        said.append((camera.name, judge.judge(camera.name, image, camera.roi).state))
    return said


def _picture(bench: Bench, camera: str) -> "Image":
    return take(None, camera, bench.path, _PICTURE_S * bench.pace)[0].full()
