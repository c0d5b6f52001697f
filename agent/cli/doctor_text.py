"""The self-test for people: what is to be done first, and the rest in a few lines."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.doctor.findings import Finding, Level
from agent.doctor.words import Words

_MARKS: dict[Level, tuple[str, str]] = {
    "fail": ("✗", "bold red"),
    "warn": ("!", "bold yellow"),
    "ok": ("✓", "green"),
    "skip": ("-", "dim"),
}
_WORST_FIRST: tuple[Level, ...] = ("fail", "warn")


class Progress:
    """How many checks are done, on one line of a terminal that goes at the end."""

    def __init__(self) -> None:
        self._count = 0
        self._shown = sys.stderr.isatty()

    def passed(self, found: Finding) -> Finding:
        """One more."""
        self._count += 1
        if self._shown:
            sys.stderr.write(f"\r\x1b[2K{self._count} {found.code} …")
            sys.stderr.flush()
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[2K")


def show(findings: Sequence[Finding], words: Words, *, everything: bool) -> None:
    """Print them; `everything`: also what is well, a line each."""
    console = Console(highlight=False, emoji=False, markup=False)
    shown = [*findings] if everything else [f for level in _WORST_FIRST for f in findings if f.level == level]
    if shown:
        console.print(_lines(shown, words))
    if not everything:
        console.print(_fine(findings, words))
    counts = Counter(found.level for found in findings)
    total = words.say("sum", **{level: counts[level] for level in _MARKS})
    console.print(Text(total if counts["fail"] + counts["warn"] else f"{words.say('well')}  {total}", "bold"))


def line(found: Finding, words: Words) -> Text:
    """One finding with its remedy."""
    text = Text(found.code, _MARKS[found.level][1] if found.bad else "dim")
    text.append(f"  {words.line(found)}", "default not bold")
    if do := words.do(found):
        text.append(f"\n→ {do}", "default not bold")
    return text


def _lines(findings: Iterable[Finding], words: Words) -> Table:
    grid = _grid()
    for found in findings:
        mark, style = _MARKS[found.level]
        grid.add_row(Text(mark, style), line(found, words))
    return grid


def _grid() -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column()
    grid.add_column(overflow="fold")
    return grid


def _fine(findings: Sequence[Finding], words: Words) -> Table:
    """The groups in which something is well, and how much."""
    counts = Counter(found.group for found in findings if found.level == "ok")
    names = [f"{words.group(group)}\u00a0{count}" for group, count in counts.items()]
    grid = _grid()
    grid.add_row(Text(*_MARKS["ok"]), Text("  ".join(names), "dim"))
    return grid
