"""What the receiver testifies of itself as episodes in the event stream.

An antenna that is open or short, and each suspicion, starts and ends once under one subject. In our table of
violations their severity is `notice`: a suspicion is a reason to look, with its figures, and what it points
at (a jammer in the next lane, a cut cable, a garage) may be nobody's deed. Slow epochs and a damaged line are
`info`, for the workshop; so is an antenna said to be open while fixes come, whatever the table says: many
modules say so of a passive antenna.
A loose plug may open and close each second: the antenna's episode ends when it was ok for `over_s`, and is
updated no more often than that.
A camera's motion could contradict a speed of zero or a frozen position better than the receiver itself;
no reading holds one yet.
"""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Settings, Severity
from agent.rules.charges import charge
from agent.rules.motion import SECOND, boot_of, microseconds, subject
from drivers.readings import ReceiverHealth, Suspicion

_OF_THE_LINE = ("slow", "damaged_line")


class Episode(msgspec.Struct, frozen=True):
    """An open one: its type without the ending, its subject, since when (ns), and what it last said.

    `told`: when a record last said so; `over_since`: since when the cause is away.
    """

    kind: str
    subject: str
    since: int
    data: dict[str, Any]
    severity: Severity
    seen: int = 0
    told: int = 0
    over_since: int | None = None


class Integrity(msgspec.Struct, frozen=True):
    """The open episodes: the antenna's, and one per kind of suspicion.

    `resuming`: the agent has started and the receiver has not yet spoken.
    """

    antenna: Episode | None = None
    suspicions: dict[str, Episode] = {}
    resuming: bool = False


def advance(
    integrity: Integrity, settings: Settings, seen: ReceiverHealth, *, fixes: bool
) -> tuple[Integrity, list[Effect]]:
    """Take the receiver's newest word; `fixes`: fit ones come. A receiver that is away says nothing."""
    if not seen.connected:
        return integrity, []
    antenna, effects = _antenna(integrity.antenna, settings, seen, fixes=fixes)
    open_ones = dict(integrity.suspicions)
    raised: dict[str, Suspicion] = {s.kind: s for s in seen.suspicions}
    for kind, episode in integrity.suspicions.items():
        suspicion = raised.get(kind)
        if integrity.resuming and (suspicion is None or suspicion.since_ns != episode.since):
            effects.append(_ended(open_ones.pop(kind), settings, episode.seen, "interrupted"))
        elif suspicion is None:
            effects.append(_ended(open_ones.pop(kind), settings, seen.mono_ns))
    for kind, suspicion in raised.items():
        if kind in open_ones:
            open_ones[kind] = msgspec.structs.replace(open_ones[kind], seen=seen.mono_ns)
        else:
            open_ones[kind] = _suspected(suspicion, settings, seen)
            effects.append(_started(open_ones[kind], settings))
    return Integrity(antenna, open_ones), effects


def interrupt(integrity: Integrity, settings: Settings) -> list[Effect]:
    """End every open episode where it was last seen, because its boot is over."""
    episodes = [integrity.antenna, *integrity.suspicions.values()]
    return [_ended(e, settings, e.seen, "interrupted") for e in episodes if e is not None]


def resume(integrity: Integrity) -> Integrity:
    """After a start in the same boot an episode goes on if the receiver still says the same, else it ends."""
    return msgspec.structs.replace(integrity, resuming=True)


def _antenna(
    before: Episode | None, settings: Settings, seen: ReceiverHealth, *, fixes: bool
) -> tuple[Episode | None, list[Effect]]:
    """Started when it becomes open or short, updated when that changes; unknown changes nothing."""
    now = seen.mono_ns
    if seen.antenna == "unknown" or (before is None and seen.antenna == "ok"):
        return before, []
    if before is None:
        data = {"state": seen.antenna, "inferred": seen.antenna_inferred, "fixes": fixes}
        severity: Severity = "info" if fixes else charge(settings, "receiver.antenna", "notice").severity
        name = subject("receiver-antenna", settings, now)
        begun = Episode("receiver.antenna", name, now, data, severity, now, now)
        return begun, [_started(begun, settings)]
    patience = settings.over_s * SECOND
    if seen.antenna == "ok":
        since = now if before.over_since is None else before.over_since
        if now - since >= patience:
            return None, [_ended(before, settings, since)]
        return msgspec.structs.replace(before, over_since=since), []
    lasting = msgspec.structs.replace(before, seen=now, over_since=None)
    said = {"state": seen.antenna, "inferred": seen.antenna_inferred}
    if said.items() <= before.data.items() or now - before.told < patience:
        return lasting, []
    changed = msgspec.structs.replace(lasting, data=before.data | said | {"fixes": fixes}, told=now)
    return changed, [_emit(changed, settings, "updated", {})]


def _suspected(suspicion: Suspicion, settings: Settings, seen: ReceiverHealth) -> Episode:
    kind = f"receiver.suspicion.{suspicion.kind}"
    usual: Severity = "info" if suspicion.kind in _OF_THE_LINE else "notice"
    return Episode(
        kind=kind,
        subject=subject(f"suspicion-{suspicion.kind}", settings, suspicion.since_ns),
        since=suspicion.since_ns,
        data={"why": suspicion.why, "strength": strength(seen)},
        severity=charge(settings, kind, usual).severity,
        seen=seen.mono_ns,
    )


def strength(seen: ReceiverHealth) -> dict[str, Any]:
    """C/N0 by constellation as it stands in records: satellites tracked, mean and best in dB-Hz."""
    return {
        name: {"count": s.count, "mean": round(s.mean, 1), "best": round(s.best, 1)}
        for name, s in sorted(seen.strength.items())
    }


def _started(episode: Episode, settings: Settings) -> Emit:
    return _emit(episode, settings, "started", {"settings": settings.hash})


def _ended(episode: Episode, settings: Settings, until: int, reason: str = "over") -> Emit:
    more: dict[str, Any] = {"until_us": microseconds(until), "reason": reason}
    if reason == "interrupted":
        more["boot"] = boot_of(episode.subject)
    return _emit(episode, settings, "ended", more)


def _emit(episode: Episode, settings: Settings, what: str, more: dict[str, Any]) -> Emit:
    authority = list(charge(settings, episode.kind).authority)
    data = {**episode.data, "since_us": microseconds(episode.since), "authority": authority, **more}
    return Emit("event", f"{episode.kind}.{what}", episode.subject, data, episode.severity)
