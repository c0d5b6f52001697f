"""`haulwatch gnss`: receivers and recordings of them."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from agent.cli.gnss_configure import configure
from agent.cli.gnss_detect import detect
from agent.cli.gnss_record import record
from agent.cli.gnss_row import full_row, row
from agent.cli.gnss_watch import watch
from agent.cli.output import json_option, print_json
from drivers.errors import DeviceMissing


@click.group(commands=[configure, detect, record, watch])
def gnss() -> None:
    """Receivers: find, configure, watch and record them, decode recordings."""


@gnss.command()
@click.argument("file", default="-")
@click.option(
    "--not-before",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Move earlier dates by whole periods of 1024 weeks; without it dates stay as recorded.",
)
@click.option(
    "--weeks", type=int, default=0, help="Whole weeks to add to every date, as a profile's quirk says."
)
@click.option("--all", "full", is_flag=True, help="All that is known of an epoch, not only the usual fields.")
@json_option
def decode(
    file: str,
    not_before: datetime | None,
    weeks: int,
    full: bool,
    as_json: bool,  # noqa: ARG001 - JSON either way
) -> None:
    """Print one JSON object per epoch of FILE (or of standard input)."""
    from drivers.gnss.decode import Decoder

    written = full_row if full else row
    decoder = Decoder(not_before=not_before and not_before.replace(tzinfo=UTC), weeks=weeks)
    for chunk in _chunks(file):
        for fix in decoder.feed(chunk):
            print_json(written(fix))
    for fix in decoder.flush():
        print_json(written(fix))
    if not decoder.sentences:
        click.echo(f"haulwatch: {file}: no NMEA sentence in it", err=True)


@gnss.command()
@json_option
def ports(as_json: bool) -> None:
    """List the serial ports, their stable names, and who holds them."""
    from drivers.gnss.source.ports import serial_ports

    found = serial_ports()
    for port in found:
        if as_json:
            print_json(port)
            continue
        held = f"held by {', '.join(port.held_by)}" if port.held_by else "free"
        click.echo("  ".join(filter(None, [port.by_id or port.device, port.description, port.usb, held])))
    if not found and not as_json:
        click.echo("no serial port found")


def _chunks(file: str) -> Iterator[bytes]:
    if file == "-":
        yield from _read(sys.stdin.buffer)
        return
    try:
        with Path(file).open("rb") as recording:
            yield from _read(recording)
    except OSError as e:
        raise DeviceMissing(
            f"cannot be read ({e.strerror})", where=file, remedy="name a recording, or - for standard input"
        ) from e


def _read(stream: BinaryIO) -> Iterator[bytes]:
    """What is there, without waiting for more."""
    read = getattr(stream, "read1", stream.read)
    while chunk := read(4096):
        yield chunk
