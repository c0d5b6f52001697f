"""Blind time: for how long each camera's pictures said nothing, of a shift or else of a local day."""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Settings
from agent.rules.coverage import Coverage
from agent.rules.motion import SECOND, microseconds, subject

_CAMERA = "camera:"
change = msgspec.structs.replace


class Blind(msgspec.Struct, frozen=True):
    """Since when it is counted, of which local day; closed blind time by camera and reason (ns)."""

    since: int | None = None
    day: int | None = None
    ns: dict[str, dict[str, int]] = {}


def advance(
    blind: Blind, settings: Settings, before: Coverage, after: Coverage, now: int, day: int | None
) -> tuple[Blind, list[Effect]]:
    """Add the gaps that ended or changed their reason with this step; a new day begins anew."""
    blind = _closed(change(blind, since=now) if blind.since is None else blind, before, after, now)
    if day is None or day == blind.day:
        return blind, []
    if blind.day is None or settings.shifts:
        return change(blind, day=day), []
    return Blind(since=now, day=day), [record(blind, settings, after, now)]


def finish(blind: Blind, settings: Settings, ledger: Coverage, now: int) -> list[Effect]:
    """The record of a shift, or of the time until the agent stops."""
    return [] if blind.since is None else [record(blind, settings, ledger, now)]


def record(blind: Blind, settings: Settings, ledger: Coverage, now: int) -> Emit:
    """What was counted until now, open gaps included."""
    since = now if blind.since is None else blind.since
    data = {
        "since_us": microseconds(since),
        "until_us": microseconds(now),
        "seconds": round((now - since) / SECOND, 1),
        "cameras": totals(blind, ledger, now),
    }
    return Emit("coverage", "camera.blind", subject("blind", settings, since), data)


def totals(blind: Blind, ledger: Coverage, now: int) -> dict[str, Any]:
    """Blind seconds by camera, with their reasons; a camera that was never blind has 0."""
    whole = _closed(blind, ledger, Coverage(), now)
    names = sorted(
        {n.removeprefix(_CAMERA) for n in ledger.sources if n.startswith(_CAMERA)} | whole.ns.keys()
    )
    return {
        name: {
            "blind_s": round(sum(whole.ns.get(name, {}).values()) / SECOND, 1),
            "why": {why: round(ns / SECOND, 1) for why, ns in sorted(whole.ns.get(name, {}).items())},
        }
        for name in names
    }


def _closed(blind: Blind, before: Coverage, after: Coverage, now: int) -> Blind:
    added = blind.ns
    for source, gap in before.sources.items():
        if not source.startswith(_CAMERA) or gap.gap is None:
            continue
        later = after.sources.get(source)
        if later is not None and later.gap == gap.gap:
            continue
        name = source.removeprefix(_CAMERA)
        lasted = max(0, now - max(gap.gap_since, blind.since or 0))
        of = added.get(name, {})
        added = added | {name: of | {gap.gap_why: of.get(gap.gap_why, 0) + lasted}}
    return blind if added is blind.ns else change(blind, ns=added)
