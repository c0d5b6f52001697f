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
    """One layer: its name, where it may lie, where its last good copy is kept, how a file is read.

    `sent` is what the platform sent (a command puts it there), `file` what the configuration names.
    """

    name: str
    sent: Path
    file: Path | None
    kept: Path
    read: Callable[[Path], Any]

    @property
    def present(self) -> Path | None:
        """The file that counts: what the platform sent goes before; None when neither is there or named."""
        return self.sent if self.sent.exists() else self.file


def sources(config: Config) -> dict[str, Source]:
    """Where zones and permits are from."""
    state = config.journal.path.parent
    kept, store = state / "layers", state / "trust.json"
    bare = Voucher(None, f"{config.unit.fleet}/{config.unit.vehicle}", config.unit.plate)

    def voucher(path: Path, named: Path | None, *, signed: bool) -> Voucher:
        """What is kept or was sent was believed when it was put there, what is signed is checked again."""
        if path.parent == kept:
            return bare
        return msgspec.structs.replace(bare, store=store, required=signed and path == named)

    zones, permits = config.zones, config.permits
    return {
        "zones": Source(
            "zones",
            state / "zones.synced.geojson",
            zones.file,
            kept / "zones.geojson",
            lambda path: load_zones(path, voucher(path, zones.file, signed=zones.signed)),
        ),
        "permits": Source(
            "permits",
            state / "permits.json",
            permits.file,
            kept / "permits.json",
            lambda path: load_permits(path, voucher(path, permits.file, signed=permits.signed)),
        ),
    }


def gather(config: Config) -> Gathered:
    """Read every file that is there or named; raises ConfigError for one that is wrong."""
    found = {name: (source, source.present) for name, source in sources(config).items()}
    return gathered({name: source.read(path) for name, (source, path) in found.items() if path}, {})


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
