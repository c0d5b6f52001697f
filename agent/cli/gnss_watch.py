"""`haulwatch gnss watch`: fixes as they come, and the sky."""

import threading
from typing import TYPE_CHECKING

import click

from agent.cli.gnss_line import source_options, stop_on_signals
from agent.cli.gnss_row import row, sentence
from agent.cli.output import json_option, print_json
from drivers.readings import Constellation, Fix, ReceiverHealth, Signal

if TYPE_CHECKING:
    from drivers.gnss.receiver import Receiver, ReceiverSetup


@click.command()
@source_options
@click.option("--sky", is_flag=True, help="Also the satellites in view, whenever they have changed.")
@click.option("--table", is_flag=True, help="One screen: the fix, and a table of the satellites.")
@json_option
def watch(setup: "ReceiverSetup", sky: bool, table: bool, as_json: bool) -> None:
    """Print each fix of a live receiver until stopped, or to the end of a recording."""
    from drivers.clock import SystemClock
    from drivers.gnss.receiver import Receiver
    from drivers.gnss.source.address import parse_source
    from drivers.gnss.source.connection import connect

    clock = SystemClock(0)
    # A missing device is an error here, while the worker would wait for it.
    connect(parse_source(setup.source), setup.baud, clock).close()
    stop = stop_on_signals()
    if table and not as_json:
        from agent.cli.gnss_table import show

        show(setup, clock, stop)
        return
    printer = Printer(stop, as_json=as_json)
    printer.receiver = receiver = Receiver(setup, clock, printer.put)
    printer.sky = sky
    receiver.run(stop, lambda: None)
    if printer.closed:
        raise BrokenPipeError


class Printer:
    """Prints fixes as JSON or as lines for people; a change of the line's health goes to stderr.

    With `sky` also the `receiver`'s satellites, each second in which they have changed. It stops at the
    end of a recording, and when nobody reads any more.
    """

    def __init__(self, stop: threading.Event, *, as_json: bool) -> None:
        self._stop, self._as_json = stop, as_json
        self._health: tuple[bool, str | None] | None = None
        self._shown: tuple[Signal, ...] = ()
        self.receiver: Receiver | None = None
        self.sky = self.closed = False

    def put(self, observation: Fix | ReceiverHealth) -> None:
        """Print one observation."""
        try:
            if isinstance(observation, ReceiverHealth):
                self._show_health(observation)
                self._show_sky()
            elif self._as_json:
                print_json(row(observation))
            else:
                click.echo(sentence(row(observation)))
        except BrokenPipeError:
            self.closed = True
            self._stop.set()

    def _show_health(self, health: ReceiverHealth) -> None:
        if self._health != (health.connected, health.reason):
            self._health = (health.connected, health.reason)
            words = "connected" if health.connected else health.reason
            click.echo(f"{health.source}: {words}", err=True)
        if self.receiver and self.receiver.ended:
            self._stop.set()

    def _show_sky(self) -> None:
        signals = self.receiver.signals if self.receiver and self.sky else ()
        if signals == self._shown:
            return
        self._shown = signals
        if self._as_json:
            print_json({"sky": signals})
            return
        for name in dict.fromkeys(s.constellation for s in signals):
            click.echo(_constellation(name, [s for s in signals if s.constellation == name]))


def _constellation(name: Constellation, signals: list[Signal]) -> str:
    """One constellation's satellites: how many are heard of how many in view, and their best C/N0 each."""
    best: dict[int, int] = {}
    for s in signals:
        best[s.number] = max(best.get(s.number, 0), s.cn0 or 0)
    heard = {number: cn0 for number, cn0 in best.items() if cn0}
    shown = "  ".join(f"{number}:{cn0}" for number, cn0 in sorted(heard.items(), key=lambda s: -s[1]))
    return f"    {name:8} {len(heard):2} of {len(best):2}  {shown}"
