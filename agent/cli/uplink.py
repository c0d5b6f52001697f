"""`haulwatch uplink`: try the link to a platform."""

from pathlib import Path

import click

from agent.cli.output import MISSING, config_option, json_option, print_json


@click.group()
def uplink() -> None:
    """The links to the platforms."""


@uplink.command()
@click.option("--sink", "name", help="Only this one; all that are configured without it.")
@config_option
@json_option
def test(name: str | None, config: Path, as_json: bool) -> None:
    """Connect to each platform, publish, and wait for it to come back; exit code 3 when one fails.

    It goes beside the running daemon: under a client id of its own, to the topic `test` below the state's.
    """
    from agent.config_file import load_config
    from agent.errors import PlatformMissing
    from agent.uplink.trial import Trial
    from drivers.clock import SystemClock

    known = load_config(config)
    sinks = [sink for sink in known.sinks if name in (None, sink.name)]
    if not sinks:
        where = name or str(config)
        raise PlatformMissing("no such sink", where=where, remedy="see [[sinks]] in the configuration")
    clock = SystemClock(round(known.clock.not_before.timestamp()) * 1_000_000_000)
    failed = False
    for sink in sinks:
        for found in Trial(sink, known.unit, clock).run():
            failed = failed or not found.ok
            if as_json:
                line = {"sink": sink.name, "step": found.name, "ok": found.ok}
                print_json(line | {"what": found.what, "ms": found.ms})
                continue
            took = "" if found.ms is None else f"  {found.ms:.0f} ms"
            click.echo(f"{sink.name}  {'ok  ' if found.ok else 'FAIL'}  {found.name}: {found.what}{took}")
    if failed:
        raise SystemExit(MISSING)
