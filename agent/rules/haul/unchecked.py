"""`could_not_check`: a rule lacked what it needs, so that silence is not taken for innocence.

One episode per cause in the coverage stream, severity notice: `clock` (no trusted time), `permits` (missing,
stale, or of other dates), `load` (nobody knows whether the truck is loaded).
"""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Settings
from agent.rules.charges import versions
from agent.rules.haul.scene import Look
from agent.rules.motion import SECOND, boot_of, microseconds, subject

change = msgspec.structs.replace


class Unchecked(msgspec.Struct, frozen=True):
    """A cause `since`, last `seen`; the rules it keeps from judging; `subject` once it is told."""

    since: int
    seen: int
    rules: tuple[str, ...]
    detail: dict[str, Any]
    subject: str | None = None


Causes = dict[str, Unchecked]  # by cause


def advance(
    causes: Causes, settings: Settings, looks: dict[str, Look], now: int
) -> tuple[Causes, list[Effect]]:
    """Take the words of all rules (by name) on a moment.

    A cause is over when a rule that it kept from judging judges; where no rule asks, it goes on.
    """
    lacking: dict[str, dict[str, Look]] = {}
    for name, look in looks.items():
        if look.state == "unknown":
            lacking.setdefault(look.why, {})[name] = look
    after: Causes = {}
    effects: list[Effect] = []
    for cause, known in causes.items():
        judged = any(looks[name].state in ("breach", "over") for name in known.rules if name in looks)
        if cause in lacking or not judged:
            after[cause] = known
        else:
            effects += _ended(cause, known, settings, now, "over")
    for cause, waiting in lacking.items():
        after[cause], more = _lacks(cause, after.get(cause), settings, waiting, now)
        effects += more
    return after if after or causes else causes, effects


def interrupt(causes: Causes, settings: Settings) -> list[Effect]:
    """End what is open where it was last seen: the boot or the shift is over."""
    ended = (_ended(cause, c, settings, c.seen, "interrupted") for cause, c in causes.items())
    return [effect for effects in ended for effect in effects]


def resume(causes: Causes) -> Causes:
    """After a restart in the same boot what was told goes on."""
    return {cause: known for cause, known in causes.items() if known.subject}


def _lacks(
    cause: str, known: Unchecked | None, settings: Settings, lacking: dict[str, Look], now: int
) -> tuple[Unchecked, list[Effect]]:
    if known is None or (known.subject is None and now - known.seen > settings.fix_gap_s * SECOND):
        known = Unchecked(now, now, (), {})
    detail = next((look.facts for look in lacking.values() if look.facts), known.detail)
    known = change(known, seen=now, rules=tuple(sorted({*known.rules, *lacking})), detail=detail)
    if known.subject is not None or now - known.since < settings.limits.unchecked_s * SECOND:
        return known, []
    known = change(known, subject=subject(f"could_not_check-{cause}", settings, known.since))
    return known, [_emit("started", cause, known, versions(settings))]


def _ended(cause: str, known: Unchecked, settings: Settings, until: int, why: str) -> list[Effect]:
    if known.subject is None:
        return []
    more = {
        "until_us": microseconds(until),
        "seconds": round((until - known.since) / SECOND, 1),
        "reason": why,
        **versions(settings),
    }
    if why == "interrupted":
        more["boot"] = boot_of(known.subject)
    return [_emit("ended", cause, known, more)]


def _emit(what: str, cause: str, known: Unchecked, more: dict[str, Any]) -> Emit:
    data = {
        "cause": cause,
        "detail": known.detail,
        "kinds": list(known.rules),
        "since_us": microseconds(known.since),
    }
    return Emit("coverage", f"could_not_check.{what}", known.subject or "", data | more, "notice")
