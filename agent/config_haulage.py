"""The parts of the configuration about zones, permits, and the violations that follow from them."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from agent.rule_layers import Limits


class Zones(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A GeoJSON file of zones and the margin around sites in which an open load is normal."""

    file: Path | None = None
    signed: bool = False
    grace_m: Annotated[float, Meta(ge=0)] = 100.0


class PermitsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The platform's list of permits; `signed`: one that no trusted key signed is refused."""

    file: Path | None = None
    signed: bool = False


class Haulage(Limits, frozen=True, forbid_unknown_fields=True):
    """When violations of hauling start and end; `table` says how grave they are and whose business."""

    table: Path | None = None

    def limits(self) -> Limits:
        """What the rules see of it."""
        return Limits(**{name: getattr(self, name) for name in Limits.__struct_fields__})
