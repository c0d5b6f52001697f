"""`haulwatch journal`: a look into the buffer, beside the running daemon."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.journal_export import export
from agent.cli.journal_file import survey_of, when, where
from agent.cli.journal_repair import reset, verify
from agent.cli.output import json_option, print_json
from agent.cli.status import wear

if TYPE_CHECKING:
    from buffer.records import Record
    from buffer.survey import Survey

_POLL_S = 0.5
stream_option = click.option("--stream", help="Only this stream, for example event.")


@click.group(commands=[export, reset, verify])
def journal() -> None:
    """Look into the buffer: what is held, what is still to be delivered, whether it is whole."""


@journal.command()
@where
@json_option
def stats(path: Path | None, config: Path, as_json: bool) -> None:
    """Show size, streams, what each sink has of them, and what the running daemon has written per hour."""
    with survey_of(path, config) as survey:
        found = survey.stats()
    found["written"] = None if path else _written(config)
    if as_json:
        print_json(found)
        return
    click.echo(f"generation {found['generation']}, {found['bytes'] / 1e6:.1f} MB{wear(found['written'])}")
    for stream, held in found["streams"].items():
        thinned = f", {held.thinned} left out by thinning" if held.thinned else ""
        span = f", seq {held.first} to {held.last}" if held.first else ""
        click.echo(f"{stream:9} {held.count:8} records{span}, {held.pruned} pruned{thinned}")
    for sink, streams in found["sinks"].items():
        for stream, has in streams.items():
            click.echo(f"{stream:9} {has.unsettled:8} to deliver to {sink}, from seq {has.watermark}")


@journal.command()
@click.option("-n", "count", type=click.IntRange(0), default=10, show_default=True, help="How many records.")
@click.option("--follow", is_flag=True, help="Go on with what comes.")
@stream_option
@where
@json_option
def tail(
    count: int, follow: bool, stream: str | None, path: Path | None, config: Path, as_json: bool
) -> None:
    """Show the newest records, in the order in which they were written."""
    with survey_of(path, config) as survey:
        newest = survey.newest(count, stream)
        for _, record in newest:
            _show(survey, record, as_json)
        at = max((place for place, _ in newest), default=survey.end())
        for record in _following(survey, at, stream) if follow else ():
            _show(survey, record, as_json)


def _written(config: Path) -> dict[str, Any] | None:
    """What the daemon says of its writing; None when it does not run."""
    from agent.config_file import load_config
    from agent.errors import PlatformMissing
    from agent.local_socket import ask

    try:
        found = ask(load_config(config).status.socket, {"ask": "status"})
    except PlatformMissing:
        return None
    return dict(found["written"])


def _following(survey: "Survey", at: int, stream: str | None) -> Iterator["Record"]:
    """What is committed after the record at rowid `at`, until the user interrupts."""
    pause = threading.Event()
    while True:
        for place, record in survey.after(at, None):
            at = place
            if stream in (None, record.stream):
                yield record
        pause.wait(_POLL_S)


def _show(survey: "Survey", record: "Record", as_json: bool) -> None:
    if as_json:
        print_json({"time": when(survey, record)} | survey.plain(record))
        return
    time = when(survey, record) or f"+{record.mono_ns / 1e9:.3f} s"
    content = record.payload.decode(errors="replace") if record.intact() else "DAMAGED"
    click.echo(f"{time}  {record.stream}/{record.seq}  {record.type}  {record.subject}  {content}")
