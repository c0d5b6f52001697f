"""`haulwatch camera list` and `snapshot`: what cameras there are, and one picture from one of them."""

import base64
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.output import config_option, json_option, print_json
from drivers.camera.devices import v4l2_devices
from drivers.camera.spec import CameraSource, without_secret
from drivers.errors import DeviceMissing

if TYPE_CHECKING:
    from drivers.camera.frame import Frame

_CONFIG = click.Path(path_type=Path)


@click.command("list")
@click.option("--config", type=_CONFIG, help="Show the cameras of this configuration too.")
@json_option
def list_cameras(config: Path | None, as_json: bool) -> None:
    """Video devices of this machine, and the cameras of a configuration."""
    found: list[dict[str, object]] = [
        {"source": d.path, "name": d.name, "role": None, "on": None} for d in v4l2_devices()
    ]
    if config:
        from agent.config_file import load_config
        from agent.settings import camera_address

        found += [
            {"source": camera_address(c), "name": c.name, "role": c.role, "on": c.on}
            for c in load_config(config).cameras
        ]
    for camera in found:
        if as_json:
            print_json(camera)
            continue
        role = f"{camera['role']}, {'on' if camera['on'] else 'off'}" if camera["role"] else "video device"
        click.echo(f"{camera['source']}: {camera['name']} ({role})")
    if not found and not as_json:
        click.echo("no video devices; name a configuration with --config to see its cameras")


@click.command()
@click.option("--source", help="Device, URL, video file or picture folder.")
@click.option("--camera", "name", help="A camera of the configuration.")
@config_option
@click.option("--output", type=click.Path(path_type=Path), help="The JPEG to write [NAME.jpg].")
@click.option("--timeout", type=click.FloatRange(0.1), default=15.0, show_default=True, help="Seconds.")
@json_option
def snapshot(
    source: str | None, name: str | None, config: Path, output: Path | None, timeout: float, as_json: bool
) -> None:
    """Take one picture: through the daemon where it runs and holds the camera, else straight from it."""
    if (source is None) == (name is None):
        raise click.UsageError("give either --source or --camera")
    frame, camera = take(source, name, config, timeout)
    file = output or Path(f"{camera.name}.jpg")
    _save(frame, file)
    width, height = frame.size
    if as_json:
        print_json({"file": str(file), "width": width, "height": height, "source": camera.shown})
    else:
        click.echo(f"{file}: {width}x{height} from {camera.shown}")


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


def _save(frame: "Frame", file: Path) -> None:
    try:
        frame.save(file)
    except OSError as e:
        raise DeviceMissing(
            f"cannot be written ({e.strerror})", where=str(file), remedy="name another with --output"
        ) from e
