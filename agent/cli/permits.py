"""`haulwatch permits`: are the permits of a file right, and what they say now."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.layer_report import file_argument, refusing, report, store_option
from agent.cli.output import json_option

if TYPE_CHECKING:
    from agent.rule_layers import Permit

_ZONES = click.option(
    "--zones", type=click.Path(path_type=Path), help="A file of zones: sites it does not have are told."
)


@click.group()
def permits() -> None:
    """Permits to haul (清运证); docs/permits.md."""


@permits.command()
@file_argument
@_ZONES
@store_option
@json_option
def check(file: Path, zones: Path | None, store: Path | None, vehicle: str | None, as_json: bool) -> None:
    """Check FILE to its last permit; exit code 1 when it would be refused.

    With --vehicle, its permits are listed.
    """
    from agent.cli.layer_report import voucher
    from agent.permits_file import permit_sheet

    by = voucher(store, vehicle)
    with refusing(file, as_json=as_json):
        opened, sheet = permit_sheet(file, by)
    unknown = _unknown_sites([h.permit for h in sheet.held], zones)
    mine = sheet.of(vehicle, None) if vehicle else ()
    found = {
        "as_of": _moment(sheet.as_of),
        "permits": len(sheet.held),
        "signed_by": opened.key,
        "unknown_zones": unknown,
        "of_vehicle": [
            {"id": p.id, "from": _moment(p.begins), "to": _moment(p.ends), "material": p.material}
            for p in mine
        ],
    }
    count = len(sheet.held)
    text = f"{count} permit{'' if count == 1 else 's'} as of {found['as_of']}"
    text += f", signed by {opened.key}" if opened.key else ", not signed"
    text += "".join(f"\n{p.id}: {_moment(p.begins)} to {_moment(p.ends)} {p.material}".rstrip() for p in mine)
    if unknown:
        text += f"\nzones that {zones} does not have: {', '.join(unknown)}"
    report(file, found, text, sheet.problems, as_json=as_json)


def _unknown_sites(held: list["Permit"], zones: Path | None) -> list[str]:
    if zones is None:
        return []
    from agent.zones_file import load_zones

    known = {zone.id for zone in load_zones(zones)}
    named = {site for p in held for site in (*p.loading, *p.disposal, *p.may_enter)}
    return sorted(named - known)


def _moment(utc_s: int) -> str:
    return datetime.fromtimestamp(utc_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
