"""Which fixes may decide anything: unfit ones are journalled with the reasons and used for nothing.

Unfit is what has no measured position, what the receiver itself calls poor, what repeats an old moment,
what comes from a receiver under a suspicion that touches its position, and what lies where the truck cannot
be. Such a leap is unfit until `agree_fixes` fixes over five seconds agree on the new place: by then a
receiver that was moved by deceit is under suspicion, and one that was carried (a ferry, a long gap) is not.
"""

from datetime import datetime

import msgspec

from agent.model import Settings
from agent.rules.motion import SECOND
from drivers.geodesy import apart_m
from drivers.readings import Fix, ReceiverHealth

_NOT_MEASURED = (0, 6, 7, 8)  # NMEA 0183 GGA quality: none, dead reckoning, entered by hand, simulator
_AGREE_S = 5.0  # longer than a suspicion takes to arrive, at any rate of epochs
_TOUCHES_POSITION = ("spoofing", "frozen")
_OLD_NS = 10 * SECOND  # an older word of the receiver says nothing of this fix


class Fitness(msgspec.Struct, frozen=True):
    """The last fit position, the time of the last epoch, and a place elsewhere that insists."""

    at_ns: int | None = None
    place: tuple[float, float] | None = None
    utc: datetime | None = None
    rival_ns: int = 0
    rival: tuple[float, float] | None = None
    rival_since: int = 0
    agreed: int = 0


def unfit(fix: Fix, settings: Settings, health: ReceiverHealth | None) -> tuple[str, ...]:
    """Why this fix alone may decide nothing; empty when it may."""
    if fix.mode == "none" or fix.lat is None or fix.lon is None:
        return ("no_position",)
    reasons = {
        "quality": fix.quality in _NOT_MEASURED,
        "hdop": fix.hdop is not None and fix.hdop > settings.max_hdop,
        "accuracy": fix.accuracy is not None and fix.accuracy > settings.max_accuracy_m,
        "satellites": fix.satellites is not None and fix.satellites < settings.min_satellites,
    }
    doubted = tuple(f"suspected_{kind}" for kind in doubts(fix, health) if kind in _TOUCHES_POSITION)
    return (*(name for name, holds in reasons.items() if holds), *doubted)


def doubts(fix: Fix, health: ReceiverHealth | None) -> tuple[str, ...]:
    """The suspicions that the receiver is under at this fix."""
    if health is None or abs(fix.mono_ns - health.mono_ns) > _OLD_NS:
        return ()
    return tuple(s.kind for s in health.suspicions)


def advance(
    fitness: Fitness, settings: Settings, fix: Fix, health: ReceiverHealth | None
) -> tuple[Fitness, tuple[str, ...]]:
    """Judge a fix, with what came before it; returns the reasons against it."""
    reasons = unfit(fix, settings, health)
    stale = fix.utc is not None and fix.utc == fitness.utc
    fitness = msgspec.structs.replace(fitness, utc=fix.utc)
    if stale:
        reasons = (*reasons, "stale")
    if reasons or fix.lat is None or fix.lon is None:
        return fitness, reasons
    return _place(fitness, settings, fix.mono_ns, (fix.lat, fix.lon))


def usable(fix: Fix, health: ReceiverHealth | None) -> Fix:
    """A fit fix as the rules take it: without its speed while that is said to be always zero."""
    return msgspec.structs.replace(fix, speed=None) if "speed_zero" in doubts(fix, health) else fix


def _place(
    fitness: Fitness, settings: Settings, now: int, place: tuple[float, float]
) -> tuple[Fitness, tuple[str, ...]]:
    """Whether the truck can be there, or whether enough fixes insist on it."""
    known, at_ns = fitness.place, fitness.at_ns
    if known is None or at_ns is None or _reachable(settings, known, place, now - at_ns):
        return Fitness(now, place, fitness.utc), ()
    agrees = fitness.rival is not None and _reachable(settings, fitness.rival, place, now - fitness.rival_ns)
    since, agreed = (fitness.rival_since, fitness.agreed + 1) if agrees else (now, 1)
    if agreed >= settings.agree_fixes and now - since >= _AGREE_S * SECOND:
        return Fitness(now, place, fitness.utc), ()
    waiting = msgspec.structs.replace(fitness, rival=place, rival_ns=now, rival_since=since, agreed=agreed)
    return waiting, ("jump",)


def _reachable(settings: Settings, a: tuple[float, float], b: tuple[float, float], elapsed_ns: int) -> bool:
    return apart_m(a, b) <= settings.jump_m + settings.max_speed_mps * max(0, elapsed_ns) / SECOND
