"""The account of one boot, by source and cause: what the records of `coverage` and `life` add up to. Pure.

The rules keep it of what they write, `haulwatch coverage show` makes it of what was journalled: one code, so
that the platform's totals and the picture of a day are the same. All moments are microseconds of
CLOCK_BOOTTIME. A gap is told later than it begins, so the time of each source is given to a cause only when
it is known; `coverage.totals` closes a period, and what is told later of a moment before it counts from it.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from agent.ledger.causes import FINE, NOT_CONFIGURED, OFF, Cause, fine, gap, rests

MOST_CAUSES = 24
"""Of one source in one period; further ones are added up as "others"."""
ALWAYS = ("agent", "journal", "fix")
change = msgspec.structs.replace


class Told(msgspec.Struct, frozen=True):
    """A record of the streams `coverage` or `life`: its boot (id or its head), its moment and its data."""

    type: str
    boot: str
    at_us: int
    data: dict[str, Any]


class Span(msgspec.Struct, frozen=True):
    """A source had one cause from `since_us` until right before `until_us`."""

    source: str
    since_us: int
    until_us: int
    cause: Cause


class Part(msgspec.Struct, frozen=True):
    """One source: given to causes up to `done`, the reason of its open gap, and us by `STATE WHY`."""

    done: int
    gap: str | None = None
    us: dict[str, int] = {}
    present: bool = True


class Account(msgspec.Struct, frozen=True):
    """A period of a boot that began at `since`; `off`: why nothing is awaited, by source of that gap.

    `stopped`: why the agent does not run. `names`: the sources from the end of the agent's own gap on.
    """

    boot: str
    since: int
    parts: dict[str, Part]
    off: dict[str, str] = {}
    stopped: str | None = None
    names: tuple[str, ...] | None = None


Step = tuple[Account, list[Span]]


def tell(account: Account | None, told: Told) -> tuple[Account | None, list[Span]]:
    """Take a record; the spans that are known now. Another boot's birth begins another account."""
    data = told.data
    if told.type == "birth":
        names = tuple(_named(data))
        if account is None or account.boot != told.boot:
            return begin(told.boot, told.at_us, names), []
        return change(account, names=names), []
    return (account, []) if account is None or account.boot != told.boot else _go_on(account, told)


def _go_on(account: Account, told: Told) -> Step:
    data = told.data
    if told.type == "settings" and "sinks" in data:
        return _configured(account, tuple(_named(data)), told.at_us)
    if told.type == "stopped":
        account, spans = settle(account, told.at_us)
        return change(account, stopped="stopped in order"), spans
    if told.type.startswith("gap.") and told.boot.startswith(data.get("boot", "")):
        return _gap(account, told)
    return account, []


def begin(boot: str, at_us: int, names: Iterable[str]) -> Account:
    """An account that awaits these sources."""
    return Account(boot, at_us, {name: Part(at_us) for name in dict.fromkeys((*ALWAYS, *names))})


def settle(account: Account, at_us: int) -> Step:
    """Give all time before `at_us` to the causes that hold."""
    spans: list[Span] = []
    parts = {}
    for name in account.parts:
        parts[name], more = _settled(account, name, at_us)
        spans += more
    return change(account, parts=parts), spans


def cut(account: Account, at_us: int) -> tuple[Account, dict[str, Any], list[Span]]:
    """End the period at `at_us`: the account of the next one, what goes into `coverage.totals`, spans."""
    at_us = max(at_us, account.since, *(part.done for part in account.parts.values()))
    account, spans = settle(account, at_us)
    data = {
        "since_us": account.since,
        "until_us": at_us,
        "seconds": round((at_us - account.since) / 1e6, 1),
        "sources": {name: _causes(part) for name, part in sorted(account.parts.items())},
    }
    left = {name: change(part, us={}) for name, part in account.parts.items() if part.present}
    return change(account, since=at_us, parts=left), data, spans


