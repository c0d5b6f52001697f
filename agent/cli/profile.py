"""`haulwatch profile`: the data files that describe devices."""

import sys
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.output import BAD_CONFIG, complain, json_option, print_json
from drivers.errors import ProfileError

if TYPE_CHECKING:
    from drivers.profiles import Kind

KINDS: "tuple[Kind, ...]" = ("gnss", "camera", "unit")
local_option = click.option(
    "--local",
    type=click.Path(path_type=Path),
    default=Path("/etc/haulwatch/profiles.d"),
    show_default=True,
    help="The folder whose profiles go before the shipped ones.",
)


@click.group()
def profile() -> None:
    """Profiles of receivers, cameras and units: list, show, check."""


@profile.command("list")
@local_option
@json_option
def list_(local: Path, as_json: bool) -> None:
    """All profiles, shipped and local."""
    from drivers.profiles import read_profile

    for kind, name, file in _all(local):
        origin = "local" if Path(str(file)).is_relative_to(local) else "shipped"
        description = read_profile(kind, file).description
        if as_json:
            print_json({"kind": kind, "name": name, "origin": origin, "description": description})
        else:
            click.echo(f"{kind:<7} {name:<20} {origin:<8} {description}")


@profile.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("--drop-in", is_flag=True, help="Of a unit: its memory limits as a drop-in of the service.")
@local_option
@json_option
def show(kind: "Kind", name: str, drop_in: bool, local: Path, as_json: bool) -> None:
    """The profile NAME of KIND: its file as it is, or with --json every value."""
    from drivers.profiles import find_profile, read_profile
    from drivers.unit_profile import UnitProfile

    file = find_profile(kind, name, local)
    found = read_profile(kind, file)
    if drop_in:
        if not isinstance(found, UnitProfile):
            raise click.UsageError(f"--drop-in is for units, and {name} is a profile of kind {kind}")
        limits = found.limits
        click.echo(f"# From the profile {name}.\n[Service]\nMemoryHigh={limits.memory_high_bytes}")
        click.echo(f"MemoryMax={limits.memory_max_bytes}")
    elif as_json:
        print_json(found)
    else:
        click.echo(f"# {file}\n{file.read_text()}", nl=False)


@profile.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--kind", type=click.Choice(KINDS), help="The files' kind, unless their folder's name tells it."
)
@local_option
@json_option
def check(files: tuple[Path, ...], kind: "Kind | None", local: Path, as_json: bool) -> None:
    """Check FILES, by default every shipped and local profile; a wrong one is one line and exit code 78."""
    chosen = [(kind or _kind_of(f), f) for f in files] if files else [(k, f) for k, _, f in _all(local)]
    verdicts = [_error(kind, file) for kind, file in chosen]
    for (_, file), error in zip(chosen, verdicts, strict=True):
        if as_json:
            print_json({"file": str(file), "fine": error is None, "error": error and error.what})
        elif error is None:
            click.echo(f"{file}: fine")
        if error:
            complain(error)
    sys.exit(BAD_CONFIG if any(verdicts) else 0)


def _all(local: Path) -> "Iterator[tuple[Kind, str, Traversable]]":
    from drivers.profiles import find_profile, profile_names

    for kind in KINDS:
        for name in profile_names(kind, local):
            yield kind, name, find_profile(kind, name, local)


def _kind_of(file: Path) -> "Kind":
    for kind in KINDS:
        if file.absolute().parent.name == kind:
            return kind
    raise click.UsageError(f"{file}: is it a gnss, a camera or a unit profile? Say so with --kind.")


def _error(kind: "Kind", file: Traversable) -> ProfileError | None:
    from drivers.profiles import read_profile

    try:
        read_profile(kind, file)
    except ProfileError as e:
        return e
    return None
