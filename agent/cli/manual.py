"""`python -m agent.cli.manual FOLDER`: writes a man page for each command, and one that lists them."""

import inspect
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click

from agent.cli.main import haulwatch
from agent.cli.reference import leaves

_EXIT = (
    ("0", "fine"),
    ("1", "findings or violations"),
    ("2", "usage"),
    ("3", "a device or the platform is missing"),
    ("78", "bad configuration"),
)
_FILES = (
    ("/etc/haulwatch/agent.toml", "the settings of the unit; each is explained in it"),
    ("/etc/haulwatch/profiles.d", "profiles of receivers, cameras and units that go before the shipped ones"),
    ("/var/lib/haulwatch", "journal, pictures and keys"),
    ("/run/haulwatch/agent.sock", "where the running agent answers"),
)


def pages() -> dict[str, str]:
    """The text of every page by its file's name, such as haulwatch-gnss-detect.1."""
    found = {"haulwatch.1": _whole()}
    for words, command in leaves(haulwatch, ()):
        found[f"{_name(words)}.1"] = _page(words, command)
    return found


def _whole() -> str:
    commands = list(leaves(haulwatch, ()))
    lines = [*_head("haulwatch", haulwatch.help or ""), ".SH SYNOPSIS", r".B haulwatch", r"\fICOMMAND\fR"]
    lines += [".SH COMMANDS"]
    for words, command in commands:
        lines += _item(rf"\fB{_text(_name(words))}\fR(1)", _first(command.help or ""))
    return _joined([*lines, *_files(), *_exit()])


def _page(words: tuple[str, ...], command: click.Command) -> str:
    pieces = command.collect_usage_pieces(click.Context(command))
    usage = " ".join(rf"\fI{_text(piece)}\fR" for piece in pieces)
    lines = [*_head(_name(words), command.help or ""), ".SH SYNOPSIS"]
    lines += [rf"\fBhaulwatch {_text(' '.join(words))}\fR {usage}", ".SH DESCRIPTION"]
    lines += _paragraphs(command.help or "")
    options = [p for p in command.params if isinstance(p, click.Option)]
    lines += [".SH OPTIONS", *(line for option in options for line in _option(option))]
    lines += _item(r"\fB\-\-help\fR", "Show this message and exit.")
    return _joined([*lines, *_exit(), ".SH SEE ALSO", r"\fBhaulwatch\fR(1)"])


def _head(name: str, text: str) -> list[str]:
    title = f'.TH "{_text(name.upper())}" 1 "" "haulwatch {version("haulwatch")}" "Haulwatch"'
    return [title, ".SH NAME", rf"{_text(name)} \- {_text(_first(text))}"]


def _first(text: str) -> str:
    """The first sentence of a command's help, without its full stop."""
    begin = " ".join(inspect.cleandoc(text).split("\n\n")[0].split())
    return re.split(r"(?<=\w)[.:;] ", begin)[0].rstrip(".")


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield from (".PP", ".nf", *(_line(line) for line in paragraph.splitlines()[1:]), ".fi")
        else:
            yield from (".PP", _line(" ".join(paragraph.split())))


def _option(option: click.Option) -> list[str]:
    record = option.get_help_record(click.Context(click.Command("")))
    names, said = record or (", ".join(option.opts), option.help or "")
    return _item(rf"\fB{_text(names)}\fR", said)


def _item(term: str, said: str) -> list[str]:
    return [".TP", term, _line(said)]


def _exit() -> list[str]:
    return [".SH EXIT STATUS", *(line for code, said in _EXIT for line in _item(code, said))]


def _files() -> list[str]:
    return [".SH FILES", *(line for file, said in _FILES for line in _item(rf"\fI{_text(file)}\fR", said))]


def _line(text: str) -> str:
    """A line of text that troff takes for nothing else, with what stands in backticks in bold."""
    escaped = re.sub(r"`([^`]+)`", r"\\fB\1\\fR", _text(text))
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _text(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-")


def _name(words: tuple[str, ...]) -> str:
    return "-".join(("haulwatch", *words))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def main() -> None:
    """The command."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m agent.cli.manual FOLDER")
    for name, text in pages().items():
        Path(sys.argv[1], name).write_text(text)


if __name__ == "__main__":
    main()
