"""What the ledger adds up to: of each shift, local day, run and boot one record `coverage.totals`.

A period ends when a shift or the ignition's rest begins or ends, at local midnight, and at a stop in order;
one that a power cut ended is closed by the next start, at the last moment that was journalled.
"""

from typing import Any

import msgspec

from agent.ledger.account import Account, Told, cut, tell
from agent.ledger.causes import OFF
from agent.model import Effect, Emit, Observation, Settings, Tick
from agent.rules import duty
from agent.rules.motion import SECOND, microseconds, subject
from agent.rules.state import State

change = msgspec.structs.replace
_OF = ("coverage", "life")


def follow(
    before: State, after: State, effects: list[Effect], seen: Observation
) -> tuple[State, list[Effect]]:
    """Take what a step wrote into the account, and close the period where one ends."""
    settings = after.settings
    if settings is None:
        return after, effects
    account, first = _over_a_boot(before, settings, seen)
    known, now = before.day if account is before.account else None, microseconds(seen.mono_ns)
    day = _day(after, settings, seen) or known
    why = "day" if known is not None and day != known else None
    for effect in effects:
        if isinstance(effect, Emit) and effect.stream in _OF:
            account, _ = tell(account, Told(effect.type, settings.boot, now, effect.data))
            why = _ends(effect) or why
    last: list[Effect] = []
    if account is not None and why and now > account.since:
        account, data, _ = cut(account, now)
        last.append(record(settings, why, data))
    if account is not after.account or day != after.day:
        after = change(after, account=account, day=day)
    return after, [*first, *_before_the_farewell(effects, last)] if first or last else effects


def _ends(effect: Emit) -> str | None:
    """Which kind of period ends with a record; only after all others of its step, which say how it was."""
    if effect.type == "stopped":
        return "stopped"
    rests = effect.type in ("gap.started", "gap.ended") and effect.data.get("source") in OFF
    return "shift" if rests else None


def record(settings: Settings, why: str, data: dict[str, Any]) -> Emit:
    """The record of a period of this boot."""
    name = subject("totals", settings, data["since_us"] * 1000)
    return Emit("coverage", "coverage.totals", name, {"why": why} | data)


def _over_a_boot(before: State, settings: Settings, seen: Observation) -> tuple[Account | None, list[Effect]]:
    """After a new boot the account of the old one is closed where it was last heard of."""
    restarted, account = before.restarted, before.account
    if not isinstance(seen, Settings) or restarted is None or account is None or not restarted.new_boot:
        return account, []
    end = restarted.before_ns
    if end is None or account.stopped is not None:  # stopped in order, it closed its own
        return None, []
    _, data, _ = cut(account, microseconds(end))
    old = change(settings, boot=account.boot)
    return None, [record(old, "boot", data | {"boot": account.boot})] if data["until_us"] > data[
        "since_us"
    ] else []


def _day(after: State, settings: Settings, seen: Observation) -> int | None:
    """The local day of a second, as far as UTC is known."""
    offset = after.duty.offset if after.timebase.offset is None else after.timebase.offset
    if offset is None or not isinstance(seen, Tick):
        return None
    return duty.local_day(settings, (seen.mono_ns + offset) // SECOND)


def _before_the_farewell(effects: list[Effect], last: list[Effect]) -> list[Effect]:
    """`stopped` is the last record of a run."""
    if last and effects and isinstance(effects[-1], Emit) and effects[-1].type == "stopped":
        return [*effects[:-1], *last, effects[-1]]
    return [*effects, *last]
