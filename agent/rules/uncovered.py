"""The violation `uncovered_load`: an open load on a moving truck, outside the sites."""

from typing import Any, Literal

import msgspec

from agent.model import Effect, Emit, Settings
from agent.rules.load import Load, newest, views_of
from agent.rules.motion import SECOND, Motion, boot_of, fresh, knows_speed, microseconds, subject
from agent.rules.zones import in_grace, place, zone_of

_UNOBSERVED_TIMES = 10  # an episode nobody can see any more ends after this many times its ending duration
_SEEN = ("covered", "partly", "empty")
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
    """End an open episode where it was last seen, because the agent did not run for too long after it."""
    if rule.subject is None:
        return Uncovered(), []
    more = {"place": None, "boot": boot_of(rule.subject)}
    rule = msgspec.structs.replace(rule, over_since=rule.last_seen)
    return Uncovered(), [_ended(rule, "interrupted", more)]


def resume(rule: Uncovered, settings: Settings, now: int) -> tuple[Uncovered, list[Effect]]:
    """After a restart in the same boot: waiting begins anew; an episode goes on unless it is too long ago."""
    if rule.subject is None or now - rule.last_seen > unobserved_ns(settings):
        return interrupt(rule)
    return msgspec.structs.replace(rule, over_since=None, ending=None), []


def unobserved_ns(settings: Settings) -> int:
    """For how long nobody need see a load before an episode about it is over."""
    return round(settings.covered_after_s * _UNOBSERVED_TIMES * SECOND)


def _wait(
    rule: Uncovered, settings: Settings, motion: Motion, load: Load, now: int
) -> tuple[Uncovered, list[Effect]]:
    """No episode is open: the condition must be seen, without a break, for `uncovered_after_s`."""
    fix = fresh(motion, settings, now)
    moving = motion.moving and knows_speed(motion, settings, now)
    if load.state != "uncovered" or fix is None or not moving or in_grace(fix, settings):
        return Uncovered(), []
    since = max(newest(load), fix.mono_ns) if rule.since is None else rule.since
    if newest(load) - since < settings.uncovered_after_s * SECOND:
        return Uncovered(since=since), []
    name = subject("uncovered_load", settings, since)
    data = {
        "since_us": microseconds(since),
        "place": place(fix),
        "zone": zone_of(fix, settings),
        "views": views_of(load),
        "thresholds": {"confidence": settings.smoothing.confidence, "after_s": settings.uncovered_after_s},
        "settings": settings.hash,
    }
    started = Emit("event", "uncovered_load.started", name, data, "violation")
    return Uncovered(subject=name, started=since, last_seen=newest(load)), [started]


def _watch(
    rule: Uncovered, settings: Settings, motion: Motion, load: Load, now: int
) -> tuple[Uncovered, list[Effect]]:
    """An episode is open: the reason for its end must hold without a break for `covered_after_s`."""
    ending = _ending(settings, motion, load, now)
    if load.state == "uncovered":
        rule = msgspec.structs.replace(rule, last_seen=newest(load))
    if ending is None:
        return msgspec.structs.replace(rule, over_since=None, ending=None), []
    same_kind = (ending == "unobserved") == (rule.ending == "unobserved")
    since = rule.over_since if same_kind else None
    since = _begins(ending, rule, load, now) if since is None else since
    rule = msgspec.structs.replace(rule, over_since=since, ending=ending)
    if not _lasted(ending, since, settings, load, now):
        return rule, []
    fix = fresh(motion, settings, now)
    return Uncovered(), [_ended(rule, ending, {"place": place(fix), "zone": zone_of(fix, settings)})]


def _begins(ending: Ending, rule: Uncovered, load: Load, now: int) -> int:
    """Since when the reason for the end holds: what is not observed ended where it was last seen."""
    if ending == "unobserved":
        return rule.last_seen
    return newest(load) if ending in _SEEN else now


def _lasted(ending: Ending, since: int, settings: Settings, load: Load, now: int) -> bool:
    """Whether the reason for the end holds long enough; what is seen must have been seen all the while."""
    if ending == "unobserved":
        return now - since > unobserved_ns(settings)
    return (newest(load) if ending in _SEEN else now) - since >= settings.covered_after_s * SECOND


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
