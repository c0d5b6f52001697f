"""`haulwatch pictures show`: a copy of one picture, and that somebody looked is on record."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.fresh_file import FreshFile
from agent.cli.output import complain, config_option, json_option, print_json
from agent.errors import AgentError

if TYPE_CHECKING:
    from agent.config import Config
    from agent.pictures.files import Stored


@click.command()
@click.argument("sha256", metavar="SHA256")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Where to.")
@config_option
@json_option
def show(sha256: str, output: Path, config: Path, as_json: bool) -> None:
    """Copy the picture whose hash begins so out of the unit's folder; that you did goes on record."""
    from agent.config_file import load_config
    from agent.pictures.files import stored
    from agent.settings import pictures_folder

    known = load_config(config)
    held = [
        f for f in stored(pictures_folder(known)) if f.gone is None and f.sha256.startswith(sha256.lower())
    ]
    if len({f.sha256 for f in held}) != 1:
        what = "more than one picture begins so" if held else "there is no such picture"
        raise AgentError(what, where=sha256, remedy="see `haulwatch pictures list --json`")
    recorded: str | None = None
    try:
        with FreshFile(output) as file:
            recorded = _record(known, held[0])  # before it is there
            file.write(held[0].path.read_bytes())
    except OSError as e:
        raise AgentError(
            f"cannot be written ({e.strerror})", where=str(output), remedy="name another file"
        ) from e
    if as_json:
        print_json(
            {"file": str(output), "sha256": held[0].sha256, "subject": held[0].subject, "recorded": recorded}
        )
    else:
        click.echo(f"{output}: {held[0].kind} of {held[0].subject}")


def _record(config: "Config", picture: "Stored") -> str | None:
    from agent.evidence.access import accessed
    from buffer.errors import JournalError

    try:
        return accessed(config, "picture.viewed", picture.subject, picture.sha256)
    except JournalError as e:
        complain(e)
        complain(AgentError("this is not on record", where=picture.sha256, remedy="note it elsewhere"))
        return None
