"""Zones and permits as their files are now, and what kind of fault keeps one from being used."""

import msgspec

from agent.config import Config
from agent.errors import ConfigError, TrustError
from agent.layers.gather import sources
from agent.rule_layers import Permits, Zone
from agent.trust.document import Refused

_SYSTEM = ("coordinate system", "latitude first", "is not in China")


class LayerSeen(msgspec.Struct, frozen=True):
    """`found` is what a layer's file holds (None: nothing); `trouble`: file, crs or signature, or ""."""

    found: tuple[Zone, ...] | Permits | None
    trouble: str = ""
    why: str = ""
    file: str = ""


def read(config: Config, name: str) -> LayerSeen:
    """Read the layer `zones` or `permits`."""
    source = sources(config)[name]
    path = source.present
    if path is None:
        return LayerSeen(None)
    try:
        return LayerSeen(source.read(path), file=str(path))
    except ConfigError as e:
        return LayerSeen(None, _kind(e), e.what, str(path))


def _kind(error: ConfigError) -> str:
    if isinstance(error.__cause__, Refused | TrustError) or error.what == "is not signed":
        return "signature"
    return "crs" if any(phrase in error.what for phrase in _SYSTEM) else "file"
