"""The coverage ledger: since when and why there was no fix, no picture, no link, no agent."""

from typing import Any

import msgspec

from agent.model import (
    Effect,
    Emit,
    JournalState,
    LinkState,
    LoadReading,
    Observation,
    Restarted,
    Settings,
)
from agent.rules.motion import SECOND, boot_of, microseconds, subject
from drivers.readings import CameraHealth, Fix, ReceiverHealth, SwitchState


class Source(msgspec.Struct, frozen=True):
    """One source of observations: when it was last good, what it says of itself, the open gap's subject.

    `told` is when a reason was last written.

    A source is judged by what it delivers (`holds` False) or by its own word, which holds until it changes.
    """

    last_good: int
    holds: bool = False
    good: bool = False
    why: str = "nothing yet"
    gap: str | None = None
    gap_why: str = ""
    gap_since: int = 0
    told: int = 0


class Coverage(msgspec.Struct, frozen=True):
    """The sources by name: `fix`, `camera:NAME`, `switch:ROLE`, `link:NAME`; a full journal."""

    sources: dict[str, Source] = {}
    journal: Source | None = None


def begin(settings: Settings) -> Coverage:
    """A ledger that waits for everything from now on."""
    now = settings.mono_ns
    names = ["fix"]
    names += [f"camera:{name}" for name in settings.body_cameras + settings.cab_cameras]
    names += [f"switch:{role}" for role in settings.switches]
    sources = {name: Source(now) for name in names}
    sources |= {f"link:{name}": Source(now, holds=True) for name in settings.sinks}
    return Coverage(sources)


def resume(ledger: Coverage, settings: Settings) -> tuple[Coverage, list[Effect]]:
    """The ledger after a start or under new settings: sources that stay keep what they knew, others end.

    A link that was up is not up any more: a new connection has to say so.
    """
    sources = begin(settings).sources
    for name in sources.keys() & ledger.sources.keys():
        known = ledger.sources[name]
        if known.holds and known.good:
            known = _tell(known, settings.mono_ns, good=False, why="link: not connected yet")
        sources[name] = known
    gone = Coverage({n: s for n, s in ledger.sources.items() if n not in sources})
    return Coverage(sources, ledger.journal), interrupt(gone)


def pause(ledger: Coverage, now: int) -> tuple[Coverage, list[Effect]]:
    """Off duty only links and the journal are accounted for; what else is open ends."""
    kept = {name: source for name, source in ledger.sources.items() if name.startswith("link:")}
    ended: list[Effect] = [
        _gap("gap.ended", name, source, until=now)
        for name, source in ledger.sources.items()
        if name not in kept and source.gap
    ]
    return Coverage(kept, ledger.journal), ended


def proceed(ledger: Coverage, settings: Settings, now: int) -> Coverage:
    """Back on duty everything is awaited from now on."""
    awaited = begin(msgspec.structs.replace(settings, mono_ns=now)).sources
    return Coverage(awaited | ledger.sources, ledger.journal)


def advance(
    ledger: Coverage, settings: Settings, seen: Observation, unfit: tuple[str, ...] = ()
) -> tuple[Coverage, list[Effect]]:
    """Take what a source says; open, explain and close gaps. A fix that is `unfit` covers nothing."""
    effects: list[Effect] = []
    sources = dict(ledger.sources)
    told = _told(seen, settings, unfit)
    if told and told[0] in sources:
        name, good, why = told
        sources[name] = _tell(sources[name], seen.mono_ns, good=good, why=why)
    journal = ledger.journal
    if isinstance(seen, JournalState):
        journal, more = _journal(journal, settings, seen)
        effects += more
    for name, source in sources.items():
        sources[name], more = _judge(name, source, settings, seen.mono_ns)
        effects += more
    return Coverage(sources, journal), effects


def _journal(
    before: Source | None, settings: Settings, seen: JournalState
) -> tuple[Source | None, list[Effect]]:
    """The journal's own gap: its records wait in memory, and fixes that found no room are counted."""
    if seen.writable == (before is None):
        return before, []
    if before is None:
        name = subject("gap-journal", settings, seen.mono_ns)
        opened = Source(seen.mono_ns, gap=name, gap_why="full", gap_since=seen.mono_ns)
        return opened, [_gap("gap.started", "journal", opened)]
    ended = _gap("gap.ended", "journal", before, until=seen.mono_ns)
    return None, [msgspec.structs.replace(ended, data=ended.data | {"dropped_fixes": seen.dropped})]


