"""What a unit's profile says: a box's ports and terminals, how it measures its supply, what it bears."""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from drivers.switches.address import ValueFile, parse_source
from drivers.switches.spec import Level

Machine = Literal["x86_64", "aarch64"]
Bytes = Annotated[int, Meta(ge=1_000_000)]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a profile: what it doesn't know is an error."""


class Ports(_Part, frozen=True):
    """Device paths: the receiver's tty, and a modem's AT port where the receiver is one."""

    gnss: str | None = None
    control: str | None = None


class Terminal(_Part, frozen=True):
    """A terminal of the box: where it is read (see `drivers.switches.address`), the level that means on."""

    source: str
    active: Level = "high"


class Supply(_Part, frozen=True):
    """Where the vehicle's voltage is read, and what one count is worth, V."""

    source: str
    volts_per_count: Annotated[float, Meta(gt=0, le=1e6)]


class Limits(_Part, frozen=True):
    """What the box bears, bytes: memory of the service (soft, hard), and the stores' shares of its disk."""

    memory_high_bytes: Bytes
    memory_max_bytes: Bytes
    journal_bytes: Bytes | None = None
    picture_bytes: Bytes | None = None
    ring_bytes: Annotated[int, Meta(ge=0)] | None = None


class UnitProfile(_Part, frozen=True):
    """A box. `terminals` are named as printed on it; a configuration says "terminal:NAME".

    `machine`: the processors it comes with. `hardware_verified`: tried on a real one.
    """

    description: str
    limits: Limits
    vendor: str = ""
    hardware_verified: bool = False
    machine: tuple[Machine, ...] = ("x86_64", "aarch64")
    ports: Ports = Ports()
    terminals: dict[str, Terminal] = {}
    supply: Supply | None = None


def check_unit(profile: UnitProfile) -> None:
    """Raise ValueError with the first thing that doesn't fit together, and its path."""
    for key in ("gnss", "control"):
        port = getattr(profile.ports, key)
        if port is not None and not port.startswith("/"):
            raise ValueError(f"{port!r} is no device path - at `$.ports.{key}`")
    for name, terminal in profile.terminals.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a terminal: letters, digits, _ . - - at `$.terminals`")
        _address(terminal.source, f"$.terminals.{name}.source")
    if profile.supply is not None and not isinstance(
        _address(profile.supply.source, "$.supply.source"), ValueFile
    ):
        raise ValueError("a voltage is read from a value file - at `$.supply.source`")
    if profile.limits.memory_high_bytes > profile.limits.memory_max_bytes:
        raise ValueError("is above memory_max_bytes - at `$.limits.memory_high_bytes`")


def _address(text: str, path: str) -> object:
    try:
        return parse_source(text)
    except ValueError as e:
        raise ValueError(f"{e} - at `{path}`") from e
