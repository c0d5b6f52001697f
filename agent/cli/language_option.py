"""`--lang`: the language of what a command says to people."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from agent.language import LANGUAGES, spoken

Command = TypeVar("Command", bound=Callable[..., Any])


def language_option(command: Command) -> Command:
    """Give a command the option `--lang` (parameter `language`), by the locale unless given."""
    option = click.option(
        "--lang",
        "language",
        type=click.Choice(LANGUAGES),
        default=spoken,
        help="Chinese or English; by the locale unless given.",
    )
    return option(command)