def agent_gap(seen: Restarted, settings: Settings) -> Emit:
    """The time in which the agent did not run, ended by its start: since when, and where it was last.

    Over a boot its length is unknown; its beginning is then a moment of the boot before.
    """
    since = seen.before_ns if seen.new_boot else seen.last_mono_ns
    data: dict[str, Any] = {
        "source": "agent",
        "why": "stopped in order" if seen.clean else "stopped without warning",
        "since_us": None if since is None else microseconds(since),
        "until_us": microseconds(seen.mono_ns),
        "state_lost": not seen.readable,
    }
    if seen.new_boot and since is not None:
        data["boot"] = seen.before
    place = seen.place
    if place is not None:
        at = {"lat": round(place.lat, 7), "lon": round(place.lon, 7), "crs": "WGS-84"}
        data["place"] = at | {"boot": place.boot, "at_us": microseconds(place.mono_ns)}
    return Emit("coverage", "gap.ended", subject("gap", settings, seen.mono_ns), data)


def interrupt(ledger: Coverage) -> list[Effect]:
    """End every open gap because its source or the boot it began in is gone; its subject names that boot."""
    return [
        Emit(
            "coverage",
            "gap.ended",
            source.gap,
            {
                "source": name,
                "why": source.gap_why,
                "reason": "interrupted",
                "since_us": microseconds(source.gap_since),
                "boot": boot_of(source.gap),
            },
        )
        for name, source in [*ledger.sources.items(), ("journal", ledger.journal)]
        if source is not None and source.gap
    ]


def _told(seen: Observation, settings: Settings, unfit: tuple[str, ...]) -> tuple[str, bool, str] | None:
    """Which source an observation speaks of, whether it is good, and if not why."""
    if isinstance(seen, Fix):
        return "fix", not unfit, "no fix" if seen.mode == "none" else f"unfit: {', '.join(unfit)}"
    if isinstance(seen, ReceiverHealth) and not seen.connected:
        return "fix", False, f"receiver: {seen.reason}"
    if isinstance(seen, LoadReading):
        return f"camera:{seen.camera}", seen.usable, f"unusable: {seen.reason}"
    if isinstance(seen, CameraHealth):
        cab = seen.connected and seen.camera in settings.cab_cameras
        why = f"unusable: {seen.faults[0].kind}" if cab and seen.faults else f"camera: {seen.reason}"
        known = cab or not seen.connected
        return (f"camera:{seen.camera}", cab and not seen.faults, why) if known else None
    if isinstance(seen, LinkState):
        return f"link:{seen.sink}", seen.connected, f"link: {seen.reason}"
    return _switch(seen) if isinstance(seen, SwitchState) else None


def _switch(seen: SwitchState) -> tuple[str, bool, str]:
    return f"switch:{seen.switch}", seen.on is not None, f"{seen.fault}: {seen.why}"


def _tell(source: Source, now: int, *, good: bool, why: str) -> Source:
    if good:
        return msgspec.structs.replace(source, last_good=now, good=True)
    # A source that holds was good until this very moment.
    last_good = now if source.holds and source.good else source.last_good
    return msgspec.structs.replace(source, last_good=last_good, good=False, why=why)


def _judge(name: str, source: Source, settings: Settings, now: int) -> tuple[Source, list[Effect]]:
    limit = _limit_s(name, settings) * SECOND
    recent = now - source.last_good < limit
    if source.gap is None:
        if recent or (source.holds and source.good):
            return source, []
        since = source.last_good
        opened = msgspec.structs.replace(
            source,
            gap=subject(f"gap-{name}", settings, since),
            gap_why="silent" if source.good else source.why,
            gap_since=since,
            told=now,
        )
        return opened, [_gap("gap.started", name, opened)]
    if source.good and recent:
        closed = msgspec.structs.replace(source, gap=None, gap_why="")
        return closed, [_gap("gap.ended", name, source, until=now)]
    if not source.good and source.why != source.gap_why and now - source.told >= limit:
        source = msgspec.structs.replace(source, gap_why=source.why, told=now)
        return source, [_gap("gap.updated", name, source)]
    return source, []


def _limit_s(name: str, settings: Settings) -> float:
    if name == "fix":
        return settings.fix_gap_s
    return settings.camera_gap_s if name.startswith("camera:") else settings.link_gap_s


def _gap(kind: str, name: str, source: Source, until: int | None = None) -> Emit:
    data = {"source": name, "why": source.gap_why, "since_us": microseconds(source.gap_since)}
    if until is not None:
        data |= {"until_us": microseconds(until), "seconds": round((until - source.gap_since) / SECOND, 1)}
    return Emit("coverage", kind, source.gap or "", data)
