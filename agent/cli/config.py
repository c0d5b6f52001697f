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
    files = _check_named_files(found)
    counts = {
        "camera": sum(c.on for c in found.cameras),
        "sink": len(found.sinks),
        "zone": files["zones"],
        "permit": files["permits"],
    }
    if as_json:
        print_json({"file": str(file), "fine": True, **{f"{name}s": n for name, n in counts.items()}})
    else:
        parts = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in counts.items())
        click.echo(f"{file}: fine; {found.unit.fleet}/{found.unit.vehicle}, {parts}")


@config.command()
@file_argument
@json_option
def show(file: Path, as_json: bool) -> None:
    """Show every setting that holds with FILE, and where each value comes from."""
    import msgspec

    local = _load(file)
    settings = _remote(local)
    whole, fault = _over(file, local, settings)
    found = _effective(whole)
    rows = list(_leaves("", found, _written(file)))
    baud = f"profile {found['gnss']['profile']}"
    origins = {key: "file" if in_file else "default" for key, _, in_file in rows}
    origins["gnss.baud"] = "file" if origins["gnss.baud"] == "file" else baud
    origins |= dict.fromkeys(_of_the_unit(file), f"profile {local.unit.profile}")
    if not fault:
        origins |= dict.fromkeys(_set_remotely(found, settings), "remote")
    if as_json:
        print_json({"config": found, "from": origins, "remote": {"settings": settings, "fault": fault}})
        return
    for key, value, _ in rows:
        note = "" if origins[key] == "file" else f"  # {origins[key]}"
        click.echo(
            f"{key} = {msgspec.json.encode(value).decode()}{note}"
            if value is not None
            else f"# {key} is not set"
        )
    if fault:
        click.echo(f"# the platform's settings are left out: {fault}")


@config.command("forget-remote")
@file_argument
@json_option
def forget_remote(file: Path, as_json: bool) -> None:
    """Go back to what FILE says: a running agent within a second, another at its next start.

    What the platform has retained does not come back; a newer version of it does.
    """
    from agent.control.room import remote_file
    from agent.errors import ConfigError
    from agent.remote.allowed import leaves
    from agent.remote.desired import forget_file

    local = _load(file)
    settings = _remote(local)
    marker = forget_file(remote_file(local))
    try:
        marker.touch()
    except OSError as e:
        raise ConfigError(
            f"cannot be written ({e.strerror})",
            where=str(marker),
            remedy="run as root, or as the agent's user",
        ) from e
    if as_json:
        print_json({"forgotten": settings})
    else:
        count = sum(path != "sinks.name" for path, _ in leaves(settings))
        click.echo(f"{count} settings of the platform are forgotten, by a running agent within a second")


def _of_the_unit(file: Path) -> Iterator[str]:
    """Paths, as `_leaves` names them, of what the unit's profile has given."""
    from agent.remote.allowed import leaves
    from agent.unit_defaults import defaults

    yield from (path for path, _ in leaves(defaults(_written(file), str(file))))


def _remote(local: "Config") -> dict[str, Any]:
    """What the platform has set, as far as it holds."""
    from agent.control.room import remote_file
    from agent.remote.book import read
    from agent.remote.desired import forget_file

    file = remote_file(local)
    return {} if forget_file(file).exists() else read(file).settings


def _over(file: Path, local: "Config", settings: dict[str, Any]) -> "tuple[Config, str]":
    """The configuration with the platform's settings, or without them and why."""
    from agent.config_file import parse_config
    from agent.errors import ConfigError
    from agent.remote.allowed import merged

    try:
        return parse_config(merged(_written(file), settings), str(file)), ""
    except (ConfigError, ValueError) as e:
        return local, str(e)


def _set_remotely(found: dict[str, Any], settings: dict[str, Any]) -> Iterator[str]:
    """Paths, as `_leaves` names them, of what the platform has set."""
    from agent.remote.allowed import leaves

    yield from (path for path, _ in leaves({k: v for k, v in settings.items() if k != "sinks"}))
    names = [sink["name"] for sink in found["sinks"]]
    for sink in settings.get("sinks", []):
        at = names.index(sink["name"])
        yield from (f"sinks[{at}].{path}" for path, _ in leaves(sink) if path != "name")


def _load(file: Path) -> "Config":
    from agent.config_file import load_config

    return load_config(file)


def _check_named_files(found: "Config") -> dict[str, int]:
    """Read profiles, hours, zones and permits, which raise their own errors; how many of the latter two."""
    from agent.charges_file import load_charges
    from agent.errors import ConfigError
    from agent.layers.gather import gather
    from agent.settings import camera_address
    from agent.shifts import shifts, zone_of
    from drivers.profiles import gnss_profile

    start = gnss_profile(found.gnss.profile).start
    if start and start.port == "control" and found.gnss.control is None:
        raise ConfigError(
            f"is not set, and the profile {found.gnss.profile} starts its modem over it",
            where="$.gnss.control",
            remedy="set it to the modem's AT port; `haulwatch gnss detect` finds it",
        )
    for camera in found.cameras:
        camera_address(camera)
    if shifts(found.duty) or any(sink.budget.month_bytes for sink in found.sinks):
        zone_of(found.duty)
    load_charges(found.haulage.table)
    layers = gather(found).layers
    return {name: layers[name].entries if name in layers else 0 for name in ("zones", "permits")}


def _effective(found: "Config") -> dict[str, Any]:
    """The configuration as plain objects, with what the receiver's profile fills in."""
    import msgspec

    from drivers.profiles import gnss_profile

    plain: dict[str, Any] = msgspec.to_builtins(found, enc_hook=str)
    if found.gnss.baud is None:
        plain["gnss"]["baud"] = gnss_profile(found.gnss.profile).baud
    return plain


def _written(file: Path) -> dict[str, Any]:
    """What stands in the file itself."""
    import tomllib

    return tomllib.loads(file.read_text())


def _leaves(path: str, value: Any, written: Any) -> Iterator[tuple[str, Any, bool]]:
    """(path, value, whether the file has it) of everything that is no table, tables in lists included."""
    if isinstance(value, dict):
        for key, inner in value.items():
            below = written.get(key) if isinstance(written, dict) else None
            yield from _leaves(f"{path}.{key}".lstrip("."), inner, below)
    elif isinstance(value, (list, tuple)) and value and isinstance(value[0], dict):
        for i, inner in enumerate(value):
            yield from _leaves(f"{path}[{i}]", inner, written[i])
    else:
        yield path, value, written is not None
