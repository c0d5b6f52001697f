"""What a configuration's files say: zones and permits, and how to read each."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from agent.config import Config
from agent.layers.document import Voucher
from agent.permits_file import load_permits
from agent.rule_layers import Layer, Permits, Zone
from agent.zones_file import load_zones


class Gathered(msgspec.Struct, frozen=True):
    """Zones and permits in force (permits None: there are none), and of each where it stands."""

    zones: tuple[Zone, ...] = ()
    permits: Permits | None = None
    layers: dict[str, Layer] = {}


class Source(msgspec.Struct, frozen=True):
    """One file: what it is called, where it lies, where its last good copy is kept, how it is read."""

    name: str
    file: Path
    kept: Path
    read: Callable[[Path], Any]


def sources(config: Config) -> dict[str, Source]:
    """The files that a configuration names, `zones` and `permits`."""
    state = config.journal.path.parent
    voucher = Voucher(state / "trust.json", f"{config.unit.fleet}/{config.unit.vehicle}", config.unit.plate)
    found = {}
    if config.zones.file:
        whose = msgspec.structs.replace(voucher, required=config.zones.signed)
        found["zones"] = Source(
            "zones", config.zones.file, state / "layers" / "zones.geojson", lambda p: load_zones(p, whose)
        )
    if config.permits.file:
        by = msgspec.structs.replace(voucher, required=config.permits.signed)
        found["permits"] = Source(
            "permits", config.permits.file, state / "layers" / "permits.json", lambda p: load_permits(p, by)
        )
    return found


def gather(config: Config) -> Gathered:
    """Read every file that is named; raises ConfigError for one that is wrong."""
    good = {name: source.read(source.file) for name, source in sources(config).items()}
    return gathered(good, {})


def gathered(good: dict[str, Any], refused: dict[str, str]) -> Gathered:
    """What is in force: the good content by name (None: nothing), and why newer content is not."""
    layers = {
        name: Layer(
            hash=None if content is None else layer_hash(content),
            entries=0 if content is None else len(getattr(content, "permits", content)),
            refused=refused.get(name),
            file=True,
        )
        for name, content in sorted(good.items())
    }
    return Gathered(good.get("zones") or (), good.get("permits"), layers)


def layer_hash(content: Permits | Sequence[Zone]) -> str:
    """A layer's name: the first 16 hexadecimal digits of the SHA-256 of what is in force."""
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()[:16]
