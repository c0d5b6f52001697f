"""Records of the unit's own life: births, what is skipped, what was salvaged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from agent.model import Emit, Released, Restarted, Salvaged, Settings, Skipped

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def birth(seen: Restarted, settings: Settings) -> Emit:
    """The first record of a run."""
    data = {
        "version": seen.version,
        "settings": settings.hash,
        "new_boot": seen.new_boot,
        "clean": seen.clean,
        "state_readable": seen.readable,
        "journal_replaced": seen.replaced,
        **_sources(settings),
        "zones": len(settings.zones),
        "device": None if settings.device is None else msgspec.to_builtins(settings.device),
        "identity": dict(settings.identity),
    }
    return Emit("life", "birth", "unit", data)


def settled(settings: Settings) -> Emit:
    """Other settings hold from now on."""
    return Emit("life", "settings", "unit", {"hash": settings.hash, **_sources(settings)})


def _sources(settings: Settings) -> dict[str, Any]:
    """Of what the ledger keeps account from now on."""
    cameras = {"body": list(settings.body_cameras), "cab": list(settings.cab_cameras)}
    return {"cameras": cameras, "sinks": list(settings.sinks)}


def skipped(seen: Skipped) -> Emit:
    """What a sink never gets, and why."""
    data: dict[str, Any] = {"sink": seen.sink, "stream": seen.stream}
    data |= {"from": seen.first, "to": seen.last, "why": seen.why}
    if seen.kept is not None:
        data |= {"kept": seen.kept, "bound_m": seen.bound_m}
    return Emit("life", "skipped", f"{seen.sink}/{seen.stream}", data)


def released(seen: Released) -> Emit:
    """Whose records are not held any more."""
    since = (_EPOCH + timedelta(microseconds=seen.since_ns // 1000)).isoformat(timespec="seconds")
    data = {"sink": seen.sink, "since": since.replace("+00:00", "Z"), "unsettled": seen.unsettled}
    return Emit("life", "journal.released", seen.sink, data, "notice")


def salvaged(seen: Salvaged) -> Emit:
    """What was saved of a damaged journal."""
    data = {
        "file": seen.path,
        "continues": seen.generation,
        "head": seen.head,
        "settled_known": seen.settled_known,
        "last": seen.last,
        "kept": seen.kept,
        "lost": seen.lost,
    }
    return Emit("life", "journal.salvaged", "unit", data)
