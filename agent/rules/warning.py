"""The warning in the cab before a violation is reported, and its record."""

from typing import Any

from agent.model import Effect, Emit, Observation, Settings, Warn, WarningDelivered
from agent.rules.charges import versions
from agent.rules.motion import SECOND, microseconds


def give(
    settings: Settings, kind: str, subject: str, since: int, place: dict[str, Any] | None
) -> list[Effect]:
    """Warn of what holds `since` and is then reported as `subject`; nothing where it needs no warning."""
    grace_s = settings.graces.get(kind)
    if grace_s is None:
        return []
    data = {
        "kind": kind,
        "since_us": microseconds(since),
        "grace_s": grace_s,
        "place": place,
        **versions(settings),
    }
    return [Emit("event", "warning.given", subject, data), Warn(kind, subject, grace_s)]


def grace_s(settings: Settings, kind: str) -> float:
    """How long a driver has after the warning."""
    return settings.graces.get(kind, 0.0)


def is_over(settings: Settings, kind: str, warned: int, now: int) -> bool:
    """Whether the grace of a warning given at `warned` has passed."""
    return now - warned >= grace_s(settings, kind) * SECOND


def delivered(seen: Observation) -> list[Effect]:
    """The record of what became of a warning at one hook."""
    if not isinstance(seen, WarningDelivered):
        return []
    data = {
        "kind": seen.kind,
        "hook": seen.hook,
        "ok": seen.ok,
        "seconds": round(seen.seconds, 1),
        "reason": seen.reason,
    }
    return [Emit("health", "warning.delivered", seen.subject, data, "info" if seen.ok else "notice")]
