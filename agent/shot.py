"""One picture of a camera now: the daemon's where it runs and holds the camera, else straight from it."""

import base64
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.camera.spec import CameraSource, without_secret
from drivers.errors import DeviceMissing

if TYPE_CHECKING:
    from drivers.camera.frame import Frame


def take(
    source: str | None, name: str | None, config: Path, timeout_s: float
) -> "tuple[Frame, CameraSource]":
    """One picture of a camera of the configuration, or of a source; raises DeviceMissing, ConfigError."""
    camera = source_of(source, name, config)
    return (_of_daemon(name, config) if name else None) or _one_frame(camera, timeout_s), camera


def source_of(source: str | None, name: str | None, config: Path) -> CameraSource:
    """A camera of the configuration, or a source as it is; raises ConfigError."""
    return _of_config(name, config) if name else _of_source(source or "")


def _of_daemon(name: str, config_file: Path) -> "Frame | None":
    """The running daemon's newest picture; None when it does not run or does not use this camera."""
    from agent.config_file import load_config
    from agent.errors import PlatformMissing
    from agent.local_socket import ask
    from drivers.camera.frame import Frame

    config = load_config(config_file)
    if not any(camera.name == name and camera.on for camera in config.cameras):
        return None
    try:
        answer = ask(config.status.socket, {"ask": "snapshot", "camera": name}, 10.0)
    except PlatformMissing:
        return None
    if "error" in answer:
        raise DeviceMissing(answer["error"], where=f"camera {name}", remedy="see `haulwatch status`")
    return Frame.of_jpeg(base64.b64decode(answer["jpeg"]))


def _of_source(source: str) -> CameraSource:
    return CameraSource("snapshot", "body", source, without_secret(source))


def _of_config(name: str, config_file: Path) -> CameraSource:
    from agent.config_file import load_config
    from agent.errors import ConfigError
    from agent.settings import camera_spec

    cameras = {c.name: c for c in load_config(config_file).cameras}
    if name not in cameras:
        known = ", ".join(cameras) or "none"
        raise ConfigError(f"has no camera {name!r}", where=str(config_file), remedy=f"known are: {known}")
    return camera_spec(cameras[name])


def _one_frame(camera: CameraSource, timeout_s: float) -> "Frame":
    """The first picture; raises DeviceMissing saying why there is none."""
    from drivers.camera.capture import Capture
    from drivers.camera.stream import Opener
    from drivers.clock import SystemClock

    came = threading.Event()
    clock = SystemClock(0)
    capture = Capture(camera, clock, came.set, Opener(v4l_timeout_s=camera.read_timeout_s))
    end = clock.mono_ns() + round(timeout_s * 1e9)
    capture.start()
    while not came.wait(0.1) and clock.mono_ns() < end and not capture.failed:
        continue
    frame, why = capture.newest(), capture.failed
    capture.stop(0.5)
    if frame is None:
        raise DeviceMissing(
            why or f"no picture within {timeout_s:g} s",
            where=f"camera {camera.name} ({camera.shown})",
            remedy="check power, cable and address",
        )
    return frame
