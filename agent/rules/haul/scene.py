"""What the rules of hauling look at in the moment of a fit fix, and what they answer."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import msgspec

from agent.model import LoadState, Settings
from agent.rule_layers import Limits, Zone
from agent.rules.agreement import Load
from agent.rules.haul.standing import NONE_SPENT, Spent, Standing, standing
from agent.rules.hours import within
from agent.rules.motion import SECOND, Motion, knows_speed
from drivers.readings import Fix

LADEN: tuple[LoadState, ...] = ("covered", "partly", "uncovered")
STOPPED = "stopped"
_SIGMAS = 2.0  # a position is taken to be so many standard errors off, in the driver's favour
_SITES = ("loading", "disposal")


class Look(msgspec.Struct, frozen=True):
    """A rule's word on one moment.

    `breach`: against the rule, by `value` (None: for as long as it lasts, s). `over`: in order, and `why`.
    `neither`: it goes on as it was, and so does waiting for its duration when `why` is STOPPED.
    `unknown`: what it needs is missing, and `why` (clock, permits, load).
    `key`: what it is about; another one is another episode.
    """

    state: Literal["breach", "neither", "over", "unknown"]
    why: str = ""
    value: float | None = None
    key: str = ""
    facts: dict[str, Any] = {}


class Scene(msgspec.Struct, frozen=True):
    """One moment. `near`: zones that hold the place or are near it, with the way to their border (m).

    `laden` None: nobody knows; `moving` None likewise; `utc_s` is by a trusted clock, None without one.
    """

    settings: Settings
    fix: Fix
    lon: float
    lat: float
    motion: Motion
    laden: bool | None
    moving: bool | None
    utc_s: int | None
    near: tuple[tuple[Zone, float], ...]
    error_m: float
    standing: Standing

    @property
    def now(self) -> int:
        """The fix's own time, ns."""
        return self.fix.mono_ns

    @property
    def at_site(self) -> bool:
        """Whether a loading or disposal site is here, or within its grace."""
        grace = self.settings.grace_m
        return any(away <= grace for zone, away in self.near if zone.role in _SITES)

    def in_force(self, zone: Zone) -> bool | None:
        """Whether a zone's hours are now, and it is meant for this truck; None when that is not known."""
        if zone.loaded_only and self.laden is False:
            return False
        if zone.hours and self.utc_s is None:
            return None
        if zone.hours and not within(
            zone.hours, self.settings.clocks.get(zone.time_zone, ()), self.utc_s or 0
        ):
            return False
        return None if zone.loaded_only and self.laden is None else True


class Rule(NamedTuple):
    """`unit` of the value; `after`: for how long (s) and on how long a way (m) it must hold to start.

    `gap_s`: so long without a fit fix, and waiting begins anew; `still`: also when the truck is elsewhere.
    """

    name: str
    unit: str
    look: Callable[[Scene], Look]
    after: Callable[[Limits], tuple[float, float]]
    gap_s: Callable[[Settings], float] = lambda settings: settings.fix_gap_s
    still: bool = False


def scene_of(
    settings: Settings, motion: Motion, load: Load, offset: int | None, spent: Spent = NONE_SPENT
) -> Scene | None:
    """The scene of the last fit fix; `offset` is UTC minus CLOCK_BOOTTIME, ns; `spent` counts for quotas."""
    fix = motion.fix
    if fix is None or fix.lat is None or fix.lon is None:
        return None
    error = _SIGMAS * (settings.limits.error_m if fix.accuracy is None else fix.accuracy)
    reach = max(settings.grace_m, settings.limits.leave_m + error) + 1
    utc_s = None if offset is None else (fix.mono_ns + offset) // SECOND
    return Scene(
        settings=settings,
        fix=fix,
        lon=fix.lon,
        lat=fix.lat,
        motion=motion,
        laden=laden(load, settings, fix.mono_ns),
        moving=motion.moving if knows_speed(motion, settings, fix.mono_ns) else None,
        utc_s=utc_s,
        near=tuple(settings.map.about(fix.lon, fix.lat, reach)),
        error_m=error,
        standing=standing(settings, utc_s, spent),
    )


def laden(load: Load, settings: Settings, now: int) -> bool | None:
    """Whether the truck carries a load: what lasted, while it is remembered and nothing contradicts it."""
    if load.lasting == "unknown" or load.lasting_ns is None:
        return None
    if now - load.lasting_ns > settings.limits.load_memory_s * SECOND:
        return None
    carries = load.lasting in LADEN
    if load.state != "unknown" and (load.state in LADEN) != carries:
        return None
    return carries


def hauling(scene: Scene) -> Look | None:
    """What keeps the rules about permits from judging a moment; None when they can."""
    over = _not_hauling(scene)
    if over:
        return Look("over", over)
    if not scene.moving:
        return Look("neither", STOPPED if scene.moving is False else "")
    if scene.laden is None:
        return Look("unknown", "load")
    if scene.standing.state == "unknown":
        why = "clock" if scene.standing.why == "clock" else "permits"
        return Look("unknown", why, facts={"permits": scene.standing.why})
    return None


def _not_hauling(scene: Scene) -> str:
    if scene.standing.state == "unwanted":
        return "unwanted"
    if scene.laden is False:
        return "empty"
    return "site" if scene.at_site else ""
