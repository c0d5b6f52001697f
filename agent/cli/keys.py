"""`haulwatch keys`: make a key, look at it, trust it, exchange it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.keys_device import device
from agent.cli.output import json_option, print_json
from agent.cli.signing import (
    Entitled,
    Scope,
    document,
    entitled_options,
    output_option,
    scope_options,
    written,
)

if TYPE_CHECKING:
    from agent.trust.store import TrustStore

STORE = Path("/var/lib/haulwatch/trust.json")
path_type = click.Path(path_type=Path)
store_option = click.option(
    "--store", type=path_type, default=STORE, show_default=True, help="The vehicle's trust store."
)


@click.group(commands=[device])
def keys() -> None:
    """Keys: those of the platform, and the unit's own."""


@keys.command()
@click.argument("file", type=path_type)
@json_option
def new(file: Path, as_json: bool) -> None:
    """Make a key to sign with: FILE for its owner alone, FILE.pub for the vehicles."""
    from agent.trust.keys import new_key, public_file

    key = new_key()
    key.write(file)
    if as_json:
        print_json({"kid": key.public.kid, "file": str(file), "public": str(public_file(file))})
    else:
        click.echo(f"{key.public.kid}: keep {file} secret; bring {public_file(file)} to the vehicles")


@keys.command()
@click.argument("file", type=path_type, required=False)
@store_option
@json_option
def show(file: Path | None, store: Path, as_json: bool) -> None:
    """Show the key in FILE (either half), or without FILE all that the trust store holds."""
    from agent.trust.keys import read_public
    from agent.trust.store import read_store

    if file is not None:
        key = read_public(file)
        if as_json:
            print_json({"kid": key.kid, "alg": key.alg, "key": key.key})
        else:
            click.echo(f"{key.kid}  {key.alg}  {key.key}")
        return
    _list(read_store(store), as_json)


@keys.command()
@click.argument("file", type=path_type, required=False)
@click.option("--remove", "gone", metavar="KID", help="Trust this key no more.")
@click.option("--vehicle", help="FLEET/VEHICLE; needed for a document made by `keys rotate`.")
@entitled_options
@store_option
@json_option
def trust(
    file: Path | None,
    gone: str | None,
    vehicle: str | None,
    entitled: Entitled,
    store: Path,
    as_json: bool,
) -> None:
    """Take the public key in FILE, or the rotation that a trusted key signed, into the trust store."""
    from agent.trust.keys import read_public
    from agent.trust.store import read_store, trusted, write_store

    if (file is None) == (gone is None):
        raise click.UsageError("give a FILE to trust, or --remove KID")
    known, now = read_store(store), datetime.now(UTC)
    if gone is not None:
        known = known.without(gone)
    elif file is not None and _is_document(file):
        known = _rotated(known, file, vehicle)
    elif file is not None:
        known = known.with_key(trusted(read_public(file), entitled.purposes, entitled.name, now))
    write_store(store, known)
    _list(known, as_json)


@keys.command()
@click.option("--key", type=path_type, required=True, help="The key that is trusted now.")
@click.argument("successor", type=path_type)
@entitled_options
@scope_options
@output_option
@json_option
def rotate(
    key: Path,
    successor: Path,
    entitled: Entitled,
    scope: Scope,
    output: Path | None,
    as_json: bool,  # noqa: ARG001 - a document is JSON either way
) -> None:
    """Sign, with the present key, that SUCCESSOR (its public half) takes its place."""
    import msgspec

    from agent.trust.keys import read_private, read_public
    from agent.trust.store import Rotation, trusted

    now = datetime.now(UTC)
    entry = trusted(read_public(successor), entitled.purposes, entitled.name, now)
    change = Rotation(entry, (read_private(key).public.kid,))
    body = msgspec.to_builtins(change)
    del body["add"]["since"]
    written(document(key, "trust", body, scope), output)


def _is_document(file: Path) -> bool:
    try:
        return file.read_bytes().lstrip()[:1] == b"{"
    except OSError:
        return False


def _rotated(known: "TrustStore", file: Path, vehicle: str | None) -> "TrustStore":
    from agent.errors import TrustError
    from agent.trust.document import Refused

    if vehicle is None:
        raise click.UsageError("a signed rotation needs --vehicle FLEET/VEHICLE")
    try:
        return known.rotated(file.read_bytes(), vehicle, datetime.now(UTC))
    except Refused as e:
        raise TrustError(str(e), where=str(file), remedy="have it signed by a key that is trusted") from e


def _list(known: "TrustStore", as_json: bool) -> None:
    for key in known.keys:
        if as_json:
            print_json(key)
        else:
            click.echo(f"{key.kid}  {', '.join(key.purposes)}  {key.name}")
    if not known.keys and not as_json:
        click.echo("no key is trusted: commands other than ping and get_status are rejected")
