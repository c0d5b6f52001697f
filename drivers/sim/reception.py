"""How a simulated receiver hears the sky: signal strength, tracking, time to first fix, what blocks it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Literal

import msgspec

from drivers.readings import Constellation, Mode
from drivers.sim.faults import NO_SIGNAL, Active, Fault
from drivers.sim.sky import Dilution, Satellite, Sky, dilution
from drivers.sim.solution import Heard, Pose

Start = Literal["cold", "warm", "hot", "running"]
# s to the first fix under an open sky: the usual figures of data sheets (cold 26 to 30, warm about as long
# where the ephemerides are old, hot 1); "running": it has been on for long.
TTFF_S: Mapping[Start, float] = {"cold": 30.0, "warm": 15.0, "hot": 1.0, "running": 0.0}
_TRACKED_DBHZ, _USED_DBHZ = 12.0, 20.0
_MASK_DEG = 5.0  # lower ones are behind houses and trees; the usual mask of receivers
_NEW_SIGNAL_S = 2.0  # to track a satellite that appears while the rest is tracked
_PAUSE_S = 1.0  # to the fix after an outage that no fault explains
_OPEN_ANTENNA_DB = 29.0  # what is left without an antenna is too weak to use
_STREET_DEG, _STREET_ELEVATION = 25.0, 15.0  # along a street the sky is open to this height
_CANYON_DB = 6.0

_Key = tuple[Constellation, int]


class Sighting(msgspec.Struct, frozen=True):
    """What is heard in one epoch: satellites, the kind of fix they give, whether the time is known."""

    heard: tuple[Heard, ...]
    mode: Mode
    dilution: Dilution | None
    timed: bool


class Reception:
    """Follows the signals from epoch to epoch; all times are s of the module's time, never going back."""

    def __init__(self, constellations: Iterable[Constellation], seed: int = 0) -> None:
        self._seed = seed
        self._traits: dict[_Key, tuple[float, float]] = {}
        self._place: Pose | None = None
        self._quiet_of: tuple[tuple[Satellite, ...], list[float]] = ((), [])
        self._geometry: tuple[tuple[Satellite, ...], Dilution | None] = ((), None)
        self.listen(constellations)
        self.restart("running", 0.0)

    def listen(self, constellations: Iterable[Constellation]) -> None:
        """Change the constellations that are heard."""
        self._sky = Sky(constellations, _MASK_DEG)

    def restart(self, start: Start, ttff_s: float) -> None:
        """Forget what is tracked; the first fix comes `ttff_s` after enough signals are there."""
        self._tracked_from: dict[_Key, float] = {}
        self._ready: float | None = None
        self._pause = ttff_s
        self._clock, self._almanac = start != "cold", start != "cold"

    def receive(self, t: float, utc: datetime, pose: Pose | None, on: Active, chance: Random) -> Sighting:
        """The epoch at t; `pose` None: no sky at all. `chance` makes the noise."""
        self._place = pose or self._place
        if self._place is None:
            return Sighting((), "none", None, self._clock)
        place = self._place
        sky = self._sky.over(utc, place.lat, place.lon)
        levels = self._levels(sky, place, t, on, chance) if pose else [0.0] * len(sky)
        usable = [s for s, level in zip(sky, levels, strict=True) if level >= _USED_DBHZ and _counts(s)]
        self._note_outage(t, len(usable) >= 3, on)
        tracked = [self._tracks(s, level, t) for s, level in zip(sky, levels, strict=True)]
        used = self._used(sky, levels, tracked) if self._fixing(t) else ()
        mode: Mode = "3d" if len(used) >= 4 else "2d" if used else "none"
        self._almanac |= mode != "none"
        return Sighting(self._list(sky, levels, tracked, used), mode, self._dilution(used), self._clock)

    def _used(
        self, sky: Sequence[Satellite], levels: Sequence[float], tracked: Sequence[bool]
    ) -> tuple[Satellite, ...]:
        """The satellites of the fix; none where there are fewer than three."""
        rows = zip(sky, levels, tracked, strict=True)
        used = tuple(s for s, level, held in rows if held and level >= _USED_DBHZ and _counts(s))
        return used if len(used) >= 3 else ()

    def _levels(
        self, sky: tuple[Satellite, ...], place: Pose, t: float, on: Active, chance: Random
    ) -> list[float]:
        """C/N0 of each, dB-Hz; 0 where nothing comes through."""
        if "spoof" in on:
            return [on["spoof"].number("cn0")] * len(sky)
        if "switch" in on or "antenna_short" in on:
            return [0.0] * len(sky)
        noise = [chance.gauss(0.0, 0.7) for _ in sky]
        levels = [quiet + n for quiet, n in zip(self._quiet(sky), noise, strict=True)]
        if "tunnel" in on:
            left = 1.0 - _ramp(on["tunnel"], "fade", t, 1.0)
            levels = [level * left for level in levels]
        loss = _OPEN_ANTENNA_DB if "antenna_open" in on else 0.0
        loss += _ramp(on["jam"], "ramp", t, on["jam"].number("db")) if "jam" in on else 0.0
        if "canyon" in on:
            levels = [
                0.0 if s.elevation < _skyline(on["canyon"], place, s.azimuth) else level - _CANYON_DB + 3 * n
                for s, level, n in zip(sky, levels, noise, strict=True)
            ]
        return [max(0.0, level - loss) for level in levels]

    def _quiet(self, sky: tuple[Satellite, ...]) -> list[float]:
        """C/N0 under an open sky without noise: 26 dB-Hz at the horizon to 48 overhead, by satellite."""
        if sky is not self._quiet_of[0]:
            heights = [math.sin(math.radians(s.elevation)) for s in sky]
            levels = [26 + 22 * float(h**0.8) + self._trait(s)[0] for s, h in zip(sky, heights, strict=True)]
            self._quiet_of = (sky, levels)
        return self._quiet_of[1]

    def _trait(self, s: Satellite) -> tuple[float, float]:
        """How a satellite differs from others: dB, and its share of an acquisition's time."""
        key = (s.constellation, s.number)
        if key not in self._traits:
            own = Random(f"{self._seed}/{s.constellation}/{s.number}")
            self._traits[key] = (own.uniform(-2, 2), own.uniform(0.1, 0.8))
        return self._traits[key]

    def _note_outage(self, t: float, enough: bool, on: Active) -> None:  # noqa: FBT001 - of one caller
        if not enough:
            pauses = [f.number("reacquire") for kind, f in on.items() if kind in (*NO_SIGNAL, "jam")]
            if self._fixing(t):
                self._pause = _PAUSE_S
            self._pause = max([self._pause, *pauses])
            self._ready = None
        elif self._ready is None:
            self._ready = t + self._pause
        if self._ready is not None and t >= self._ready - self._pause / 2:
            self._clock = True

    def _fixing(self, t: float) -> bool:
        return self._ready is not None and t >= self._ready - 1e-9

    def _tracks(self, s: Satellite, level: float, t: float) -> bool:
        key = (s.constellation, s.number)
        if level < _TRACKED_DBHZ:
            self._tracked_from.pop(key, None)
            return False
        if key not in self._tracked_from:
            pause = _NEW_SIGNAL_S if self._fixing(t) else self._pause
            pause = 0.0 if self._pause == 0.0 and self._ready == t else pause
            self._tracked_from[key] = t + pause * self._trait(s)[1]
        return t >= self._tracked_from[key]

    def _list(
        self,
        sky: Sequence[Satellite],
        levels: Sequence[float],
        tracked: Sequence[bool],
        used: tuple[Satellite, ...],
    ) -> tuple[Heard, ...]:
        known, using = self._almanac, {(s.constellation, s.number) for s in used}
        return tuple(
            Heard(
                s.constellation,
                s.number,
                round(s.elevation) if known else None,
                round(s.azimuth) % 360 if known else None,
                round(level) if held else None,
                (s.constellation, s.number) in using,
            )
            for s, level, held in zip(sky, levels, tracked, strict=True)
            if known or held
        )

    def _dilution(self, used: tuple[Satellite, ...]) -> Dilution | None:
        if used != self._geometry[0]:
            self._geometry = (used, dilution(used))
        return self._geometry[1]


