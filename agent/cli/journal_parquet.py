"""`haulwatch journal export --format parquet`: into partitions by fleet and date. docs/export.md."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from agent.cli.journal_file import survey_of
from agent.cli.output import print_json
from agent.errors import AnalysisError

if TYPE_CHECKING:
    from agent.analysis.exported import Export
    from buffer.survey import Survey


class Order(msgspec.Struct, frozen=True):
    """What the command line said."""

    stream: str | None
    since: int
    out: Path | None
    vehicle: str | None
    path: Path | None
    config: Path


def export_parquet(order: Order, *, as_json: bool) -> None:
    """Write the partitions, and say what came of it; raises AnalysisError."""
    from agent.analysis.exported import STREAMS, Wanted, export

    if order.out is None:
        raise click.UsageError("--format parquet needs --out FOLDER")
    if order.stream not in (None, *STREAMS):
        raise click.UsageError(f"there is no stream {order.stream!r}; there are {', '.join(STREAMS)}")
    with survey_of(order.path, order.config) as survey:
        fleet, vehicle = _whose(order, survey)
        done = export(survey, Wanted(order.out, fleet, vehicle, order.stream, order.since))
    if as_json:
        print_json({"out": str(order.out), "fleet": fleet, "vehicle": vehicle} | msgspec.to_builtins(done))
    else:
        _print(order.out, f"{fleet}/{vehicle}", done)


def _whose(order: Order, survey: "Survey") -> tuple[str, str]:
    """As the user says, else as the journal's signed heads say, else as the unit's configuration says."""
    from agent.analysis.exported import vehicle_of

    said = order.vehicle or vehicle_of(survey)
    if said is None and order.path is None:
        from agent.config_file import load_config

        unit = load_config(order.config).unit
        said = f"{unit.fleet}/{unit.vehicle}"
    fleet, _, vehicle = (said or "").partition("/")
    if order.vehicle and not (fleet and vehicle and "/" not in vehicle):
        raise click.UsageError("--vehicle is FLEET/VEHICLE")
    if not (fleet and vehicle):
        raise AnalysisError(
            "does not say whose it is", where=str(order.path), remedy="name it with --vehicle FLEET/VEHICLE"
        )
    return fleet, vehicle


def _print(out: Path, whose: str, done: "Export") -> None:
    for table, found in done.tables.items():
        files = f"{found.written} files written, {found.unchanged} unchanged"
        files += f", {found.removed} removed" if found.removed else ""
        click.echo(f"{out / table}: {found.rows} rows of {whose}, {files}")
    for count, what in (
        (done.undated, "without a known time, in the partition of no date"),
        (done.damaged, "left out: they fail their checksum"),
        (done.unread, "left out: not understood"),
    ):
        if count:
            click.echo(f"{count} records {what}", err=True)
