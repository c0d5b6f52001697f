"""`haulwatch analyse`: where loaded trucks stop and unload, over many vehicles' exports. docs/export.md."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from agent.cli.output import json_option, print_json
from agent.errors import AnalysisError

if TYPE_CHECKING:
    from agent.analysis.engine import Engine, Sources
    from agent.analysis.hot_spots import HotSpots, Span, Thresholds
    from agent.rule_layers import Zone

_SHOWN = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moment_type = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M"])


class Question(msgspec.Struct, frozen=True):
    """What the command line said, but for where from, where to and the thresholds."""

    engine: str
    spark_master: str
    zones: Path | None
    time_zone: str
    since: datetime | None
    until: datetime | None


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("hot-spots"),
    show_default=True,
    help="For the results.",
)
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True)
@click.option("--spark-master", default="local[*]", show_default=True, help="Spark's master.")
@click.option("--zones", type=click.Path(path_type=Path), help="A file of zones: they say what is a site.")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help="Whose hours of the day.")
@click.option("--since", type=moment_type, help="Episodes from this moment on; UTC unless it says otherwise.")
@click.option("--until", type=moment_type, help="Episodes before this moment.")
@click.option("--resolution", type=click.IntRange(4, 12), default=9, show_default=True, help="Of H3.")
@click.option(
    "--stop-s", type=click.FloatRange(1), default=180.0, show_default=True, help="A stop lasts so long."
)
@click.option("--stop-mps", type=click.FloatRange(0), default=0.8, show_default=True, help="And is so slow.")
@click.option(
    "--load-memory-s",
    type=click.FloatRange(0),
    default=600.0,
    show_default=True,
    help="A load unseen for longer is unknown.",
)
@json_option
def analyse(folders: tuple[Path, ...], out: Path, as_json: bool, **given: Any) -> None:
    """Find where trucks stop with a load and where they unload, over exports in FOLDERS.

    FOLDERS are made by `haulwatch journal export --format parquet`. Writes cells.geojson, map.svg and
    episodes.parquet into --out. Needs the extra haulwatch[analysis].
    """
    from agent.analysis.engine import Sources, folders_of
    from agent.analysis.hot_spots import Thresholds

    names = ("stop_mps", "stop_s", "load_memory_s", "resolution")
    how = Thresholds(**{name: given.pop(name) for name in names})
    question = Question(**given)
    sources = Sources(folders_of(folders), *_days(question))
    engine = _engine(question, sources)
    try:
        found, count = _answer(engine, question, how, out)
    finally:
        engine.close()
    if as_json:
        heaviest = [cell for cell in found.cells if cell.rank <= _SHOWN]
        head = {"out": str(out), "engine": question.engine, "episodes": count, "cells": len(found.cells)}
        print_json(head | {"read": found.read, "heaviest": heaviest})
    else:
        _print(found, out)


def _engine(question: Question, sources: "Sources") -> "Engine":
    if question.engine == "spark":
        from agent.analysis.spark import Spark

        return Spark(sources, question.spark_master)
    from agent.analysis.duck import Duck

    return Duck(sources)


def _answer(engine: "Engine", question: Question, how: "Thresholds", out: Path) -> "tuple[HotSpots, int]":
    from agent.analysis.documents import episodes, geojson
    from agent.analysis.hot_spots import find
    from agent.analysis.picture import picture
    from agent.analysis.places import functions

    zones = _zones(question.zones)
    for name, function in functions(how.resolution, zones or ()).items():
        engine.define(name, function)
    try:
        found = find(engine, how, zones, question.time_zone, _span(question))
    except ValueError as e:
        raise click.BadParameter(str(e), param_hint="--time-zone") from e
    _write(out, "cells.geojson", geojson(found))
    _write(out, "episodes.parquet", episodes(engine))
    _write(out, "map.svg", picture(engine, found, zones or ()).encode())
    return found, sum(cell.count for cell in found.cells)


def _zones(file: Path | None) -> "tuple[Zone, ...] | None":
    if file is None:
        return None
    from agent.zones_file import load_zones

    return load_zones(file)


def _write(out: Path, name: str, content: bytes) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    except OSError as e:
        raise AnalysisError(
            f"cannot be written ({e.strerror})", where=str(out / name), remedy="name another --out"
        ) from e


def _days(question: Question) -> tuple[date | None, date | None]:
    """The partitions to read: a day more on both sides, for what began before and for what is still on."""
    since, until = _utc(question.since), _utc(question.until)
    first = None if since is None else since.date() - timedelta(days=1)
    return first, None if until is None else until.date() + timedelta(days=1)


def _span(question: Question) -> "Span":
    from agent.analysis.hot_spots import Span

    return Span(_utc(question.since), _utc(question.until))


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _print(found: "HotSpots", out: Path) -> None:
    from agent.analysis.picture import TITLES

    read = found.read
    click.echo(f"{read.fixes} fixes of {read.vehicles} vehicles, {read.left_out} left aside")
    for kind, (title, unit) in TITLES.items():
        cells = found.of(kind)
        if not cells and kind.startswith("suspicious"):
            continue
        count, outside = sum(c.count for c in cells), sum(c.outside for c in cells)
        click.echo(f"{title}: {count} in {len(cells)} cells, {outside} outside; heaviest by {unit}:")
        for cell in [cell for cell in cells if cell.weight > 0][:_SHOWN]:
            busiest = max(range(24), key=lambda hour: cell.hours[hour])
            dwell = "" if cell.dwell_median_s is None else f", median {cell.dwell_median_s:g} s"
            click.echo(
                f"  {cell.rank}. {cell.cell}  {cell.weight:g}; {cell.count} by {cell.vehicles} vehicles"
                f"{dwell}, most at {busiest:02d} h, {cell.outside_share:.0%} outside"
            )
    click.echo(f"{out}: cells.geojson, map.svg, episodes.parquet")
