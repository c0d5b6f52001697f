"""`haulwatch events`: what happened, and why it was written; from the journal alone, which it only reads."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.event_id import find, identity
from agent.cli.events_dispute import dispute
from agent.cli.journal_file import since_option, survey_of, when, where
from agent.cli.output import json_option, print_json

if TYPE_CHECKING:
    from buffer.records import Record
    from buffer.survey import Survey

_SEVERITIES = ("info", "notice", "violation", "critical")
_SHORT = ("switch", "on", "kind", "from", "to", "reason", "confidence", "damaged")  # of an event, on its line
_TELLING = ("event", "media")  # a start, its end and their pictures share a subject


@click.group(commands=[dispute])
def events() -> None:
    """What happened: list, show, explain and dispute events."""


@events.command("list")
@since_option
@click.option(
    "--type", "kind", help="Only events of this type, or that begin so, for example uncovered_load."
)
@click.option("--severity", type=click.Choice(_SEVERITIES), help="Only events at least so grave.")
@where
@json_option
def list_events(
    since: int, kind: str | None, severity: str | None, path: Path | None, config: Path, as_json: bool
) -> None:
    """List events, oldest first.

    An event whose time is not known is never left out by --since.
    """
    least = _SEVERITIES.index(severity) if severity else 0
    with survey_of(path, config) as survey:
        for record in survey.stream("event"):
            utc_ns = survey.utc_ns(record)
            if utc_ns is not None and utc_ns < since:
                continue
            if kind and record.type != kind and not record.type.startswith(f"{kind}."):
                continue
            data = content(record)
            if _SEVERITIES.index(data.get("severity", "info")) >= least:
                _show_line(survey, record, data, as_json)


@events.command()
@identity
@where
@json_option
def show(identity: str, path: Path | None, config: Path, as_json: bool) -> None:
    """Show one event with all that it carries; ID as in `list`: its number, or generation/stream/number."""
    import json

    with survey_of(path, config) as survey:
        record = find(survey, identity)
        found = {"time": when(survey, record)} | survey.plain(record)
    if as_json:
        print_json(found)
        return
    payload = found.pop("payload")
    for name, value in found.items():
        click.echo(f"{name:9} {value}")
    shown = "DAMAGED" if payload is None else json.dumps(json.loads(bytes(payload)), indent=2)
    click.echo(shown)


@events.command()
@identity
@where
@json_option
def explain(identity: str, path: Path | None, config: Path, as_json: bool) -> None:
    """Say in plain words why an event was written, and what became of it."""
    from agent.rules.explain import explain as reasons

    with survey_of(path, config) as survey:
        record = find(survey, identity)
        data = content(record)
        lines = reasons(record.type, record.subject, data, record.mono_ns // 1000)
        head = {"id": survey.identity(record), "time": when(survey, record), "type": record.type}
        others = [
            {"id": survey.identity(r), "time": when(survey, r), "type": r.type, "stream": r.stream}
            for r in survey.about(record.subject, *_TELLING)
            if r != record
        ]
    if as_json:
        print_json(head | {"subject": record.subject, "why": lines, "related": others, "data": data})
        return
    click.echo(f"{head['id']}  {head['time'] or 'time unknown'}")
    for line in lines:
        click.echo(line)
    for other in others:
        click.echo(f"see also {other['id']}  {other['time'] or 'time unknown'}  {other['type']}")


def content(record: "Record") -> dict[str, Any]:
    """What a record says; a damaged one says nothing but that."""
    import msgspec

    if not record.intact():
        return {"damaged": True}
    data: dict[str, Any] = msgspec.json.decode(record.payload, type=dict[str, Any])
    return data


def _show_line(survey: "Survey", record: "Record", data: dict[str, Any], as_json: bool) -> None:
    head = {
        "id": survey.identity(record),
        "time": when(survey, record),
        "type": record.type,
        "severity": data.get("severity", "info"),
        "subject": record.subject,
    }
    if as_json:
        print_json(head | {"data": data})
        return
    time = head["time"] or f"+{record.mono_ns / 1e9:.3f} s"
    short = {k: data[k] for k in _SHORT if k in data} | _zone(data)
    details = ", ".join(f"{k} {_said(v)}" for k, v in short.items())
    click.echo(f"{record.seq:6}  {time}  {head['severity']:9}  {record.type}  {details}")


def _said(value: object) -> object:
    return ("no", "yes")[value] if isinstance(value, bool) else value


def _zone(data: dict[str, Any]) -> dict[str, str]:
    """The zone that an event is about or lies in."""
    zone = data.get("zone")
    return {"zone": zone["id"]} if isinstance(zone, dict) and zone.get("id") else {}
