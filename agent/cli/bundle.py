"""`haulwatch bundle`: what support needs to know of a unit, in one file."""

import logging
from datetime import UTC, datetime
from pathlib import Path

import click

from agent.cli.output import config_option, json_option, print_json, say


@click.command()
@click.argument("out", type=click.Path(path_type=Path), required=False)
@click.option("--with-personal-data", "personal", is_flag=True, help="Positions and pictures, too.")
@config_option
@json_option
def bundle(out: Path | None, personal: bool, config: Path, as_json: bool) -> None:
    """Pack logs, status, self-test, settings and versions into OUT [a ZIP in this folder]; no secrets.

    Where the truck was and what its cameras see is in it only --with-personal-data. Works with the daemon
    running and stopped; takes up to a minute.
    """
    logging.getLogger().addHandler(logging.NullHandler())  # what is missing is told at the end
    from agent.bundle.archive import pack
    from agent.bundle.parts import more_parts, parts
    from agent.bundle.scrub import Scrubber
    from agent.config_file import load_config
    from agent.errors import PlatformMissing
    from agent.local_socket import ask
    from drivers.errors import DeviceMissing

    known = load_config(config)
    running = True
    try:
        status = ask(known.status.socket, {"ask": "status"})
    except PlatformMissing as e:
        running, status = False, {"error": str(e)}
    path = out or Path(f"haulwatch-{known.unit.fleet}-{known.unit.vehicle}-{_now()}.zip")
    wanted = parts(known, lambda: status, personal=personal)
    wanted += more_parts(known, config, personal=personal, running=running)
    say("…")
    try:
        made = pack(wanted, path, Scrubber(known, places=not personal).clean)
    except OSError as e:
        raise DeviceMissing(
            f"cannot be written ({e.strerror})", where=str(path), remedy="name another file as OUT"
        ) from e
    if as_json:
        told = {"file": str(made.path), "sha256": made.sha256, "bytes": made.bytes, "missing": made.missing}
        print_json(told | {"personal": personal})
        return
    click.echo(f"{made.path}  {made.bytes / 1000:.0f} kB  sha256 {made.sha256}")
    for name, why in made.missing.items():
        click.echo(f"  without {name}: {why}")


def _now() -> str:
    """The time for a file's name; nothing depends on it."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
