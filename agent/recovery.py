"""What a start finds: the rule state of the last run, and what became of a damaged journal."""

import logging
from collections.abc import Iterator
from typing import Any

import msgspec

from agent.model import LastFix, LastPlace, Restarted
from agent.rules.state import STATE_VERSION, State
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.salvage import Salvage
from drivers.clock import Clock

log = logging.getLogger(__name__)
_HEAD = 8  # of a boot id, as in subjects
_LOOK_BACK = 600  # records of the track, for one with a position


class _Place(msgspec.Struct):
    lat: float | None = None
    lon: float | None = None


class Saved(msgspec.Struct, frozen=True):
    """The rule state as it lies in the journal."""

    version: int
    boot: str
    state: State


def saved(boot: str, state: State) -> bytes:
    """The rule state as it goes into the journal."""
    return msgspec.msgpack.encode(Saved(STATE_VERSION, boot, state))


def recover(journal: Journal, clock: Clock, version: str) -> tuple[Restarted, State]:
    """The last rule state and the observation that tells the rules of the start."""
    raw = journal.load_snapshot()
    saved = _read(raw)
    new_boot = saved is None or saved.boot != clock.boot
    restarted = Restarted(
        mono_ns=clock.mono_ns(),
        version=version,
        first=raw is None,
        new_boot=new_boot,
        clean=journal.clean(),
        readable=raw is None or saved is not None,
        replaced=None if journal.replaced is None else str(journal.replaced),
        last_mono_ns=journal.newest_mono_ns(clock.boot),
        last_fix=_last_fix(journal),
        before="" if saved is None else saved.boot[:_HEAD],
        before_ns=None if saved is None else journal.newest_mono_ns(saved.boot),
        place=_last_place(journal),
    )
    return restarted, State() if saved is None else saved.state


def _last_fix(journal: Journal) -> LastFix | None:
    """The newest position in the journal, and for how long its boot was recorded after it."""
    record = journal.find("track", "fix", b'"mode"')
    if record is None:
        return None
    fix = msgspec.json.decode(record.payload, type=dict[str, Any])
    newest = journal.newest_mono_ns(record.boot) or record.mono_ns
    return LastFix(
        boot=record.boot,
        mono_ns=record.mono_ns,
        lat=fix["lat"],
        lon=fix["lon"],
        speed=fix["speed"],
        hdop=fix["hdop"],
        fit=fix["mode"] != "none" and not fix.get("unfit"),
        quiet_s=(newest - record.mono_ns) / 1e9,
    )


def _last_place(journal: Journal) -> LastPlace | None:
    """Where the newest position of the track was, fit or not."""
    newest = journal.last("track")
    for record in reversed(journal.proofs.records("track", max(1, newest - _LOOK_BACK), _LOOK_BACK + 1)):
        try:
            at = msgspec.json.decode(record.payload, type=_Place) if record.intact() else _Place()
        except msgspec.MsgspecError:
            continue
        if at.lat is not None and at.lon is not None:
            return LastPlace(record.boot[:_HEAD], record.mono_ns, at.lat, at.lon)
    return None


def _read(raw: bytes | None) -> Saved | None:
    if raw is None:
        return None
    try:
        saved = msgspec.msgpack.decode(raw, type=Saved)
    except msgspec.MsgspecError as e:
        log.warning("journal: the rule state cannot be read (%s); it begins anew", e)
        return None
    return saved if saved.version == STATE_VERSION else None


def never_come(found: Salvage, journal: Journal, sink: str) -> Iterator[tuple[str, int, int, str]]:
    """(stream, lo, hi, why) of what a sink never gets of a salvaged journal under its new generation.

    `dead`: lost. `earlier`: delivered or pruned under the old generation.
    """
    for stream, last in found.last.items():
        lost = RangeSet(found.lost.get(stream, ()))
        comes = RangeSet(found.kept.get(stream, ()))
        for lo, hi in journal.settled(sink, stream):
            comes.discard(lo, hi)
        comes.merge(lost)
        yield from ((stream, lo, hi, "dead") for lo, hi in lost)
        yield from ((stream, lo, hi, "earlier") for lo, hi in comes.missing(1, last))
