"""`haulwatch sim platform`: the other side, as a product: a reference consumer, its report, commands."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from agent.cli.broker_option import Way, broker_option
from agent.cli.output import FINDINGS, FINE, json_option, print_json
from agent.cli.sim_platform_send import send

_DATABASE = click.Path(path_type=Path)


@click.group(invoke_without_command=True, commands={"send": send})
@broker_option(required=False)
@click.option("--db", type=_DATABASE, help="SQLite file; without it a temporary one, gone at the end.")
@click.option("--sink", default="city", show_default=True, help="What the vehicles call this platform.")
@click.option("--pictures", type=_DATABASE, help="Folder for pictures; without it they are only counted.")
@click.option("--subscribe", "pattern", help="Another subscription, e.g. $share/GROUP/haulwatch/v1/+/+/#.")
@click.option("--joined-late", is_flag=True, help="Miss nothing that came before the first message.")
@click.option("--report", "reports", is_flag=True, help="Print the report at the end; exit 1 for findings.")
@json_option
@click.pass_context
def platform(ctx: click.Context, /, way: Way, reports: bool, as_json: bool, **options: object) -> None:
    """Take, check and keep all messages: prints one JSON line when ready, stops on SIGTERM.

    A message is acknowledged when it is on disk. `report` shows what there is, `send` sends a command.
    """
    if ctx.invoked_subcommand is None:
        ctx.exit(_run(way, options, reports=reports, as_json=as_json))


def _run(way: Way, options: dict[str, object], *, reports: bool, as_json: bool) -> int:
    from agent.platform.consumer import Consumer, Setup
    from agent.platform.report import report_of

    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    chosen = {name: value for name, value in options.items() if value}
    chosen["db"] = str(options["db"] or "")
    setup = Setup(**chosen)  # type: ignore[arg-type]
    with _broker(way.url) as url, contextlib.closing(Consumer(way.access(url), setup)) as consumer:
        consumer.start()
        shown = {name: options[name] and str(options[name]) for name in ("db", "pictures", "sink")}
        spoken = {"broker": url, "protocol": consumer.client.protocol, "subscription": setup.pattern}
        print_json(spoken | shown)
        consumer.run(done)
        return _show(report_of(consumer.store.db), as_json=as_json) if reports else FINE


@platform.command("report")
@click.option("--db", "files", type=_DATABASE, multiple=True, required=True, help="Several for a shared one.")
@json_option
@click.pass_context
def report_command(ctx: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """What is in the databases of one or more consumers; exit 1 when something is missing or not in order."""
    from agent.platform.report import report

    ctx.exit(_show(report(list(files)), as_json=as_json))


def _show(made: object, *, as_json: bool) -> int:
    from agent.cli.platform_text import lines
    from agent.platform.report import Report

    assert isinstance(made, Report)  # noqa: S101 - its type, where the import is late
    if as_json:
        print_json(made)
    else:
        for line in lines(made):
            click.echo(line)
    return FINE if made.fine else FINDINGS


@contextlib.contextmanager
def _broker(url: str | None) -> Iterator[str]:
    """The broker's address; of one of our own when none is given."""
    if url is not None:
        yield url
        return
    from drivers.sim.broker import best_broker

    with best_broker() as broker:
        yield broker.url
