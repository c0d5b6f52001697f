"""`haulwatch pictures`: what lies on the unit, whether it is what was recorded, and one more on request."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.output import FINDINGS, config_option, json_option, print_json
from agent.cli.pictures_show import show

if TYPE_CHECKING:
    from agent.pictures.files import Stored


@click.group(commands=[show])
def pictures() -> None:
    """Pictures on the unit: list, show, verify, take."""


@pictures.command("list")
@config_option
@json_option
def list_pictures(config: Path, as_json: bool) -> None:
    """Show every picture with what it belongs to; with --json one object a line."""
    from agent.pictures.files import stored

    found = [file for file in stored(_folder(config)) if file.gone is None]
    for file in found:
        if as_json:
            print_json(_plain(file))
        else:
            plain = _plain(file)
            click.echo(f"{plain['time']}  {file.group:8} {file.kind:8} {file.subject}  {file.path}")
    if not as_json:
        click.echo(f"{len(found)} pictures, {sum(f.bytes for f in found) / 1e6:.1f} MB")


@pictures.command()
@config_option
@json_option
def verify(config: Path, as_json: bool) -> None:
    """Hash every picture and compare with the journal; exit code 1 when one is altered or missing."""
    from agent.cli.journal_file import survey_of
    from agent.pictures.check import check

    with survey_of(None, config) as survey:
        found = check(_folder(config), (record for _, record in survey.after(0, "media")))
    wrong = [c for c in found if c.state in ("altered", "missing")]
    if as_json:
        for checked in found:
            print_json(checked)
    else:
        for checked in (c for c in found if c.state != "fine"):
            click.echo(f"{checked.state:10} {checked.kind:8} {checked.subject}  {checked.sha256}")
        click.echo(f"{len(found)} pictures, {len(wrong)} altered or missing")
    if wrong:
        raise SystemExit(FINDINGS)


@pictures.command()
@click.argument("camera")
@config_option
@json_option
def take(camera: str, config: Path, as_json: bool) -> None:
    """Have the daemon take and record a picture without an event; what became of it is in the journal."""
    from agent.config_file import load_config
    from agent.local_socket import ask
    from drivers.errors import DeviceMissing

    answer = ask(load_config(config).status.socket, {"ask": "picture", "camera": camera})
    if "error" in answer:
        raise DeviceMissing(answer["error"], where=f"camera {camera}", remedy="see `haulwatch status`")
    if as_json:
        print_json(answer)
    else:
        click.echo(f"asked {camera} for a picture; see `haulwatch journal tail --stream media`")


def _folder(config: Path) -> Path:
    from agent.config_file import load_config
    from agent.settings import pictures_folder

    return pictures_folder(load_config(config))


def _plain(file: "Stored") -> dict[str, object]:
    from agent.uplink.envelope import rfc3339

    return {
        "time": rfc3339(file.utc_ns),
        "group": file.group,
        "subject": file.subject,
        "kind": file.kind,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "file": str(file.path),
    }
