"""How grave a kind of violation is, whose business, and who judged it under what: part of each such event."""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Settings, Severity
from agent.rule_layers import Charge


def charge(settings: Settings, kind: str, severity: Severity = "violation") -> Charge:
    """By the unit's table; a kind that is not in it is as grave as said here, and nobody's business."""
    return settings.charges.get(kind) or Charge(severity)


def versions(settings: Settings) -> dict[str, Any]:
    """The rules' version, and the hashes of settings, zones and permits."""
    hashes = {name: layer.hash for name, layer in sorted(settings.layers.items())}
    return {"rules": settings.rules, "settings": settings.hash, "layers": hashes}


def judged(effects: list[Effect], settings: Settings | None) -> list[Effect]:
    """With the version of the rules, and the hash of their code, in each event and trip."""
    return effects if settings is None else [_judged(effect, settings.rules) for effect in effects]


def _judged(effect: Effect, rules: str) -> Effect:
    if not isinstance(effect, Emit) or effect.stream not in ("event", "trip") or "rules" in effect.data:
        return effect
    return msgspec.structs.replace(effect, data=effect.data | {"rules": rules})