def _counts(s: Satellite) -> bool:
    """Whether it may be in a fix."""
    return s.constellation != "sbas"


def _ramp(fault: Fault, over: str, t: float, db: float) -> float:
    """Grows from 0 to `db` in the seconds that the parameter `over` gives."""
    seconds = fault.number(over)
    return db * min(1.0, (t - fault.at) / seconds) if seconds else db


def _skyline(canyon: Fault, place: Pose, azimuth: float) -> float:
    """The elevation that buildings hide in a direction."""
    street = canyon.number("street")
    street = place.course if math.isnan(street) else street
    off = abs((azimuth - street + 90) % 180 - 90)
    return _STREET_ELEVATION if off < _STREET_DEG else canyon.number("elevation")


class Wander:
    """An error that comes and goes: a first-order Gauss-Markov process in metres east, north and up."""

    def __init__(self) -> None:
        self._error = [0.0, 0.0, 0.0]
        self._t = 0.0

    def at(self, t: float, sigma: float, seconds: float, chance: Random) -> tuple[float, float, float]:
        """The error at t; 0 when sigma is 0, and up is 1.5 times as large as the others."""
        keep = math.exp(-max(0.0, t - self._t) / seconds)
        fresh = sigma * math.sqrt(1 - keep * keep) if sigma else 0.0
        self._t = t
        self._error = [keep * e + chance.gauss(0.0, fresh) if sigma else 0.0 for e in self._error]
        east, north, up = self._error
        return east, north, 1.5 * up
