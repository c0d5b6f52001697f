"""A shift of eight hours as the journal has it: fixes, health, events; and the pictures' sizes."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
from track import METRES, START, drive

from agent.model import Emit, Stream
from drivers.readings import Fix

SECOND = 1_000_000_000
SHIFT_S = 8 * 3600
PICTURES = (118_000, 131_000, 124_000)
"""Bytes of the three pictures, JPEG of 1280 x 720 at quality 90."""
_TRIP = (("park", 1200), ("drive", 1800), ("park", 480), ("drive", 1500))
"""Loading, hauling, tipping, driving back: 83 minutes; a break of 45 minutes after three."""
PHASES = (*_TRIP * 3, ("park", 2700), *_TRIP * 3)


def fixes() -> list[Fix]:
    """One fix a second; standing, a receiver's noise of 0.15 m that drifts goes on."""
    rng = random.Random(4)  # noqa: S311
    driving, found = drive(SHIFT_S, 5, rng), list[Fix]()
    for what, seconds in PHASES:
        if what == "drive":
            found += [next(driving) for _ in range(seconds)]
        else:
            found += _standing(found[-1] if found else next(driving), seconds, rng)
    return [_at(fix, n) for n, fix in enumerate(found[:SHIFT_S])]


def _standing(last: Fix, seconds: int, rng: random.Random) -> Iterator[Fix]:
    north = east = up = 0.0
    step = 60 * 10**5
    for _ in range(seconds):
        north, east, up = (0.98 * v + rng.gauss(0, d) for v, d in ((north, 0.03), (east, 0.03), (up, 0.1)))
        yield msgspec.structs.replace(
            last,
            lat=round(((last.lat or 0.0) + north / METRES) * step) / step,
            lon=round(((last.lon or 0.0) + east / METRES) * step) / step,
            alt=round((last.alt or 0.0) + up, 1),
            speed=max(0.0, round(rng.gauss(0.03, 0.03), 2)),
            course=None,
        )


def _at(fix: Fix, second: int) -> Fix:
    mono_ns = second * SECOND + fix.mono_ns % SECOND
    return msgspec.structs.replace(fix, mono_ns=mono_ns, utc=START + timedelta(seconds=second))


def others(second: int) -> Iterator[Emit]:
    """What else is journalled in a second: a report a minute, each trip's loads, three violations."""
    if second % 60 == 0:
        yield Emit("health", "health.report", "unit", _filled(800))
    at, trip = 0, 0
    for what, seconds in PHASES:
        if what == "drive" and second in (at, at + seconds):
            yield Emit("event", "load.changed", f"load-{trip}-{at}", _filled(600))
        if what == "drive" and trip % 4 == 0 and second in (at + 700, at + 1000):
            kind = "started" if second == at + 700 else "ended"
            severity: Any = "violation"
            yield Emit("event", f"uncovered_load.{kind}", f"uncovered-{trip}", _filled(900), severity)
        trip, at = trip + (what == "drive"), at + seconds
    if second % 7200 == 0:
        stream: Stream = "coverage"
        yield Emit(stream, "gap.ended", "fix", _filled(250))


def _filled(size: int) -> dict[str, Any]:
    """A body of about so many bytes."""
    return {"text": "x" * (size - 30)}
