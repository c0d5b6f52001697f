"""An exposed load on a moving truck, outside the sites, as an episode: the violation and the notice are such.

It starts when the smoothed state was seen for `uncovered_after_s` while the truck moved outside the sites and
their grace zones, and ends when the reason for its end held for `covered_after_s`.
"""

from typing import Any, Literal

import msgspec

from agent.model import Effect, Emit, LoadState, Settings, Severity, Snapshot
from agent.rules import along, warning
from agent.rules.account import reasons
from agent.rules.agreement import Load, lasted, newest, said_ns, suspects, watched_ns
from agent.rules.along import Along
from agent.rules.charges import charge, versions
from agent.rules.motion import SECOND, Motion, boot_of, fresh, knows_speed, microseconds, subject
from agent.rules.zones import in_grace, place, zone_of
from drivers.readings import Fix

_UNOBSERVED_TIMES = 10  # an episode nobody can see any more ends after this many times its ending duration
_SEEN = ("covered", "partly", "empty", "uncovered")
Ending = Literal["covered", "partly", "empty", "uncovered", "site", "parked", "unobserved", "interrupted"]
change = msgspec.structs.replace


class Kind(msgspec.Struct, frozen=True):
    """What an episode is about: the smoothed state, its name in records, how grave it is, pictures of it."""

    name: str
    state: LoadState
    severity: Severity
    pictures: bool


VIOLATION = Kind("uncovered_load", "uncovered", "violation", pictures=True)
NOTICE = Kind("partly_covered", "partly", "notice", pictures=False)


class Episode(msgspec.Struct, frozen=True):
    """`since`: the conditions hold; `subject`: the open episode; `over_since`: the reason to end it holds.

    `road_since`: the truck moves outside the sites; `least` is the lowest confidence since it was sure;
    `warned`: when the driver was told of what holds `since`; `along`: what was seen on its way.
    """

    road_since: int | None = None
    since: int | None = None
    least: float = 1.0
    subject: str | None = None
    started: int = 0
    over_since: int | None = None
    ending: Ending | None = None
    last_seen: int = 0
    warned: int | None = None
    along: Along = Along()


class Scene(msgspec.Struct, frozen=True):
    """What a rule looks at in one moment."""

    settings: Settings
    motion: Motion
    load: Load
    now: int


def advance(kind: Kind, episode: Episode, scene: Scene) -> tuple[Episode, list[Effect]]:
    """Let an episode see the newest load and motion."""
    if episode.subject is None:
        return _wait(kind, episode, scene)
    return _watch(kind, episode, scene)


def interrupt(kind: Kind, episode: Episode) -> list[Effect]:
    """End an open episode where it was last seen, because the agent did not run for too long after it."""
    if episode.subject is None:
        return []
    more = {"place": None, "boot": boot_of(episode.subject)}
    return [_ended(kind, change(episode, over_since=episode.last_seen), "interrupted", more, kind.severity)]


def resume(kind: Kind, episode: Episode, settings: Settings, now: int) -> tuple[Episode, list[Effect]]:
    """After a restart in the same boot: waiting begins anew; an episode goes on unless it is too long ago."""
    if episode.subject is None or now - episode.last_seen > unobserved_ns(settings):
        return Episode(), interrupt(kind, episode)
    return change(episode, over_since=None, ending=None), []


def unobserved_ns(settings: Settings) -> int:
    """For how long nobody need see a load before an episode about it is over."""
    return round(settings.covered_after_s * _UNOBSERVED_TIMES * SECOND)


def _wait(kind: Kind, episode: Episode, scene: Scene) -> tuple[Episode, list[Effect]]:
    """No episode is open: the conditions must hold without a break."""
    settings, load = scene.settings, scene.load
    fix = fresh(scene.motion, settings, scene.now)
    moving = scene.motion.moving and knows_speed(scene.motion, settings, scene.now)
    if not suspects(load) or fix is None or not moving or in_grace(fix, settings):
        return Episode(), []
    road = fix.mono_ns if episode.road_since is None else episode.road_since
    if load.state != kind.state:
        return Episode(road_since=road), []
    since = max(road, load.since, watched_ns(load))
    least = min(load.confidence, episode.least if episode.since is not None else 1.0)
    seen = _further(episode.along if episode.since == since else Along(), scene, fix)
    waiting = Episode(road_since=road, since=since, least=least, along=seen)
    if not lasted(load, since, settings.uncovered_after_s):
        return waiting, []
    name = subject(kind.name, settings, since)
    warned, told = episode.warned if episode.since == since else None, list[Effect]()
    if warned is None:
        warned, told = scene.now, warning.give(settings, kind.name, name, since, place(fix))
    after_s = settings.uncovered_after_s + warning.grace_s(settings, kind.name)
    if not (warning.is_over(settings, kind.name, warned, scene.now) and lasted(load, since, after_s)):
        return change(waiting, warned=warned), told
    begun, effects = _start(kind, change(waiting, warned=warned), name, scene, fix)
    return begun, told + effects


