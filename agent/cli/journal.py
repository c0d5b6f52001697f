"""`haulwatch journal`: a look into the buffer, beside the running daemon; it only reads."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from agent.cli.output import config_option, json_option, print_json

if TYPE_CHECKING:
    from buffer.records import Record
    from buffer.survey import Survey

Command = TypeVar("Command", bound=Callable[..., Any])
_POLL_S = 0.5
stream_option = click.option("--stream", help="Only this stream, for example event.")


def where(command: Command) -> Command:
    """Where the journal lies: `--path`, or what the configuration says."""
    option = click.option("--path", type=click.Path(path_type=Path), help="The journal's file.")
    return option(config_option(command))


@click.group()
def journal() -> None:
    """Look into the buffer: what is held, and what is still to be delivered."""


@journal.command()
@where
@json_option
def stats(path: Path | None, config: Path, as_json: bool) -> None:
    """Show size, streams, and what each sink has of them."""
    with _survey(path, config) as survey:
        found = survey.stats()
    if as_json:
        print_json(found)
        return
    click.echo(f"generation {found['generation']}, {found['bytes'] / 1e6:.1f} MB")
    for stream, held in found["streams"].items():
        span = f", seq {held.first} to {held.last}" if held.first else ""
        click.echo(f"{stream:9} {held.count:8} records{span}, {held.pruned} pruned")
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
    with _survey(path, config) as survey:
        newest = survey.newest(count, stream)
        for _, record in newest:
            _show(survey, record, as_json)
        at = max((place for place, _ in newest), default=survey.end())
        for record in _following(survey, at, stream) if follow else ():
            _show(survey, record, as_json)


@journal.command()
@click.option("--format", "form", type=click.Choice(["jsonl"]), default="jsonl", show_default=True)
@click.option("--since", help="From this moment on, ISO 8601; UTC unless it says otherwise.")
@stream_option
@where
@json_option
def export(
    form: str,  # noqa: ARG001 - the only one yet
    since: str | None,
    stream: str | None,
    path: Path | None,
    config: Path,
    as_json: bool,  # noqa: ARG001 - its output is JSON either way
) -> None:
    """Print every record as one JSON object a line, in the order in which they were written.

    A record whose time is not known is never left out by --since.
    """
    earliest = _utc_ns(since) if since else 0
    with _survey(path, config) as survey:
        for _, record in survey.after(0, stream):
            utc_ns = survey.utc_ns(record)
            if utc_ns is None or utc_ns >= earliest:
                _show(survey, record, as_json=True)


def _survey(path: Path | None, config: Path) -> "Survey":
    from buffer.survey import Survey

    if path is None:
        from agent.config_file import load_config

        path = load_config(config).journal.path
    return Survey(path)


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
        print_json({"time": _iso(survey.utc_ns(record))} | survey.plain(record))
        return
    time = _iso(survey.utc_ns(record)) or f"+{record.mono_ns / 1e9:.3f} s"
    content = record.payload.decode(errors="replace") if record.intact() else "DAMAGED"
    click.echo(f"{time}  {record.stream}/{record.seq}  {record.type}  {record.subject}  {content}")


def _iso(utc_ns: int | None) -> str | None:
    from agent.uplink.envelope import rfc3339

    return None if utc_ns is None else rfc3339(utc_ns)


def _utc_ns(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as e:
        raise click.BadParameter(f"{text!r} is not an ISO 8601 time", param_hint="--since") from e
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000) * 1_000_000
