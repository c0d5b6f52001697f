"""Permits from a file: the platform's list, signed or plain. docs/permits.md."""

from pathlib import Path

from agent.errors import ConfigError
from agent.layers.document import Opened, Voucher, read, refuse
from agent.layers.permits import MOST_OF_ONE, PermitSheet, permits_of
from agent.rule_layers import Permits


def load_permits(path: Path, voucher: Voucher) -> Permits:
    """Read and check a list, and keep what concerns the voucher's vehicle; raises ConfigError."""
    found, sheet = permit_sheet(path, voucher)
    refuse(path, sheet.problems)
    mine = sheet.of(voucher.vehicle, voucher.plate)
    if len(mine) > MOST_OF_ONE:
        what = f"{len(mine)} permits are of this vehicle, at most {MOST_OF_ONE}"
        raise ConfigError(what, where=str(path), remedy="leave out those that are over")
    return Permits(sheet.as_of, mine, found.begins, found.ends, found.key)


def permit_sheet(path: Path, voucher: Voucher | None = None) -> tuple[Opened, PermitSheet]:
    """All that is in a list, right and wrong; raises ConfigError only for what is no list's file."""
    found = read(path, "permits", voucher)
    return found, permits_of(found.body)
