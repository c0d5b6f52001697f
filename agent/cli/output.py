"""What every command shares: `--json`, printing, and turning errors into one line and an exit code."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from agent.errors import AgentError, ConfigError
from buffer.errors import JournalError
from drivers.errors import DriverError, ProfileError

FINE, FINDINGS, USAGE, MISSING, BAD_CONFIG = 0, 1, 2, 3, 78
CONFIG = Path("/etc/haulwatch/agent.toml")
Command = TypeVar("Command", bound=Callable[..., Any])
KNOWN_ERRORS = (AgentError, DriverError, JournalError)


def json_option(command: Command) -> Command:
    """Give a command the flag `--json` (parameter `as_json`)."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for tools.")(command)


def print_json(value: object) -> None:
    """One JSON document on one line."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def exit_code(error: Exception) -> int:
    """The contract's exit code of an error."""
    return BAD_CONFIG if isinstance(error, ConfigError | ProfileError) else MISSING


def complain(error: Exception) -> None:
    """One line on stderr: what, where, what to do."""
    sys.stderr.write(f"haulwatch: {error}\n")


def say(what: str) -> None:
    """Tell a person who waits what is going on; nothing when stderr is no terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{what}\n")


def config_option(command: Command) -> Command:
    """Give a command the option `--config` (parameter `config`), the unit's file by default."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        default=CONFIG,
        show_default=True,
        help="The unit's configuration.",
    )(command)
