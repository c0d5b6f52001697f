"""Commands that were not taken, as events: an attack is seen, and does not fill the journal."""

import msgspec

from agent.model import CommandRefused, Effect, Emit, Observation, Settings, Tick
from agent.rules.motion import SECOND, microseconds, subject

_AGAIN_NS = 600 * SECOND
_MOST = 64  # reasons and sinks that are remembered


class Refusal(msgspec.Struct, frozen=True):
    """Refusals of one sink for one reason: when it was told last, how many came since, and the newest."""

    told_ns: int
    more: int
    last: CommandRefused


Refusals = dict[str, Refusal]


def advance(known: Refusals, settings: Settings, seen: Observation) -> tuple[Refusals, list[Effect]]:
    """The first of its kind is told at once, the others within ten minutes by their number."""
    if isinstance(seen, CommandRefused):
        return _refused(known, settings, seen)
    if isinstance(seen, Tick) and known:
        return _remind(known, settings, seen.mono_ns)
    return known, []


def _refused(known: Refusals, settings: Settings, seen: CommandRefused) -> tuple[Refusals, list[Effect]]:
    key = f"{seen.sink}/{seen.reason}"
    before = known.get(key)
    if before is not None:
        return known | {key: Refusal(before.told_ns, before.more + 1, seen)}, []
    if len(known) >= _MOST:
        return known, []
    return known | {key: Refusal(seen.mono_ns, 0, seen)}, [_told(settings, seen, 1)]


def _remind(known: Refusals, settings: Settings, now: int) -> tuple[Refusals, list[Effect]]:
    """Ten minutes later: tell of what came since, and go on counting; or forget."""
    due = {key: one for key, one in known.items() if now - one.told_ns >= _AGAIN_NS}
    if not due:
        return known, []
    effects: list[Effect] = [_told(settings, one.last, one.more) for one in due.values() if one.more]
    after = {key: Refusal(now, 0, one.last) for key, one in due.items() if one.more}
    return {key: one for key, one in known.items() if key not in due} | after, effects


def _told(settings: Settings, seen: CommandRefused, times: int) -> Emit:
    data = {
        "sink": seen.sink,
        "reason": seen.reason,
        "times": times,
        "name": seen.name,
        "command": seen.command,
        "mono_us": microseconds(seen.mono_ns),
    }
    name = subject("refusal", settings, seen.mono_ns)
    return Emit("event", "command.refused", name, data, severity="notice")
