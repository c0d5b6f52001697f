"""`haulwatch evidence list` and `export`."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.fresh_file import FreshFile
from agent.cli.journal_file import where
from agent.cli.output import complain, json_option, print_json
from agent.errors import EvidenceError

if TYPE_CHECKING:
    from agent.config import Config
    from agent.evidence.bundle import Sources


@click.command("list")
@where
@json_option
def list_evidence(path: Path | None, config: Path, as_json: bool) -> None:
    """List events of severity violation or higher, oldest first, and how far their evidence is."""
    from agent.cli.journal_file import survey_of
    from agent.evidence.overview import overview

    with survey_of(path, config) as survey:
        for row in overview(survey):
            if as_json:
                print_json(row)
                continue
            state = "waits" if row.sealed is None else f"sealed, {row.sealed}, {row.pictures} files"
            more = ", anchored" * row.anchored + ", disputed" * row.disputed
            number = row.id.rpartition("/")[2]
            time = row.time or "time unknown"
            click.echo(f"{number:>6}  {time}  {row.severity:9}  {row.type}  {state}{more}")


@click.command()
@click.argument("identity", metavar="ID")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The archive to write.")
@where
@json_option
def export(identity: str, output: Path, path: Path | None, config: Path, as_json: bool) -> None:
    """Write the bundle of the episode that event ID belongs to, signed by the unit; see docs/evidence.md.

    ID as in `list`: its number, or generation/stream/number. It needs the unit's key, so run it as root or as
    the agent's account. That it was exported goes on record. --path names a journal that was moved aside.
    """
    from agent.cli.event_id import find
    from agent.cli.journal_file import survey_of
    from agent.cli.own_key import readable
    from agent.config_file import load_config
    from agent.evidence.archive import pack
    from agent.evidence.bundle import build
    from agent.trust.keys import read_private

    known = load_config(config)
    sources = _sources(known)
    readable(read_private, sources.key)
    with survey_of(path, config) as survey:
        record = find(survey, identity)
        files = build(survey, sources, record)
    content = pack(files)
    digest = hashlib.sha256(content).hexdigest()
    recorded = _write(output, content, lambda: _record(known, record.subject, digest))
    if as_json:
        shown = {"file": str(output), "sha256": digest, "bytes": len(content), "files": len(files)}
        print_json(shown | {"subject": record.subject, "recorded": recorded})
    else:
        click.echo(f"{output}: {len(files)} files, {len(content)} bytes, SHA-256 {digest}")


def _sources(config: "Config") -> "Sources":
    from agent.evidence.bundle import Sources
    from agent.evidence.setup import files_of, shelf_folder
    from agent.evidence.shelf import Shelf
    from agent.settings import pictures_folder

    vehicle = f"{config.unit.fleet}/{config.unit.vehicle}"
    shelf = Shelf(shelf_folder(config))
    return Sources(vehicle, pictures_folder(config), shelf, files_of(config).key)


def _write(output: Path, content: bytes, record: Callable[[], str | None]) -> str | None:
    """Put it there; that it was exported is on record before it is."""
    try:
        with FreshFile(output) as file:
            recorded = record()
            file.write(content)
    except OSError as e:
        raise EvidenceError(
            f"cannot be written ({e.strerror})", where=str(output), remedy="name another file"
        ) from e
    return recorded


def _record(config: "Config", subject: str, sha256: str) -> str | None:
    """Where the export is on record; None, and said on stderr, when it could not be."""
    from agent.evidence.access import accessed
    from buffer.errors import JournalError

    try:
        return accessed(config, "evidence.exported", subject, sha256)
    except JournalError as e:
        complain(e)
        complain(EvidenceError("this export is not on record", where=subject, remedy="note it elsewhere"))
        return None
