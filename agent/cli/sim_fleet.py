"""`haulwatch sim fleet`: many light trucks against a broker, and what a platform makes of them."""

import contextlib
import signal
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.output import FINDINGS, FINE, json_option, print_json
from agent.cli.signing import duration

if TYPE_CHECKING:
    from agent.platform.fleet.exercise import Figures, Storm
    from drivers.sim.broker import Broker

_STORED = ("persistence true", "autosave_interval 0")  # so that sessions outlive its restart
_FORMATS = click.Choice(["json", "compact"])


@click.command()
@click.option("-n", "vehicles", type=click.IntRange(1, 5000), default=200, show_default=True)
@click.option("--broker", "url", help="mqtt://HOST:PORT; without it a mosquitto of its own.")
@click.option("--for", "seconds", default="60s", show_default=True, callback=duration, help="Of driving.")
@click.option("--restart-broker", is_flag=True, help="Restart it after that, if it is its own.")
@click.option("--outage", default="5s", show_default=True, callback=duration, help="How long it is away.")
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--track-format", type=_FORMATS, default="compact", show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="For journals; default: a temporary one.")
@click.option("--no-witness", is_flag=True, help="Without a `sim platform` that listens.")
@json_option
@click.pass_context
def fleet(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """Drive trucks with real journals and uplinks: one JSON line when ready, figures at the end.

    Stops after --for or on SIGTERM; exit 1 when something was lost.
    """
    url, restarts = options["url"], options["restart_broker"]
    if url and restarts:
        raise click.UsageError("--restart-broker needs a broker of its own: leave --broker out")
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    with contextlib.ExitStack() as stack:
        folder = options["folder"] or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        broker = None
        if not url:
            broker = stack.enter_context(_own_broker(folder))
            url = broker.url
        made = _Run(url, broker if restarts else None, folder, done).figures(options)
    if as_json:
        print_json(made)
    else:
        _print(made)
    ctx.exit(FINE if _fine(made) else FINDINGS)


def _own_broker(folder: Path) -> "Broker":
    from drivers.sim.broker import MosquittoBroker

    return MosquittoBroker(settings=[*_STORED, f"persistence_location {folder}/"])


class _Run:
    """One run against the broker at `url`; `broker` is restarted in it, unless None."""

    def __init__(self, url: str, broker: "Broker | None", folder: Path, done: threading.Event) -> None:
        self._url, self._broker, self._folder, self._done = url, broker, folder, done

    def figures(self, options: dict[str, Any]) -> "Figures":
        from agent.platform.fleet.exercise import blow, exercise
        from agent.platform.fleet.fleet import Fleet
        from agent.platform.fleet.witness import Witness, told
        from drivers.clock import SystemClock

        vehicles, clock, broker = options["vehicles"], SystemClock(0), self._broker
        settings = {"track_format": options["track_format"]}
        with contextlib.ExitStack() as stack:
            witness = None if options["no_witness"] else stack.enter_context(Witness(self._url, self._folder))
            crews = stack.enter_context(
                Fleet(self._folder, self._url, vehicles, options["processes"], settings)
            )
            print_json({"broker": self._url, "vehicles": vehicles, "folder": str(self._folder)})

            def drive() -> object:
                return self._done.wait(options["seconds"])

            def storm() -> "Storm | None":
                away = options["outage"]
                if broker is None:
                    return None
                return blow(crews, vehicles, broker, clock, lambda: self._done.wait(away))

            made = exercise(crews, vehicles, clock, drive, storm)
            if witness:
                made.platform = told(witness.settled(made.fixes, threading.Event().wait))
        return made


def _fine(made: "Figures") -> bool:
    seen = made.platform
    lost = seen is not None and (seen["missing"] or seen["invalid"] or seen["fixes"] != made.fixes)
    return not (lost or made.undelivered or made.failures)


def _print(made: "Figures") -> None:
    at_most = f"{made.connect_peak_per_s}/s at most"
    click.echo(f"{made.vehicles} vehicles connected in {made.connect_s} s, {at_most}")
    rates = f"{made.messages_per_s} messages/s acknowledged, {made.fixes_per_s} fixes/s and as many live"
    cost = f"{made.cpu_s} s of CPU, {made.rss_mb} MB, {made.lag_s} s late at most"
    click.echo(f"{made.seconds} s: {rates}; {cost}")
    if made.storm:
        _print_storm(made.storm)
    sent = f"{made.messages} messages, {made.fixes} fixes"
    click.echo(f"{sent}, {made.undelivered} undelivered, {made.refused} refused")
    for failure in made.failures:
        click.echo(f"failed: {failure}")
    if made.platform:
        click.echo("platform: " + ", ".join(f"{k} {v}" for k, v in made.platform.items() if k != "delays"))
        for lane, found in made.platform["delays"].items():
            click.echo(f"delay {lane}: p50 {found['p50']} s, p95 {found['p95']} s, max {found['max']} s")


def _print_storm(storm: "Storm") -> None:
    back = f"back after {storm.first_s} to {storm.last_s} s (median {storm.median_s})"
    drained = f"drained {storm.drained_s} s after its return at {storm.drain_per_s} messages/s"
    click.echo(f"broker away {storm.outage_s} s: {back}, {storm.peak_per_s} connects/s at most; {drained}")
