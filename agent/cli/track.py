"""`haulwatch track`: JSON lines of fixes to one compact batch, and back. docs/track-format.md."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.output import json_option, print_json
from agent.cli.track_rows import fix_of, full_row, head_row, row
from agent.errors import TrackError

if TYPE_CHECKING:
    from agent.uplink.track.fix import Origin, TrackFix

_NOBODY = "0" * 16


@click.group()
def track() -> None:
    """Compact track batches: make one of JSON lines, and read one."""


@track.command()
@click.argument("file", default="-")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to; standard output without it.")
@json_option
def encode(file: str, output: Path | None, as_json: bool) -> None:
    """Make one compact batch of the JSON lines of FILE (or of standard input), as gnss decode prints them.

    What track decode --all prints (seq, quality, accuracy, inferred, unfit…) is taken too. Seqs are counted
    from 1 where there are none.
    """
    from agent.uplink.track.batch import encode as encoded

    if output is None and sys.stdout.isatty():
        raise click.UsageError("a batch is binary: give -o FILE, or redirect the output")
    fixes = [
        fix_of(line, place, file) for place, line in enumerate(_read(file).splitlines(), 1) if line.strip()
    ]
    try:
        batch = encoded(_origin(fixes), fixes)
    except (ValueError, OverflowError) as e:
        raise TrackError(str(e), where=_named(file), remedy="give JSON lines of fixes, one per epoch") from e
    if output is None:
        sys.stdout.buffer.write(batch)
        return
    try:
        output.write_bytes(batch)
    except OSError as e:
        raise TrackError(
            f"cannot be written ({e.strerror})", where=str(output), remedy="name another file"
        ) from e
    if as_json:
        print_json(
            {"fixes": len(fixes), "bytes": len(batch), "bytes_per_fix": round(len(batch) / len(fixes), 2)}
        )
    else:
        click.echo(f"{len(fixes)} fixes, {len(batch)} bytes, {len(batch) / len(fixes):.2f} per fix")


@track.command()
@click.argument("file", default="-")
@click.option("--all", "full", is_flag=True, help="All that a fix carries, not only the usual fields.")
@click.option("--head", is_flag=True, help="Only whose the fixes are and when, as one JSON object.")
@json_option
def decode(file: str, full: bool, head: bool, as_json: bool) -> None:  # noqa: ARG001 - JSON either way
    """Print one JSON object per fix of the compact batch FILE (or of standard input)."""
    from agent.uplink.track.batch import decode as decoded
    from agent.uplink.track.batch import span
    from agent.uplink.track.errors import TrackFormatError

    try:
        content = _read(file)
        origin, fixes = decoded(content)
    except TrackFormatError as e:
        raise TrackError(str(e), where=_named(file), remedy="give the payload of one track message") from e
    if head:
        print_json(head_row(origin, fixes, span(content)[0]))
        return
    written = full_row if full else row
    for fix in fixes:
        print_json(written(fix))


def _origin(fixes: "list[TrackFix]") -> "Origin":
    from agent.uplink.track.fix import Origin

    utc_ms = next((fix.utc_ms for fix in fixes if fix.utc_ms is not None), None)
    mono_ms = fixes[0].mono_ms if fixes else 0
    return Origin(_NOBODY, _NOBODY, mono_ms, utc_ms, "unsynced" if utc_ms is None else "gnss")


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as e:
        raise TrackError(
            f"cannot be read ({e.strerror})", where=file, remedy="name a file, or - for standard input"
        ) from e


def _named(file: str) -> str:
    return "standard input" if file == "-" else file
