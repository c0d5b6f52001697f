"""`python -m agent.cli.reference docs/cli.md`: writes the reference of all commands from the commands."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from agent.cli.main import haulwatch

_HEAD = """# Commands

Written by `python -m agent.cli.reference docs/cli.md` from the commands themselves. `--json` prints JSON for
tools. Exit codes: 0 fine, 1 findings or violations, 2 usage, 3 device or platform missing, 78 bad
configuration. Errors go to stderr in one line: what, where, what to do.
"""
_EVERYWHERE = ("as_json", "help")


def reference() -> str:
    """The whole document, in the order in which `haulwatch --help` has the commands."""
    parts = [_HEAD]
    for words, command in leaves(haulwatch, ()):
        parts.append("\n".join(_section(words, command)))
    return "\n".join(parts)


def leaves(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that is no group, with the words that lead to it."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        elif command is not None and not command.hidden:
            yield (*path, name), command


def _section(words: tuple[str, ...], command: click.Command) -> Iterator[str]:
    pieces = [piece for piece in command.collect_usage_pieces(click.Context(command)) if piece != "[OPTIONS]"]
    yield from (f"## haulwatch {' '.join(words)}", "", f"`haulwatch {' '.join([*words, *pieces])}`", "")
    yield from _text(command.help or "")
    options = [p for p in command.params if isinstance(p, click.Option) and p.name not in _EVERYWHERE]
    yield from (_option(option) for option in options)
    if options:
        yield ""


def _text(text: str) -> Iterator[str]:
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield from ("```", *paragraph.splitlines()[1:], "```", "")
        else:
            yield from (paragraph, "")


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    value = "" if option.is_flag or option.count else f" {_value(option)}"
    default = option.default
    known = option.show_default and default is not None and not callable(default)
    said = [
        option.help or "",
        f"Default: {default}." if known else "",
        "Must be given." if option.required else "",
    ]
    text = " ".join(part for part in said if part)
    return f"- {names}{value}{': ' if text else ''}{text}"


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return f"[{'|'.join(str(choice) for choice in option.type.choices)}]"
    return option.metavar or option.type.name.partition(" ")[0].upper()


def main() -> None:
    """The command."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m agent.cli.reference FILE")
    Path(sys.argv[1]).write_text(reference())


if __name__ == "__main__":
    main()
