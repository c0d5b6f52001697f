"""How grave a kind of violation is, whose business, and who judged it under what: part of each such event."""

from typing import Any

from agent.model import Settings, Severity
from agent.rule_layers import Charge


def charge(settings: Settings, kind: str, severity: Severity = "violation") -> Charge:
    """By the unit's table; a kind that is not in it is as grave as said here, and nobody's business."""
    return settings.charges.get(kind) or Charge(severity)


def versions(settings: Settings) -> dict[str, Any]:
    """The rules' version, and the hashes of settings, zones and permits."""
    hashes = {name: layer.hash for name, layer in sorted(settings.layers.items())}
    return {"rules": settings.rules, "settings": settings.hash, "layers": hashes}
