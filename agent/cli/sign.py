"""`haulwatch sign`: what the platform says to vehicles, signed."""

from pathlib import Path
from typing import Any

import click

from agent.cli.output import json_option
from agent.cli.signing import Scope, document, output_option, scope_options, written
from agent.errors import TrustError


@click.command()
@click.argument("purpose", type=click.Choice(["command", "permits", "zones", "config"]))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), required=True, help="The key to sign with.")
@scope_options
@output_option
@json_option
def sign(
    purpose: Any,
    file: Path,
    key: Path,
    scope: Scope,
    output: Path | None,
    as_json: bool,  # noqa: ARG001 - a document is JSON either way
) -> None:
    """Sign the JSON object in FILE as a command, as permits, as zones or as a configuration."""
    import msgspec

    try:
        body = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except OSError as e:
        raise TrustError(
            f"cannot be read ({e.strerror})", where=str(file), remedy="name the right file"
        ) from e
    except msgspec.MsgspecError as e:
        raise TrustError(f"is no JSON object ({e})", where=str(file), remedy="correct it") from e
    written(document(key, purpose, body, scope), output)