def _start(kind: Kind, held: Episode, name: str, scene: Scene, fix: Fix) -> tuple[Episode, list[Effect]]:
    """What held for long enough is reported."""
    settings, load = scene.settings, scene.load
    since, road = held.since or 0, held.road_since or 0
    data = {
        "since_us": microseconds(since),
        "place": place(fix),
        "zone": zone_of(fix, settings),
        "conditions": _conditions(scene, road, held.least),
        **along.account(held.along),
        **reasons(load, settings),
        "thresholds": _thresholds(settings),
        **_charged(kind, settings),
    }
    event = Emit("event", f"{kind.name}.started", name, data, _severity(kind, settings))
    begun = Episode(subject=name, started=since, last_seen=newest(load), along=held.along)
    return begun, [event, *_pictures(kind, event, load)]


def _further(seen: Along, scene: Scene, fix: Fix | None) -> Along:
    return along.on(seen, fix, said_ns(scene.load), scene.load.confidence)


def _conditions(scene: Scene, road: int, least: float) -> dict[str, Any]:
    """What held besides the load, with its values."""
    load = scene.load
    return {
        "state_since_us": microseconds(load.since),
        "sure_since_us": microseconds(load.sure_ns),
        "watched_since_us": microseconds(watched_ns(load)),
        "moving_outside_sites_since_us": microseconds(road),
        "newest_usable_us": microseconds(said_ns(load)),
        "least_confidence": round(least, 4),
    }


def _thresholds(settings: Settings) -> dict[str, Any]:
    return {
        "confidence": settings.smoothing.confidence,
        "after_s": settings.uncovered_after_s,
        "moving_mps": settings.moving_mps,
        "grace_m": settings.grace_m,
        "stale_reading_s": settings.stale_reading_s,
    }


def _charged(kind: Kind, settings: Settings) -> dict[str, Any]:
    """Whose business it is, and who judged it under what."""
    return {"authority": list(charge(settings, kind.name).authority), **versions(settings)}


def _severity(kind: Kind, settings: Settings) -> Severity:
    return charge(settings, kind.name, kind.severity).severity


def _watch(kind: Kind, episode: Episode, scene: Scene) -> tuple[Episode, list[Effect]]:
    """An episode is open: the reason for its end must hold without a break for `covered_after_s`."""
    settings, load = scene.settings, scene.load
    ending = _ending(kind, scene)
    if load.state == kind.state:
        seen = _further(episode.along, scene, fresh(scene.motion, settings, scene.now))
        episode = change(episode, last_seen=newest(load), along=seen)
    if ending is None:
        return change(episode, over_since=None, ending=None), []
    same = (ending == "unobserved") == (episode.ending == "unobserved")
    since = episode.over_since if same else None
    since = _begins(ending, episode, scene) if since is None else since
    episode = change(episode, over_since=since, ending=ending)
    if not _is_over(ending, since, scene):
        return episode, []
    fix = fresh(scene.motion, settings, scene.now)
    more = {"place": place(fix), "zone": zone_of(fix, settings), **reasons(load, settings)}
    more["thresholds"] = {"confidence": settings.smoothing.confidence, "after_s": settings.covered_after_s}
    more |= _charged(kind, settings)
    event = _ended(kind, episode, ending, more, _severity(kind, settings))
    return Episode(), [event, *_pictures(kind, event, load)]


def _begins(ending: Ending, episode: Episode, scene: Scene) -> int:
    """Since when the reason for the end holds: what is not observed ended where it was last seen."""
    if ending == "unobserved":
        return episode.last_seen
    return max(episode.started, scene.load.since) if ending in _SEEN else scene.now


def _is_over(ending: Ending, since: int, scene: Scene) -> bool:
    """Whether the reason for the end holds long enough; what is seen must have been seen all the while."""
    if ending == "unobserved":
        return scene.now - since > unobserved_ns(scene.settings)
    if ending in _SEEN:
        return lasted(scene.load, since, scene.settings.covered_after_s)
    return scene.now - since >= scene.settings.covered_after_s * SECOND


def _ending(kind: Kind, scene: Scene) -> Ending | None:
    fix = fresh(scene.motion, scene.settings, scene.now)
    if fix is not None and in_grace(fix, scene.settings):
        return "site"
    if scene.motion.parked:
        return "parked"
    if scene.load.state == "unknown":
        return "unobserved"
    return None if scene.load.state == kind.state else scene.load.state


def _ended(kind: Kind, episode: Episode, ending: Ending, more: dict[str, Any], severity: Severity) -> Emit:
    data = {
        "reason": ending,
        "since_us": microseconds(episode.started),
        "until_us": microseconds(episode.last_seen if episode.over_since is None else episode.over_since),
        "last_seen_us": microseconds(episode.last_seen),
        **along.account(episode.along),
    }
    return Emit("event", f"{kind.name}.ended", episode.subject or "", data | more, severity)


def _pictures(kind: Kind, event: Emit, load: Load) -> list[Effect]:
    """Pictures by the cameras that speak; at an end that nobody saw, by all."""
    cameras = load.said_by or sorted(load.views)
    return [Snapshot(camera, event.subject, event.type) for camera in cameras] if kind.pictures else []
