"""`haulwatch journal export`: records as JSON lines or Parquet; the track as GeoJSON, GPX or CSV."""

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import click
import msgspec

from agent.cli.journal_file import since_option, survey_of, when, where
from agent.cli.output import json_option, print_json

if TYPE_CHECKING:
    from buffer.records import Record
    from buffer.survey import Survey

_FIX = ("lat", "lon", "alt", "speed", "course", "mode", "satellites", "hdop")
_COLUMNS = ("time", "stream", "seq", "type", "subject", "severity", *_FIX, "data")
_PAUSE_NS = 60_000_000_000  # a line of the track ends where nothing came for so long
Placed = tuple[str | None, "Record", dict[str, Any]]


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "geojson", "gpx", "csv", "parquet"]),
    default="jsonl",
    show_default=True,
)
@since_option
@click.option("--stream", help="Only this stream, for example event; the track in geojson and gpx.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder of parquet's partitions.")
@click.option("--vehicle", help="FLEET/VEHICLE whose journal it is, for parquet's partitions.")
@where
@json_option
def export(form: str, since: int, stream: str | None, as_json: bool, **given: Any) -> None:
    """Print what is held, in the order in which it was written: one JSON object a line, or one document.

    geojson: fixes as points, WGS-84. gpx: a track whose segments end at pauses of a minute and at each boot.
    csv: fixes in columns, everything else in `data`. A record whose time is not known is never left out by
    --since; one that fails its checksum is in jsonl alone.

    parquet writes into the folder --out, by fleet and date; again and again without doubling anything. It
    needs the extra haulwatch[analysis]: copy the journal to a laptop or a server. docs/export.md
    """
    path, config = given["path"], given["config"]
    if form == "parquet":
        from agent.cli.journal_parquet import Order, export_parquet

        export_parquet(Order(stream, since, **given), as_json=as_json)
        return
    if form in ("geojson", "gpx"):
        stream = "track"
    with survey_of(path, config) as survey:
        chosen = _since(survey, stream, since)
        if form == "jsonl":
            for record in chosen:
                print_json({"time": when(survey, record)} | survey.plain(record))
            return
        placed = ((when(survey, r), r, _data(r)) for r in chosen if r.intact())
        for text in {"geojson": _geojson, "gpx": _gpx, "csv": _csv}[form](placed):
            sys.stdout.write(text)


def _since(survey: "Survey", stream: str | None, since: int) -> "Iterator[Record]":
    for _, record in survey.after(0, stream):
        utc_ns = survey.utc_ns(record)
        if utc_ns is None or utc_ns >= since:
            yield record


def _data(record: "Record") -> dict[str, Any]:
    try:
        return msgspec.json.decode(record.payload, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _geojson(placed: Iterator[Placed]) -> Iterator[str]:
    """RFC 7946."""
    yield '{"type":"FeatureCollection","features":['
    comma = ""
    for time, record, fix in placed:
        if fix.get("lat") is None or fix.get("lon") is None:
            continue
        place = [fix["lon"], fix["lat"], *([] if fix.get("alt") is None else [fix["alt"]])]
        rest = {name: fix.get(name) for name in _FIX if name not in ("lat", "lon", "alt")}
        feature = {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": place},
            "properties": {"time": fix.get("utc") or time, "seq": record.seq} | rest,
        }
        yield comma + "\n" + msgspec.json.encode(feature).decode()
        comma = ","
    yield "\n]}\n"


def _gpx(placed: Iterator[Placed]) -> Iterator[str]:
    """GPX 1.1 (topografix.com); its `fix` has no word for an unknown mode."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<gpx version="1.1" creator="haulwatch" xmlns="http://www.topografix.com/GPX/1/1">\n<trk>\n<trkseg>\n'
    before: Record | None = None
    for time, record, fix in placed:
        if fix.get("lat") is None or fix.get("lon") is None:
            continue
        if before and (before.boot != record.boot or record.mono_ns - before.mono_ns > _PAUSE_NS):
            yield "</trkseg>\n<trkseg>\n"
        before = record
        yield f'<trkpt lat="{fix["lat"]}" lon="{fix["lon"]}">{_elements(time, fix)}</trkpt>\n'
    yield "</trkseg>\n</trk>\n</gpx>\n"


def _elements(time: str | None, fix: dict[str, Any]) -> str:
    """The parts of a point, in the order that the schema wants."""
    parts = {
        "ele": fix.get("alt"),
        "time": fix.get("utc") or time,
        "fix": fix.get("mode"),
        "sat": fix.get("satellites"),
        "hdop": fix.get("hdop"),
    }
    return "".join(f"<{name}>{escape(str(v))}</{name}>" for name, v in parts.items() if v is not None)


def _csv(placed: Iterator[Placed]) -> Iterator[str]:
    """RFC 4180 with a line of names."""
    buffer = io.StringIO()
    lines = csv.writer(buffer)
    lines.writerow(_COLUMNS)
    for time, record, data in placed:
        known = {name: data.pop(name, None) for name in ("severity", *_FIX)}
        rest = msgspec.json.encode(data).decode() if data else None
        row = known | {"time": time, "stream": record.stream, "seq": record.seq, "data": rest}
        row |= {"type": record.type, "subject": record.subject}
        lines.writerow([row[name] for name in _COLUMNS])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
