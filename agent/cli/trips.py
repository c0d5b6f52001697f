"""`haulwatch trips`: trips as the journal holds them, each by its newest version; it is only read."""

import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from agent.cli.events import content
from agent.cli.journal_file import survey_of, when
from agent.cli.output import FINDINGS, config_option, json_option, print_json
from agent.errors import AgentError

if TYPE_CHECKING:
    from buffer.records import Record
    from buffer.survey import Survey

path_type = click.Path(path_type=Path)
journal_option = click.option("--journal", type=path_type, help="The journal's file.")


class Found(msgspec.Struct):
    """A trip's records, oldest first, and what the newest says."""

    id: str
    records: list[Any]
    data: dict[str, Any]
    state: str


@click.group()
def trips() -> None:
    """Trips: list and show them."""


@trips.command("list")
@click.option("--day", callback=lambda _c, _p, v: _day(v), help="Only trips of this local day, YYYY-MM-DD.")
@journal_option
@config_option
@json_option
def list_trips(day: date | None, journal: Path | None, config: Path, as_json: bool) -> None:
    """List trips, oldest first; exit code 1 when a suspicious one is among them.

    A day is one of this machine's local time; a trip whose time is not known is never left out.
    """
    grave = False
    with survey_of(journal, config) as survey:
        for trip in _trips(survey):
            if day is not None and not _on(trip, day):
                continue
            grave = grave or trip.data.get("verdict") == "suspicious"
            if as_json:
                print_json({"id": trip.id, "state": trip.state, "data": trip.data})
            else:
                click.echo(_line(trip))
    if grave:
        sys.exit(FINDINGS)


@trips.command()
@click.argument("identity", metavar="ID")
@journal_option
@config_option
@json_option
def show(identity: str, journal: Path | None, config: Path, as_json: bool) -> None:
    """Show one trip with all its versions; ID as in `list`."""
    from agent.rules.explain import explain as reasons

    with survey_of(journal, config) as survey:
        found = survey.about(identity, "trip")
        if not found:
            raise AgentError("there is no such trip", where=identity, remedy="see `haulwatch trips list`")
        versions: list[dict[str, Any]] = [
            {
                "id": survey.identity(record),
                "time": when(survey, record),
                "type": record.type,
                "why": reasons(record.type, record.subject, content(record), record.mono_ns // 1000),
                "data": content(record),
            }
            for record in found
        ]
    if as_json:
        print_json({"id": identity, "versions": versions})
        return
    for version in versions:
        click.echo(f"{version['id']}  {version['time'] or 'time unknown'}")
        for line in version["why"]:
            click.echo(f"    {line}")


def _trips(survey: "Survey") -> Iterator[Found]:
    known: dict[str, Found] = {}
    for record in survey.stream("trip"):
        data = content(record)
        trip = known.setdefault(record.subject, Found(record.subject, [], data, ""))
        trip.records.append(record)
        if not data.get("damaged"):
            trip.data, trip.state = data, _state(record)
    yield from known.values()


def _state(record: "Record") -> str:
    return "ended" if record.type == "trip.ended" else "hauling"


def _line(trip: Found) -> str:
    if trip.data.get("damaged"):
        return f"{trip.id}  DAMAGED"
    data = trip.data
    ends = [data["loaded"][0], data["emptied"]]
    way = " → ".join("…" if turn is None else _where(turn) for turn in ends)
    verdict = data["verdict"] or ("going on" if trip.state == "hauling" else "no verdict")
    reasons = ", ".join(data["reasons"] or data["unchecked"])
    times = " … ".join(_time(turn) for turn in ends)
    tail = f" ({reasons})" if reasons else ""
    return f"{trip.id}  v{data['version']}  {times}  {way}  {data['hauled']['distance_m']} m  {verdict}{tail}"


def _where(turn: dict[str, Any]) -> str:
    return str(turn["site"]["id"] if turn["site"] else turn["how"])


def _time(turn: dict[str, Any] | None) -> str:
    at = None if turn is None else turn["at"]
    return "?" if at is None else str(at["utc"] or f"+{at['at_us'] / 1e6:.0f} s")


def _on(trip: Found, day: date) -> bool:
    """Whether a trip touches a day; one of unknown time may."""
    if trip.data.get("damaged"):
        return True
    ends = [trip.data["loaded"][0], trip.data["emptied"]]
    known = [turn["at"]["utc"] for turn in ends if turn is not None and turn["at"] and turn["at"]["utc"]]
    days = sorted(datetime.fromisoformat(utc).astimezone().date() for utc in known)
    return not days or days[0] <= day <= days[-1]


def _day(value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError as e:
        raise click.BadParameter(f"{value!r} is no day") from e
