"""`haulwatch zones`: are the zones of a file right."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.layer_report import file_argument, refusing, report, store_option
from agent.cli.output import json_option

if TYPE_CHECKING:
    from agent.rule_layers import Zone


@click.group()
def zones() -> None:
    """Zones: loading and disposal sites, forbidden, slow and risk zones; docs/zones.md."""


@zones.command()
@file_argument
@store_option
@json_option
def check(file: Path, store: Path | None, vehicle: str | None, as_json: bool) -> None:
    """Check FILE to its last feature; exit code 1 when it would be refused."""
    from agent.cli.layer_report import voucher
    from agent.layers.gather import layer_hash
    from agent.zones_file import zone_sheet

    by = voucher(store, vehicle)
    with refusing(file, as_json=as_json):
        sheet = zone_sheet(file, by)
    roles = dict(sorted(Counter(zone.role for zone in sheet.zones).items()))
    corners = sum(_corners(zone) for zone in sheet.zones)
    found = {
        "coordinate_system": sheet.system,
        "zones": len(sheet.zones),
        "roles": roles,
        "corners": corners,
        "ignored": list(sheet.ignored),
        "hash": None if sheet.problems else layer_hash(sheet.zones),
    }
    kinds = ", ".join(f"{n} {role}" for role, n in roles.items()) or "none"
    text = f"{len(sheet.zones)} zones in {sheet.system} ({kinds}), {corners} corners"
    if sheet.ignored:
        text += f"; properties left aside: {', '.join(sheet.ignored)}"
    report(file, found, text, sheet.problems, as_json=as_json)


def _corners(zone: "Zone") -> int:
    return len(zone.ring) + sum(len(hole) for hole in zone.holes)
