"""`haulwatch config`: is the unit's file right, and what holds in the end."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.output import CONFIG, json_option, print_json

if TYPE_CHECKING:
    from agent.config import Config

file_argument = click.argument("file", type=click.Path(path_type=Path), default=CONFIG)


@click.group()
def config() -> None:
    """Check or show the configuration."""


@config.command()
@file_argument
@json_option
def check(file: Path, as_json: bool) -> None:
    """Check FILE with the profiles and the zones it names; a wrong one is one line and exit code 78."""
    found = _load(file)
    counts = {
        "cameras": sum(c.on for c in found.cameras),
        "sinks": len(found.sinks),
        "zones": _check_named_files(found),
    }
    if as_json:
        print_json({"file": str(file), "fine": True, **counts})
    else:
        parts = ", ".join(f"{count} {name}" for name, count in counts.items())
        click.echo(f"{file}: fine; {found.unit.fleet}/{found.unit.vehicle}, {parts}")


@config.command()
@file_argument
@json_option
def show(file: Path, as_json: bool) -> None:
    """Show every setting that holds with FILE, and where each value comes from."""
    rows = list(_settings(_load(file), file))
    if as_json:
        print_json([{"key": key, "value": value, "from": origin} for key, value, origin in rows])
        return
    import msgspec

    for key, value, origin in rows:
        click.echo(
            f"{key} = {msgspec.json.encode(value).decode()}{'' if origin == 'file' else f'  # {origin}'}"
        )


def _load(file: Path) -> "Config":
    from agent.config_file import load_config

    return load_config(file)


def _check_named_files(found: "Config") -> int:
    """Read the profiles and the zone file, which raise their own errors; the number of zones."""
    from agent.zones_file import load_zones
    from drivers.profiles import camera_profile, gnss_profile

    gnss_profile(found.gnss.profile)
    for camera in found.cameras:
        camera_profile(camera.profile)
    return len(load_zones(found.zones.file)) if found.zones.file else 0


def _settings(found: "Config", file: Path) -> Iterator[tuple[str, Any, str]]:
    """(key, value, origin) of every setting, in the order of the schema."""
    import tomllib

    import msgspec

    from drivers.profiles import gnss_profile

    written = tomllib.loads(file.read_text())
    for key, value, in_file in _leaves("", msgspec.to_builtins(found, enc_hook=str), written):
        if key == "gnss.baud" and value is None:
            yield key, gnss_profile(found.gnss.profile).baud, f"profile {found.gnss.profile}"
        else:
            yield key, value, "file" if in_file else "default"


def _leaves(path: str, value: Any, written: Any) -> Iterator[tuple[str, Any, bool]]:
    """(path, value, whether the file has it) of everything that is no table, tables in lists included."""
    if isinstance(value, dict):
        for key, inner in value.items():
            below = written.get(key) if isinstance(written, dict) else None
            yield from _leaves(f"{path}.{key}".lstrip("."), inner, below)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for i, inner in enumerate(value):
            yield from _leaves(f"{path}[{i}]", inner, written[i])
    else:
        yield path, value, written is not None
