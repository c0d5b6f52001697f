"""What a link gives away: certificates that end soon, another client with this vehicle's name, its cost."""

from typing import Any

import msgspec

from agent.model import BudgetState, Effect, Emit, LinkState, Observation, Settings, Tick
from agent.rules.motion import SECOND, microseconds, subject

DAYS = (30, 7, 1, 0)
"""Before the end of a certificate it is said so many days ahead; 0: it has ended."""
_SPENT = 100  # percent of a month's bytes
_DAY_NS = 86_400 * SECOND
_AGAIN_NS = 3600 * SECOND  # two clients of one name throw each other out each second
change = msgspec.structs.replace


class Takeovers(msgspec.Struct, frozen=True):
    """How often another client took a sink's session over since it was told last, and when that was."""

    since: str
    told_ns: int
    more: int = 0


class Links(msgspec.Struct, frozen=True):
    """Ends of certificates by SINK/WHOSE (ns since 1970), what was told of them, and takeovers by sink.

    `budgets`: what was told of a sink's last: month and percent.
    """

    ends: dict[str, int] = {}
    told: dict[str, tuple[int, int]] = {}
    takeovers: dict[str, Takeovers] = {}
    budgets: dict[str, tuple[str, int]] = {}


def restart(links: Links) -> Links:
    """After a boot: what was told of certificates and budgets stays told."""
    return Links(told=links.told, budgets=links.budgets)


def advance(links: Links, settings: Settings, seen: Observation) -> tuple[Links, list[Effect]]:
    """Take the word of a link, or a second that passed."""
    if isinstance(seen, LinkState):
        ends = links.ends | {f"{seen.sink}/{whose}": end for whose, end in seen.certificates.items()}
        links = change(links, ends=ends)
        return _taken_over(links, settings, seen) if seen.taken_over else (links, [])
    if isinstance(seen, BudgetState):
        return _spent(links, seen)
    if isinstance(seen, Tick) and seen.utc_ns is not None and links.ends:
        return _look(links, seen.utc_ns)
    return links, []


def _look(links: Links, utc_ns: int) -> tuple[Links, list[Effect]]:
    """Tell of each certificate that has come nearer to its end than was told."""
    told, effects = dict(links.told), list[Effect]()
    for name, end in links.ends.items():
        near = [days for days in DAYS if end - utc_ns <= days * _DAY_NS]
        if not near or told.get(name, (0, DAYS[0] + 1)) in ((end, days) for days in range(near[-1] + 1)):
            continue
        told[name] = end, near[-1]
        effects.append(_ending(name, end, utc_ns))
    return (change(links, told=told) if effects else links), effects


def _ending(name: str, end: int, utc_ns: int) -> Emit:
    sink, _, whose = name.partition("/")
    left = (end - utc_ns) / _DAY_NS
    data = {"sink": sink, "whose": whose, "ends_us": end // 1000, "days_left": round(left, 1)}
    kind = "certificate.ended" if left <= 0 else "certificate.ending"
    return Emit("event", kind, f"certificate:{name}", data, severity="notice")


def _spent(links: Links, seen: BudgetState) -> tuple[Links, list[Effect]]:
    """Tell once of each month and level."""
    if links.budgets.get(seen.sink, ("", 0)) >= (seen.month, seen.level):
        return links, []
    data = {"sink": seen.sink, "month": seen.month, "percent": seen.level}
    data |= {"bytes": seen.bytes, "limit": seen.limit}
    kind = "budget.spent" if seen.level >= _SPENT else "budget.near"
    told = Emit("event", kind, f"budget:{seen.sink}:{seen.month}", data, severity="notice")
    return change(links, budgets=links.budgets | {seen.sink: (seen.month, seen.level)}), [told]


def _taken_over(links: Links, settings: Settings, seen: LinkState) -> tuple[Links, list[Effect]]:
    """The first at once, then at most one record an hour with their number."""
    known = links.takeovers.get(seen.sink)
    if known and seen.mono_ns - known.told_ns < _AGAIN_NS:
        takeovers = links.takeovers | {seen.sink: change(known, more=known.more + 1)}
        return change(links, takeovers=takeovers), []
    name = known.since if known else subject("takeover", settings, seen.mono_ns)
    data: dict[str, Any] = {"sink": seen.sink, "times": (known.more if known else 0) + 1}
    data["mono_us"] = microseconds(seen.mono_ns)
    takeovers = links.takeovers | {seen.sink: Takeovers(name, seen.mono_ns)}
    told = Emit("event", "identity.cloned", name, data, severity="violation")
    return change(links, takeovers=takeovers), [told]
