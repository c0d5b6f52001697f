"""`haulwatch camera list` and `snapshot`: what cameras there are, and one picture from one of them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.output import config_option, json_option, print_json
from agent.shot import take
from drivers.camera.devices import v4l2_devices
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


def _save(frame: "Frame", file: Path) -> None:
    try:
        frame.save(file)
    except OSError as e:
        raise DeviceMissing(
            f"cannot be written ({e.strerror})", where=str(file), remedy="name another with --output"
        ) from e
