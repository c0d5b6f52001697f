"""`haulwatch gnss`: receivers and recordings of them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from agent.cli.output import json_option, print_json
from drivers.errors import DeviceMissing
from drivers.readings import Fix


@click.group()
def gnss() -> None:
    """Receivers: decode recordings, watch live, list ports."""


@gnss.command()
@click.argument("file", default="-")
@json_option
def decode(file: str, as_json: bool) -> None:  # noqa: ARG001 - its output is JSON either way
    """Print one JSON object per epoch of FILE (or of standard input)."""
    from drivers.gnss.decode import Decoder

    decoder = Decoder()
    for chunk in _chunks(file):
        for fix in decoder.feed(chunk):
            print_json(row(fix))
    for fix in decoder.flush():
        print_json(row(fix))


def row(fix: Fix) -> dict[str, Any]:
    """The published fields of a fix: ISO 8601 UTC, degrees, m, m/s; unknown is null."""
    names = ("lat", "lon", "alt", "speed", "course")
    time = fix.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z") if fix.utc else None
    rounded = {
        n: None if (v := getattr(fix, n)) is None else round(v, 9 if n in ("lat", "lon") else 4)
        for n in names
    }
    return {"time": time, **rounded, "mode": fix.mode, "satellites": fix.satellites, "hdop": fix.hdop}


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
