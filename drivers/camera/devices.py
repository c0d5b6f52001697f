"""The video devices of this machine, as the kernel names them. Not run on hardware yet."""

from pathlib import Path

import msgspec

_CLASS = Path("/sys/class/video4linux")


class VideoDevice(msgspec.Struct, frozen=True):
    """A V4L2 node (`path` as /dev/video0) and the driver's name for it; one camera may have several."""

    path: str
    name: str


def v4l2_devices(devices: Path = Path("/dev"), names: Path = _CLASS) -> list[VideoDevice]:
    """All of them, in order of their numbers."""
    nodes = [d for d in devices.glob("video*") if d.name.removeprefix("video").isdecimal()]
    nodes.sort(key=lambda d: int(d.name.removeprefix("video")))
    return [VideoDevice(str(node), _name(names / node.name / "name")) for node in nodes]


def _name(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return "unnamed"  # the node is there without its driver's entry, as in a container
