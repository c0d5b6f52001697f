"""`haulwatch gnss record`: the raw bytes of a receiver, for a profile's recording or a fault report."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from agent.cli.fresh_file import FreshFile
from agent.cli.gnss_line import source_options, stop_on_signals
from agent.cli.output import json_option, print_json
from drivers.errors import DeviceMissing

if TYPE_CHECKING:
    from drivers.gnss.capture import Limit
    from drivers.gnss.receiver import ReceiverSetup


@click.command()
@source_options
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop after so long.")
@click.option("--bytes", "size", type=click.IntRange(1), help="Stop after so many bytes.")
@click.option("--module", default="", help="What is written on the module, for the header.")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def record(
    setup: "ReceiverSetup", seconds: float | None, size: int | None, module: str, file: Path, as_json: bool
) -> None:
    """Record what a receiver sends into FILE, and into FILE.hdr when, from where and by whom.

    Stops at the limit, on SIGTERM or SIGINT, and when the receiver is lost. Nothing is ever overwritten.
    """
    from drivers.gnss.capture import Limit

    header = file.with_name(f"{file.name}.hdr")
    try:
        with FreshFile(header) as head, FreshFile(file) as body:
            facts = {"module": module, **_record(setup, body, Limit(seconds, size))}
            head.write("".join(f"{key} = {_toml(value)}\n" for key, value in facts.items()).encode())
    except FileExistsError as e:
        raise click.BadParameter(f"{e.filename} is there already; name another file") from e
    except OSError as e:
        raise DeviceMissing(
            f"cannot be written ({e.strerror})", where=str(file), remedy="name another file"
        ) from e
    if as_json:
        print_json({"file": str(file), "header": str(header), **facts})
        return
    click.echo(f"{file}: {facts['bytes']} bytes in {facts['seconds']:g} s, {facts['sentences']} sentences")
    if facts["ended"]:
        click.echo(f"{setup.source}: {facts['ended']}", err=True)
    if not facts["sentences"]:
        click.echo("no valid sentence among them; see `haulwatch gnss detect`", err=True)


def _record(setup: "ReceiverSetup", body: BinaryIO, limit: "Limit") -> dict[str, Any]:
    """Capture, and the facts for the header."""
    from drivers.clock import SystemClock
    from drivers.errors import DeviceLost, SourceEnded
    from drivers.gnss.capture import Capture
    from drivers.gnss.source.address import parse_source
    from drivers.gnss.source.connection import connect

    stop, clock, ended = stop_on_signals(), SystemClock(0), ""
    begun, capture = clock.stamp(), Capture(clock)
    with connect(parse_source(setup.source), setup.baud, clock) as line:
        try:
            capture.run(line, body, limit, stop)
        except (DeviceLost, SourceEnded) as e:
            ended = e.what
    heard = capture.heard
    return {
        "begun": _iso(begun.utc_ns) if begun.utc_ns else "",
        "clock": begun.origin,
        "source": setup.source,
        "baud": setup.baud,
        "profile": setup.profile_name,
        "seconds": capture.seconds,
        "bytes": heard.size,
        "sentences": heard.sentences,
        "ended": ended,
        "kinds": dict(sorted(heard.ids.items())),
        "said": heard.notices[:20],
    }


def _iso(utc_ns: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(utc_ns / 1e9, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _toml(value: Any) -> str:
    """A value as TOML: what these are made of is written as in JSON, but for tables."""
    import json

    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {n}" for key, n in value.items()) + " }" if value else "{}"
    return json.dumps(value, ensure_ascii=False)
