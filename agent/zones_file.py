"""Zones from a file: GeoJSON with roles, hours and limits. docs/zones.md."""

from pathlib import Path

from agent.layers.document import Voucher, read, refuse
from agent.layers.geojson import Sheet, zones_of
from agent.rule_layers import Zone


def load_zones(path: Path, voucher: Voucher | None = None) -> tuple[Zone, ...]:
    """Read and check a layer; raises ConfigError naming file, feature number and remedy.

    With a `voucher` the signature of a signed layer is checked.
    """
    sheet = zone_sheet(path, voucher)
    refuse(path, sheet.problems)
    return sheet.zones


def zone_sheet(path: Path, voucher: Voucher | None = None) -> Sheet:
    """All that is in a layer, right and wrong; raises ConfigError only for what is no layer's file."""
    return zones_of(read(path, "zones", voucher).body)
