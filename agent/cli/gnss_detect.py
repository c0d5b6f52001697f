"""`haulwatch gnss detect`: which port the receiver is on, at which speed, and what is wrong if none is."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.gnss_line import usable_profiles
from agent.cli.output import CONFIG, FINDINGS, MISSING, json_option, print_json, say
from drivers.errors import DeviceMissing

if TYPE_CHECKING:
    from drivers.gnss.detect.search import Verdict
    from drivers.gnss.source.ports import SerialPort


@click.command()
@click.option("--ports", multiple=True, help="Only this port, instead of all; may be repeated.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=1.0),
    default=3.0,
    show_default=True,
    help="How long to listen at each speed.",
)
@click.option(
    "--write",
    type=click.Path(path_type=Path),
    is_flag=False,
    flag_value=CONFIG,
    help=f"Put what was found into this configuration ({CONFIG} unless named).",
)
@click.option("--ask", is_flag=True, help="Also ask modules what they are; queries that change nothing.")
@json_option
def detect(ports: tuple[str, ...], seconds: float, write: Path | None, ask: bool, as_json: bool) -> None:
    """Find the receiver: listen to the serial ports at the usual speeds, sending nothing unless --ask.

    Exit code 0 when a receiver was found, 1 when none was, 3 when there is no port.
    """
    from agent.config_edit import read
    from drivers.clock import SystemClock
    from drivers.gnss.detect.search import Search
    from drivers.gnss.detect.search import detect as listen

    if write:
        read(write)  # a file that can't be changed is told before the search, not after it
    chosen = _chosen(ports)
    if not chosen:
        raise DeviceMissing("no serial port found", where="gnss", remedy="plug the receiver in")
    search = Search(seconds, profiles=usable_profiles(), ask=ask)
    say(f"listening to {len(chosen)} port{'s' * (len(chosen) != 1)}, {seconds:g} s at each speed …")
    verdicts = listen(chosen, search, SystemClock(0))
    for verdict in verdicts:
        if as_json:
            print_json(verdict)
        else:
            _show(verdict)
    found = [v for v in verdicts if v.kind == "receiver"]
    if write and found:
        write_found(write, found)
    if not found:
        sys.exit(MISSING if all(v.kind == "missing" for v in verdicts) else FINDINGS)


def _chosen(names: tuple[str, ...]) -> "list[SerialPort]":
    """The machine's ports, or the named ones with what is known of them."""
    from drivers.gnss.source.ports import named_port, serial_ports

    listed = serial_ports()
    return [named_port(name, listed) for name in names] if names else listed


def _show(verdict: "Verdict") -> None:
    """One line of what it is, one of figures, one of what to do."""
    name = verdict.by_id or verdict.device
    click.echo(f"{name}: {verdict.what}")
    figures = []
    if verdict.sentences_per_s is not None:
        figures += [
            f"{verdict.sentences_per_s:g} sentences/s from {', '.join(verdict.talkers) or 'its maker'}"
        ]
    figures += [f"{name} {n}" for name, n in verdict.in_view.items()]
    figures += [f"{verdict.module} {verdict.firmware or ''}".strip()] if verdict.module else []
    figures += [f"profile {' or '.join(verdict.profiles)}"] if verdict.profiles else []
    if figures:
        click.echo(f"    {'; '.join(figures)}")
    if verdict.remedy:
        click.echo(f"    {verdict.remedy}")


def write_found(path: Path, found: "list[Verdict]") -> None:
    """Put the only receiver found into the configuration; the difference goes to stderr."""
    from agent.config_edit import changed, difference, read, replace
    from agent.errors import ConfigError

    if len(found) > 1:
        names = ", ".join(v.device for v in found)
        raise ConfigError(f"several receivers found ({names})", where=str(path), remedy="choose with --ports")
    values: dict[str, str | int] = {
        "source": found[0].by_id or found[0].device,
        "baud": found[0].baud or 9600,
    }
    if len(found[0].profiles) == 1:
        values["profile"] = found[0].profiles[0]
    old = read(path)
    new = changed(old, "gnss", values, str(path))
    if new == old:
        click.echo(f"{path}: says so already", err=True)
        return
    backup = replace(path, new)
    click.echo(difference(old, new, str(path)), err=True, nl=False)
    click.echo(f"{path}: written; the old one is {backup}", err=True)
