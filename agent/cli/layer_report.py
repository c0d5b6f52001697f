"""What `zones check` and `permits check` share: the file, whose signature, and how problems are printed."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from agent.cli.output import FINDINGS, print_json
from agent.errors import ConfigError

if TYPE_CHECKING:
    from agent.layers.document import Problem, Voucher

Command = TypeVar("Command", bound=Callable[..., Any])
_MOST = 20

file_argument = click.argument("file", type=click.Path(path_type=Path))


def store_option(command: Command) -> Command:
    """Give a command `--store` and `--vehicle`: who must have signed, for whom."""
    store = click.option(
        "--store", type=click.Path(path_type=Path), help="Check the signature by this trust store."
    )
    return store(click.option("--vehicle", help="FLEET/VEHICLE that it must be meant for.")(command))


def voucher(store: Path | None, vehicle: str | None) -> "Voucher | None":
    """Who checks signatures; nobody without --store."""
    from agent.layers.document import Voucher

    if store is None:
        return None
    if vehicle is None:
        raise click.UsageError("--store needs --vehicle FLEET/VEHICLE")
    return Voucher(store, vehicle)


@contextmanager
def refusing(file: Path, *, as_json: bool) -> Iterator[None]:
    """What makes the whole file unreadable is a problem like any other."""
    from agent.layers.document import Problem

    try:
        yield
    except ConfigError as e:
        report(file, {}, "nothing in it", [Problem(None, e.what, e.remedy)], as_json=as_json)


def report(
    file: Path, found: dict[str, Any], text: str, problems: Sequence["Problem"], *, as_json: bool
) -> None:
    """Print what a file holds and what is wrong with it; exits with FINDINGS when something is."""
    if as_json:
        print_json({"file": str(file), "fine": not problems} | found | {"problems": list(problems)})
    else:
        for problem in problems[:_MOST]:
            click.echo(f"{file}: {problem}; {problem.remedy}")
        if len(problems) > _MOST:
            click.echo(f"{file}: and {len(problems) - _MOST} more")
        click.echo(f"{file}: refused" if problems else f"{file}: fine; {text}")
    if problems:
        sys.exit(FINDINGS)
