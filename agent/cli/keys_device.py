"""`haulwatch keys device`: the unit's own key, which signs its records; and its exchange."""

from datetime import UTC, datetime
from pathlib import Path

import click

from agent.cli.output import config_option, json_option, print_json


@click.command()
@click.option("--rotate", is_flag=True, help="Make a new key, signed by the present one.")
@config_option
@json_option
def device(rotate: bool, config: Path, as_json: bool) -> None:
    """Show the key with which this unit signs: name, fingerprint, public half.

    It is made at the daemon's first start. Give the fingerprint to the platform on another way than the
    network, so that it knows this unit's evidence. A rotation is recorded by the daemon, within seconds or at
    its next start.
    """
    from agent.config_file import load_config
    from agent.evidence.device import public_of
    from agent.evidence.device import rotate as turn
    from agent.evidence.pem import fingerprint
    from agent.evidence.setup import files_of
    from agent.trust.keys import public_file

    known = load_config(config)
    files = files_of(known)
    if rotate:
        turn(files, f"{known.unit.fleet}/{known.unit.vehicle}", datetime.now(UTC))
    found = public_of(public_file(files.key))
    if as_json:
        shown = {"kid": found.kid, "alg": found.alg, "key": found.key, "fingerprint": fingerprint(found)}
        print_json(shown | {"public": str(public_file(files.key)), "rotated": rotate})
        return
    click.echo(f"{found.kid}  {found.alg}  {found.key}")
    click.echo(f"fingerprint {fingerprint(found)}")
    click.echo(f"public half {public_file(files.key)}")
    if rotate:
        click.echo("it took the old key's place; the daemon puts that on record")
