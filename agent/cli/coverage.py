"""`haulwatch coverage show`: what was observed on a day, and why not, from the journal alone."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from agent.cli.journal_file import survey_of
from agent.cli.output import FINDINGS, FINE, config_option, json_option, print_json

if TYPE_CHECKING:
    from agent.cli.coverage_day import Day
    from agent.ledger.timeline import Ledger
    from buffer.survey import Survey

_FILE = click.Path(path_type=Path)
_OF_THE_LEDGER = ("coverage", "life")
_NEWEST = 50  # records among which the newest moment of the running boot is
_US = 1_000_000


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError as e:
        raise click.BadParameter(f"{value!r} is no day: write YYYY-MM-DD", ctx, param) from e


def _zone(ctx: click.Context, param: click.Parameter, value: str | None) -> ZoneInfo | None:
    from agent.shifts import named_zone

    try:
        return None if value is None else named_zone(value)
    except ValueError as e:
        raise click.BadParameter(str(e), ctx, param) from e


@click.group()
def coverage() -> None:
    """What was observed, and why not: show."""


@coverage.command()
@click.option("--day", callback=_day, help="A local day, YYYY-MM-DD; the newest unless given.")
@click.option("--zone", callback=_zone, help="Its time zone; that of the configured duty.")
@click.option("--journal", "--path", "path", type=_FILE, help="The journal's file.")
@config_option
@json_option
@click.pass_context
def show(
    ctx: click.Context, /, day: date | None, zone: ZoneInfo | None, path: Path | None, config: Path, *,
    as_json: bool,
) -> None:  # fmt: skip
    """Show a day: a bar per source, and how long each cause lasted. Exit 1 when something does not add up."""
    from agent.cli.coverage_day import day_of

    with survey_of(path, config) as survey:
        found = ledger_of(survey)
    shown = day_of(found, day, zone or _configured(config))
    if as_json:
        print_json(plain(shown))
    else:
        from rich.console import Console

        from agent.cli.coverage_bar import lines

        console = Console(highlight=False)
        for line in lines(shown):
            console.print(line, soft_wrap=True)
    ctx.exit(FINE if shown.fine else FINDINGS)


def ledger_of(survey: "Survey") -> "Ledger":
    """The whole ledger of a journal; damaged records count as none."""
    import msgspec

    from agent.ledger.account import Told
    from agent.ledger.timeline import Moment, ledger

    moments = []
    for _, record in survey.chained():
        if record.stream not in _OF_THE_LEDGER or not record.intact():
            continue
        utc_ns = survey.utc_ns(record)
        data = msgspec.json.decode(record.payload, type=dict[str, Any])
        offset = None if utc_ns is None else (utc_ns - record.mono_ns) // 1000
        moments.append(Moment(Told(record.type, record.boot, record.mono_ns // 1000, data), offset))
    newest: dict[str, int] = {}
    for _, record in survey.newest(_NEWEST, None):
        newest[record.boot] = max(newest.get(record.boot, 0), record.mono_ns // 1000)
    return ledger(moments, newest)


def plain(day: "Day") -> dict[str, Any]:
    """A day as JSON: spans in UTC, sums by cause in seconds."""
    from agent.cli.coverage_day import rfc3339_us

    def span(s: Any) -> dict[str, Any]:
        return {
            "from": rfc3339_us(s.since_us), "to": rfc3339_us(s.until_us),
            "state": s.cause.state, "why": s.cause.why,
        }  # fmt: skip

    return {
        "day": day.date.isoformat(),
        "zone": str(day.zone),
        "seconds": day.seconds,
        "adds_up": day.fine,
        "findings": day.findings,
        "sources": {
            name: {
                "causes": [{"state": c.state, "why": c.why, "seconds": us / _US} for c, us in causes.items()],
                "spans": [span(s) for s in day.spans[name]],
            }
            for name, causes in day.causes.items()
        },
        "ends": [{"at": rfc3339_us(end.at_us), "clean": end.clean, "place": end.place} for end in day.ends],
        "without_time": [{"boot": b.boot, "seconds": (b.until_us - b.since_us) / _US} for b in day.unplaced],
    }


def _configured(config: Path) -> ZoneInfo:
    """The zone of the duty's hours; without a readable configuration that of its default."""
    from agent.config import DutyConfig
    from agent.config_file import load_config
    from agent.shifts import zone_of

    return zone_of(load_config(config).duty if config.exists() else DutyConfig())
