"""`haulwatch watch`: the running unit on one screen."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.gnss_line import stop_on_signals
from agent.cli.language_option import language_option
from agent.cli.output import config_option, json_option, print_json
from agent.errors import PlatformMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, Group

    from agent.language import Language
    from agent.screens.overview import News

_EVENTS = 40


@click.command()
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(0.2, 3600),
    default=2.0,
    show_default=True,
    help="Seconds between two looks; more saves a slow line.",
)
@click.option("--once", is_flag=True, help="Show it once and end.")
@config_option
@language_option
@json_option
def watch(every_s: float, once: bool, config: Path, language: "Language", as_json: bool) -> None:
    """Position, sky, cameras, load, journal, links and events of the running daemon, until stopped.

    Exit code 3 when it does not answer at the first look; later that is shown, and it is asked again.
    """
    from agent.config_file import load_config
    from agent.local_socket import ask

    settings = load_config(config)

    def look() -> dict[str, Any]:
        return ask(settings.status.socket, {"ask": "status"})

    first, stop = look(), stop_on_signals()
    if as_json:
        _tell(first, look, stop, 0 if once else every_s)
        return
    from rich.console import Console

    from agent.screens.words import Words

    console = Console(highlight=False)
    view = _View(console, Words(language), settings.journal.path)
    if once or not console.is_terminal:
        console.print(view.of(first))
        return
    _show(console, view, look, stop, every_s)


class _View:
    """Makes the screen of a moment."""

    def __init__(self, console: "Console", words: Any, journal: Path) -> None:
        self._console, self._words, self._journal = console, words, journal

    def of(self, status: dict[str, Any]) -> "Group":
        """The screen, as large as the terminal is now."""
        from agent.screens.overview import screen

        return screen(status, newest(self._journal), self._words, (self._console.width, self._console.height))

    def silent(self, error: Exception) -> "Group":
        """The daemon is not there."""
        from agent.screens.overview import silent

        return silent(str(error), self._words)


def _show(
    console: "Console",
    view: _View,
    look: "Callable[[], dict[str, Any]]",
    stop: threading.Event,
    every_s: float,
) -> None:
    from rich.live import Live

    with Live(console=console, auto_refresh=False, screen=True) as live:
        while not stop.is_set():
            try:
                shown = view.of(look())
            except PlatformMissing as e:
                shown = view.silent(e)
            live.update(shown, refresh=True)
            stop.wait(every_s)


def _tell(
    first: dict[str, Any], look: "Callable[[], dict[str, Any]]", stop: threading.Event, every_s: float
) -> None:
    """One document a look."""
    print_json(first)
    while every_s and not stop.wait(every_s):
        try:
            print_json(look())
        except PlatformMissing as e:
            click.echo(str(e), err=True)


def newest(journal: Path) -> "list[News]":
    """The newest events of the journal; none while it cannot be read."""
    from agent.cli.events import content
    from agent.screens.overview import News
    from agent.uplink.envelope import rfc3339
    from buffer.errors import JournalError
    from buffer.survey import Survey

    told = []
    try:
        with Survey(journal) as survey:
            for _, record in survey.newest(_EVENTS, "event"):
                utc_ns = survey.utc_ns(record)
                when = "" if utc_ns is None else rfc3339(utc_ns)
                told.append(News(when, record.type, record.subject, content(record)))
    except JournalError as e:
        told.append(News("", "journal", str(e), {"severity": "notice"}))
    return told
