"""What the commands that read the journal share: where it lies, from when on, and its times."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from agent.cli.output import config_option

if TYPE_CHECKING:
    from buffer.records import Record
    from buffer.survey import Survey

Command = TypeVar("Command", bound=Callable[..., Any])


def where(command: Command) -> Command:
    """Where the journal lies: `--path`, or what the configuration says."""
    option = click.option("--path", type=click.Path(path_type=Path), help="The journal's file.")
    return option(config_option(command))


def since_option(command: Command) -> Command:
    """Give a command `--since` (parameter `since`, ns since 1970; 0 unless given)."""
    text = "From this moment on, ISO 8601; UTC unless it says otherwise."
    return click.option("--since", callback=_utc_ns, help=text)(command)


def until_option(command: Command) -> Command:
    """Give a command `--until` (parameter `until`, ns since 1970; 0 unless given)."""
    text = "Up to this moment, ISO 8601; UTC unless it says otherwise."
    return click.option("--until", callback=_utc_ns, help=text)(command)


def survey_of(path: Path | None, config: Path) -> "Survey":
    """The journal at `path`, or where the configuration says, opened for reading only."""
    from buffer.survey import Survey

    if path is None:
        from agent.config_file import load_config

        path = load_config(config).journal.path
    return Survey(path)


def when(survey: "Survey", record: "Record") -> str | None:
    """When a record happened, RFC 3339; None when nobody knows."""
    from agent.uplink.envelope import rfc3339

    utc_ns = survey.utc_ns(record)
    return None if utc_ns is None else rfc3339(utc_ns)


def _utc_ns(ctx: click.Context, param: click.Parameter, value: str | None) -> int:
    if value is None:
        return 0
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as e:
        raise click.BadParameter(f"{value!r} is not an ISO 8601 time", ctx, param) from e
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000) * 1_000_000
