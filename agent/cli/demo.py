"""`haulwatch demo`: one simulated trip, shown as the platform receives it, and judged at its end."""

import contextlib
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from agent.cli.output import FINDINGS, FINE


@click.command()
@click.option("--no-live", is_flag=True, help="Print lines instead of the live view.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep all that the truck and the platform had.")
@click.option(
    "--broker", type=click.Choice(["auto", "embedded", "mosquitto"]), default="auto", show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.pass_context
def demo(ctx: click.Context, no_live: bool, keep: Path | None, broker: str, as_json: bool) -> None:
    """Drive a truck through one trip, about two minutes; exit 1 when the platform knows it otherwise."""
    from agent.demo.performance import perform

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that all is cleaned up
    with _folder(keep) as folder:
        agrees = perform(folder, broker, live=not (no_live or as_json), as_json=as_json, wait=_wait)
        if keep:
            click.echo(f"kept in {folder}", err=True)
    ctx.exit(FINE if agrees else FINDINGS)


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        if (keep / "journal.db").exists():
            raise click.UsageError(f"{keep} holds an earlier demo; name another directory")
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="haulwatch-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
