"""The violation `uncovered_load`: an open load on a moving truck, outside the sites."""

from typing import Any, Literal

import msgspec

from agent.model import Effect, Emit, Settings
from agent.rules.load import Load, views_of
from agent.rules.motion import SECOND, Motion, fresh, microseconds, subject
from agent.rules.zones import in_grace, place, zone_of

_UNOBSERVED_TIMES = 10  # an episode nobody can see any more ends after this many times its ending duration
Ending = Literal["covered", "partly", "empty", "site", "parked", "unobserved", "interrupted"]


class Uncovered(msgspec.Struct, frozen=True):
    """`since`: the condition holds; `subject`: the open episode; `over_since`: the reason to end it holds."""

    since: int | None = None
    subject: str | None = None
    started: int = 0
    over_since: int | None = None
    ending: Ending | None = None
    last_seen: int = 0


def advance(
    rule: Uncovered, settings: Settings, motion: Motion, load: Load, now: int
) -> tuple[Uncovered, list[Effect]]:
    """Let the rule see the newest load and motion."""
    if rule.subject is None:
        return _wait(rule, settings, motion, load, now)
    return _watch(rule, settings, motion, load, now)


def interrupt(rule: Uncovered) -> tuple[Uncovered, list[Effect]]:
    """End an open episode because the boot it was seen in is over."""
    if rule.subject is None:
        return Uncovered(), []
    return Uncovered(), [_ended(rule, "interrupted", {"place": None})]


def _wait(
    rule: Uncovered, settings: Settings, motion: Motion, load: Load, now: int
) -> tuple[Uncovered, list[Effect]]:
    """No episode is open: the condition must hold without a break for `uncovered_after_s`."""
    fix = fresh(motion, settings, now)
    if load.state != "uncovered" or fix is None or not motion.moving or in_grace(fix, settings):
        return Uncovered(), []
    since = now if rule.since is None else rule.since
    if now - since < settings.uncovered_after_s * SECOND:
        return Uncovered(since=since), []
    name = subject("uncovered_load", settings, since)
    data = {
        "since_us": microseconds(since),
        "place": place(fix),
        "zone": zone_of(fix, settings),
        "views": views_of(load),
        "thresholds": {"confidence": settings.confidence, "after_s": settings.uncovered_after_s},
        "settings": settings.hash,
    }
    started = Emit("event", "uncovered_load.started", name, data, "violation")
    return Uncovered(subject=name, started=since, last_seen=now), [started]


def _watch(
    rule: Uncovered, settings: Settings, motion: Motion, load: Load, now: int
) -> tuple[Uncovered, list[Effect]]:
    """An episode is open: the reason for its end must hold without a break for `covered_after_s`."""
    ending = _ending(settings, motion, load, now)
    if load.state == "uncovered":
        rule = msgspec.structs.replace(rule, last_seen=now)
    if ending is None:
        return msgspec.structs.replace(rule, over_since=None, ending=None), []
    over_since = now if rule.over_since is None else rule.over_since
    rule = msgspec.structs.replace(rule, over_since=over_since, ending=ending)
    times = _UNOBSERVED_TIMES if ending == "unobserved" else 1
    if now - over_since < settings.covered_after_s * times * SECOND:
        return rule, []
    fix = fresh(motion, settings, now)
    return Uncovered(), [_ended(rule, ending, {"place": place(fix), "zone": zone_of(fix, settings)})]


def _ending(settings: Settings, motion: Motion, load: Load, now: int) -> Ending | None:
    fix = fresh(motion, settings, now)
    if fix is not None and in_grace(fix, settings):
        return "site"
    if motion.parked:
        return "parked"
    if load.state == "unknown":
        return "unobserved"
    return None if load.state == "uncovered" else load.state


def _ended(rule: Uncovered, ending: Ending, more: dict[str, Any]) -> Emit:
    data = {
        "reason": ending,
        "since_us": microseconds(rule.started),
        "until_us": microseconds(rule.last_seen if rule.over_since is None else rule.over_since),
        "last_seen_us": microseconds(rule.last_seen),
    }
    return Emit("event", "uncovered_load.ended", rule.subject or "", data | more, "violation")
