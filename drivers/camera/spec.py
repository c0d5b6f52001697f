"""What must be known of a camera to open it; free of cv2, so that the main process may hold it too."""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import msgspec

from drivers.camera.login import Login
from drivers.readings import CameraRole

Decode = Literal["auto", "keyframes", "all"]
SourceKind = Literal["device", "url", "file", "folder"]


class CameraSource(msgspec.Struct, frozen=True):
    """One camera: `source` is a V4L2 device (path or index), a URL, a video file or a picture folder.

    `source` may hold a password and `shown` never does, so only `shown` goes into messages. Times in s: a
    stream silent for `silent_s` is opened anew; opening may take `open_timeout_s`, a frame `read_timeout_s`.
    Of coded video, `decode` keyframes only, all, or keyframes where they come often enough.
    `login` is how HTTP may tell who asks, `verify` whether its certificate must be a known one. A device is
    asked for pictures of `size` (px) coded as `fourcc`, None for what it gives by itself.
    """

    name: str
    role: CameraRole
    source: str
    shown: str
    silent_s: float = 20.0
    open_timeout_s: float = 10.0
    read_timeout_s: float = 5.0
    transport: Literal["tcp", "udp"] = "tcp"
    decode: Decode = "auto"
    login: Login = "any"
    verify: bool = True
    size: tuple[int, int] | None = None
    fourcc: str | None = None

    @property
    def kind(self) -> SourceKind:
        """What sort of source it is, by its looks; a path that does not exist counts as a file."""
        if re.match(r"^[a-z][a-z0-9+.-]*://", self.source):
            return "url"
        if self.source.isdigit() or self.source.startswith("/dev/"):
            return "device"
        return "folder" if Path(self.source).is_dir() else "file"


def without_secret(source: str) -> str:
    """The source as it may be shown: an address without user, password and query; anything else as it is."""
    if "://" not in source:
        return source
    parts = urlsplit(source)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))
