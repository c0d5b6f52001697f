"""`unit_tamper`: somebody opened the unit's case, or cut its power while the truck was moving.

The case is watched off duty too, then without a place. A cut is seen at the next start: the last run ended
without a word, the boot with it, and the newest position before that was at speed. A crash of the whole
computer looks the same, so the record says what is known and no more.
"""

from typing import Any

import msgspec

from agent.model import Effect, Emit, LastFix, Restarted, Settings
from agent.rules import held
from agent.rules.charges import charge, versions
from agent.rules.held import Held, Times, Turn
from agent.rules.motion import Motion, boot_of, fresh, microseconds, subject
from agent.rules.switches import Switches, word
from agent.rules.zones import place

NAME = "unit_tamper"


class Tamper(msgspec.Struct, frozen=True):
    """The case's episode."""

    case: Held | None = None


def advance(
    tamper: Tamper, settings: Settings, switches: Switches, motion: Motion, now: int
) -> tuple[Tamper, list[Effect]]:
    """Look at the case."""
    limits = settings.tamper
    rule = held.Rule(f"{NAME}-case", Times(limits.case_after_s, limits.case_over_s, float("inf")))
    case, turn = held.advance(rule, tamper.case, settings, now, word(switches, "case", now))
    if turn is None:
        return (tamper if case is tamper.case else Tamper(case)), []
    return Tamper(case), [_case(settings, turn, motion, now)]


def restart(tamper: Tamper, settings: Settings, seen: Restarted) -> tuple[Tamper, list[Effect]]:
    """After a start: what was open ends with its boot; a cut while moving is said."""
    if not seen.new_boot:
        return Tamper(held.resume(tamper.case)), []
    cut = None if seen.clean or seen.first else _at_speed(settings, seen.last_fix)
    effects: list[Effect] = [] if cut is None else _cut(settings, seen, cut)
    return Tamper(), [*_interrupt(tamper, settings), *effects]


def _interrupt(tamper: Tamper, settings: Settings) -> list[Effect]:
    case = tamper.case
    if case is None or case.subject is None:
        return []
    data = {
        "cause": "case",
        "since_us": microseconds(case.since),
        "until_us": microseconds(case.seen),
        "reason": "interrupted",
        "boot": boot_of(case.subject),
    }
    return [_emit(settings, "ended", case.subject, data)]


def _at_speed(settings: Settings, last: LastFix | None) -> LastFix | None:
    """The last fix when it was fit, at speed, and hardly anything was recorded after it."""
    limits = settings.tamper
    if last is None or not last.fit or last.lat is None or last.quiet_s > limits.cut_within_s:
        return None
    return last if (last.speed or 0.0) >= limits.cut_mps else None


def _cut(settings: Settings, seen: Restarted, last: LastFix) -> list[Effect]:
    """Start and end at once: it was over when power came back."""
    name = subject(f"{NAME}-cut", settings, seen.mono_ns)
    data: dict[str, Any] = {
        "cause": "power_cut",
        "since_us": microseconds(last.mono_ns),
        "boot": last.boot[:8],
    }
    where = {"lat": last.lat, "lon": last.lon, "speed": last.speed, "hdop": last.hdop, "crs": "WGS-84"}
    limits = {"cut_mps": settings.tamper.cut_mps, "cut_within_s": settings.tamper.cut_within_s}
    started = {**data, "place": where, "thresholds": limits}
    ended = {**data, "until_us": microseconds(seen.mono_ns), "reason": "power_back"}
    return [_emit(settings, "started", name, started), _emit(settings, "ended", name, ended)]


def _case(settings: Settings, turn: Turn, motion: Motion, now: int) -> Emit:
    data: dict[str, Any] = {"cause": "case", "since_us": microseconds(turn.since)}
    if turn.until is not None:
        closed = {"until_us": microseconds(turn.until), "reason": "closed"}
        return _emit(settings, "ended", turn.subject, data | closed)
    limits = {"after_s": settings.tamper.case_after_s, "over_s": settings.tamper.case_over_s}
    where = place(fresh(motion, settings, now))
    return _emit(settings, "started", turn.subject, {**data, "place": where, "thresholds": limits})


def _emit(settings: Settings, what: str, name: str, data: dict[str, Any]) -> Emit:
    charged = charge(settings, NAME)
    whole = {**data, "authority": list(charged.authority), **versions(settings)}
    return Emit("event", f"{NAME}.{what}", name, whole, charged.severity)