def _gap(account: Account, told: Told) -> Step:
    source, data, over = str(told.data.get("source")), told.data, told.type == "gap.ended"
    if source == "agent":
        return _stood_still(account, told)
    if source in OFF:
        account, spans = settle(account, told.at_us)
        off = {name: why for name, why in account.off.items() if name != source}
        return change(account, off=off if over else off | {source: data["why"]}), spans
    if source not in account.parts:
        return account, []
    spans = []
    since = told.at_us if told.type == "gap.updated" else data.get("since_us")
    known = account.parts[source].gap is not None
    if since is not None and not (over and known):
        account, spans = _settle_one(account, source, since)
        account = _with_gap(account, source, data["why"])
    if over:
        account, more = _settle_one(account, source, data.get("until_us", told.at_us))
        account, spans = _with_gap(account, source, None), spans + more
    return account, spans


def _stood_still(account: Account, told: Told) -> Step:
    """The agent's own gap within a boot: what was open before goes on after it, unless that was lost."""
    since, until, why = told.data.get("since_us"), told.data.get("until_us", told.at_us), told.data["why"]
    account, spans = settle(account, until if since is None else since)
    account, more = settle(change(account, stopped=account.stopped or why), until)
    account = change(account, stopped=None)
    if told.data.get("state_lost"):
        parts = {name: change(part, gap=None) for name, part in account.parts.items()}
        account = change(account, parts=parts, off={})
    account, last = _configured(account, account.names, until)
    return account, [*spans, *more, *last]


def _configured(account: Account, names: tuple[str, ...] | None, at_us: int) -> Step:
    """Other sources from now on: a period has each that it ever had, for the rest of it as not configured."""
    account = change(account, names=None)
    if names is None:
        return account, []
    account, spans = settle(account, at_us)
    wanted = dict.fromkeys((*ALWAYS, *names))
    parts = {
        name: part if part.present == (name in wanted) else Part(at_us, None, part.us, name in wanted)
        for name, part in account.parts.items()
    }
    for name in wanted.keys() - parts.keys():
        parts[name] = _added(Part(account.since), NOT_CONFIGURED, at_us)
        spans += [Span(name, account.since, at_us, NOT_CONFIGURED)] if at_us > account.since else []
    return change(account, parts=parts), spans


def _with_gap(account: Account, source: str, why: str | None) -> Account:
    return change(account, parts=account.parts | {source: change(account.parts[source], gap=why)})


def _settle_one(account: Account, source: str, at_us: int) -> Step:
    part, spans = _settled(account, source, at_us)
    return change(account, parts=account.parts | {source: part}), spans


def _settled(account: Account, name: str, at_us: int) -> tuple[Part, list[Span]]:
    part = account.parts[name]
    if at_us <= part.done:
        return part, []
    cause = _cause(account, name, part)
    return _added(part, cause, at_us), [Span(name, part.done, at_us, cause)]


def _cause(account: Account, name: str, part: Part) -> Cause:
    """The one cause that holds, the stronger first."""
    if not part.present:
        return NOT_CONFIGURED
    if account.stopped is not None:
        return Cause("stopped", account.stopped)
    if account.off and rests(name):
        return Cause("off", min(account.off.values()))
    return fine(name) if part.gap is None else gap(name, part.gap)


def _added(part: Part, cause: Cause, at_us: int) -> Part:
    lasted = at_us - part.done
    key = f"{cause.state} {cause.why}"
    if key not in part.us and len(part.us) >= MOST_CAUSES and cause.state not in FINE.values():
        key = f"{cause.state} others"
    us = part.us | {key: part.us.get(key, 0) + lasted} if lasted > 0 else part.us
    return change(part, done=max(part.done, at_us), us=us)


def _causes(part: Part) -> list[dict[str, Any]]:
    found = [(key.partition(" "), us) for key, us in sorted(part.us.items())]
    return [{"state": state, "why": why, "us": us} for (state, _, why), us in found]


def _named(data: dict[str, Any]) -> list[str]:
    """The sources that a birth or new settings name."""
    cameras = data.get("cameras", {})
    names = [f"camera:{name}" for role in ("body", "cab") for name in cameras.get(role, ())]
    return names + [f"link:{name}" for name in data.get("sinks", ())]
