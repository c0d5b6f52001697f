"""A condition as an episode: it must hold for so long to start, and be gone for so long to end."""

from typing import Literal

import msgspec

from agent.model import Settings
from agent.rules.motion import SECOND, subject

change = msgspec.structs.replace
Why = Literal["over", "unobserved"]


class Times(msgspec.Struct, frozen=True):
    """How long (s) it must hold to start, be gone to end, and may be unknown until it counts as ended."""

    after_s: float
    over_s: float
    unobserved_s: float


class Held(msgspec.Struct, frozen=True):
    """It holds `since`, and did at `seen`; `subject` when it has started; since when it is over."""

    since: int
    seen: int
    subject: str | None = None
    over_since: int | None = None


class Turn(msgspec.Struct, frozen=True):
    """An episode has started (`until` None) or ended, and why; times are CLOCK_BOOTTIME ns."""

    subject: str
    since: int
    until: int | None = None
    why: Why = "over"


Step = tuple[Held | None, Turn | None]


class Rule(msgspec.Struct, frozen=True):
    """The name in subjects, and the durations."""

    name: str
    times: Times


def advance(rule: Rule, held: Held | None, settings: Settings, now: int, holds: bool | None) -> Step:  # noqa: FBT001
    """Whether the condition `holds` at `now`; None: nobody knows."""
    if held is not None and held.subject is not None:
        return _watch(rule, held, held.subject, now, holds)
    if not holds:
        return None, None
    held = Held(now, now) if held is None else change(held, seen=now)
    if now - held.since < rule.times.after_s * SECOND:
        return held, None
    name = subject(rule.name, settings, held.since)
    return change(held, subject=name), Turn(name, held.since)


def resume(held: Held | None) -> Held | None:
    """After a restart in the same boot what has started goes on; waiting begins anew."""
    return None if held is None or held.subject is None else change(held, over_since=None)


def _watch(rule: Rule, held: Held, name: str, now: int, holds: bool | None) -> Step:  # noqa: FBT001
    if holds:
        return change(held, seen=now, over_since=None), None
    if holds is None:
        if now - held.seen > rule.times.unobserved_s * SECOND:
            return None, Turn(name, held.since, held.seen, "unobserved")
        return change(held, over_since=None), None
    gone = now if held.over_since is None else held.over_since
    if now - gone < rule.times.over_s * SECOND:
        return change(held, over_since=gone, seen=now), None
    return None, Turn(name, held.since, gone)
