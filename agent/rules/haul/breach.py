"""From a rule's words on moments to an episode: so long and so far against it, until it is in order again.

It starts when the rule was broken without a break for its duration and way, and is dated where that began. It
ends when all was in order for `over_s`, where that began; or where it was last seen, when nothing was known
for `unobserved_s`. A bounded choice of the fixes behind it is carried along.
"""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Settings, Snapshot
from agent.rules import warning
from agent.rules.charges import charge, versions
from agent.rules.haul.scene import STOPPED, Look, Rule, Scene
from agent.rules.motion import SECOND, boot_of, microseconds, subject
from agent.rules.zones import place, zone_of
from drivers.geodesy import apart_m

_MOST = 16  # fixes that are kept of an episode, first, newest, and between them evenly
_ELSEWHERE_M = 200.0
_PICTURED = ("violation", "critical")
change = msgspec.structs.replace


class Behind(msgspec.Struct, frozen=True):
    """A fix behind an episode: ns, degrees, m/s, the rule's value."""

    at: int
    lat: float
    lon: float
    speed: float | None
    value: float


class Breach(msgspec.Struct, frozen=True):
    """A rule that is broken `since`; `subject` when the episode has started.

    `fixes` are every `stride`-th of `count`, `way` in m; `seen`: the last moment that it was not in order;
    `warned`: when the driver was told.
    """

    since: int
    key: str
    first: Behind
    last: Behind
    worst: Behind
    fixes: tuple[Behind, ...]
    facts: dict[str, Any]
    seen: int
    way: float = 0.0
    paused: int = 0  # ns of waiting for its duration in which it could not go on: at a traffic light
    paused_since: int | None = None
    count: int = 1
    stride: int = 1
    subject: str | None = None
    over_since: int | None = None
    warned: int | None = None


Step = tuple[Breach | None, list[Effect]]


def advance(rule: Rule, breach: Breach | None, scene: Scene, look: Look) -> Step:
    """Take a rule's word on the moment of a fit fix."""
    if breach is not None and _lost(rule, breach, scene):
        breach, effects = _end(rule, breach, scene.settings, breach.seen, "unobserved")
        after, more = advance(rule, breach, scene, look)
        return after, effects + more
    if look.state == "breach":
        return _broken(rule, breach, scene, look)
    if breach is None or breach.subject is None:
        return _paused(breach, scene, look), []
    if look.state == "over":
        return _in_order(rule, breach, scene, look.why)
    seen = scene.now if look.state == "neither" else breach.seen
    return change(breach, seen=seen, over_since=None), []


def idle(rule: Rule, breach: Breach, settings: Settings, now: int) -> Step:
    """Time passes without a fit fix."""
    if breach.subject is not None and now - breach.seen > settings.limits.unobserved_s * SECOND:
        return _end(rule, breach, settings, breach.seen, "unobserved")
    return breach, []


def resume(breach: Breach) -> Breach | None:
    """After a restart in the same boot what was open goes on; waiting begins anew."""
    return None if breach.subject is None else change(breach, over_since=None)


def interrupt(rule: Rule, breach: Breach, settings: Settings) -> list[Effect]:
    """End an open episode where it was last seen: its boot or shift is over."""
    return _end(rule, breach, settings, breach.seen, "interrupted")[1]


def _lost(rule: Rule, breach: Breach, scene: Scene) -> bool:
    """Whether too little is known between the last fix and this one."""
    patience = rule.gap_s(scene.settings)
    if breach.subject is not None:
        patience = max(patience, scene.settings.limits.unobserved_s)
    there = (breach.last.lat, breach.last.lon)
    moved = rule.still and apart_m(there, (scene.lat, scene.lon)) > _ELSEWHERE_M
    return moved or scene.now - max(breach.seen, breach.last.at) > patience * SECOND


def _paused(breach: Breach | None, scene: Scene, look: Look) -> Breach | None:
    """Waiting outlives a short stop, whose time does not count; anything else begins it anew."""
    if breach is None or look.why != STOPPED:
        return None
    since = breach.seen if breach.paused_since is None else breach.paused_since
    if scene.now - since > scene.settings.limits.unobserved_s * SECOND:
        return None
    paused = breach.paused + scene.now - breach.seen
    return change(breach, seen=scene.now, paused=paused, paused_since=since)


def _broken(rule: Rule, breach: Breach | None, scene: Scene, look: Look) -> Step:
    effects: list[Effect] = []
    if breach is not None and breach.key != look.key:
        breach, effects = _end(rule, breach, scene.settings, breach.seen, "other")
    breach = _begun(scene, look) if breach is None else _longer(breach, scene, look)
    after_s, after_m = rule.after(scene.settings.limits)
    lasted = scene.now - breach.since - breach.paused >= after_s * SECOND and breach.way >= after_m
    if breach.subject is not None or not lasted:
        return breach, effects
    name = subject(rule.name, scene.settings, breach.since)
    if breach.warned is None:
        told = warning.give(scene.settings, rule.name, name, breach.since, place(scene.fix))
        breach, effects = change(breach, warned=scene.now), effects + told
    if not warning.is_over(scene.settings, rule.name, breach.warned or 0, scene.now):
        return breach, effects
    breach = change(breach, subject=name)
    begun = _started(rule, breach, scene)
    return breach, [*effects, begun, *_pictures(begun, scene.settings)]


def _behind(scene: Scene, value: float) -> Behind:
    return Behind(scene.now, scene.lat, scene.lon, scene.fix.speed, value)


def _begun(scene: Scene, look: Look) -> Breach:
    here = _behind(scene, look.value or 0.0)
    return Breach(scene.now, look.key, here, here, here, (here,), look.facts, scene.now)


def _longer(breach: Breach, scene: Scene, look: Look) -> Breach:
    lasted = (scene.now - breach.since) / SECOND
    here = _behind(scene, lasted if look.value is None else look.value)
    way = breach.way + apart_m((breach.last.lat, breach.last.lon), (scene.lat, scene.lon))
    fixes, stride = breach.fixes, breach.stride
    if breach.count % stride == 0:
        fixes = (*fixes, here)
        if len(fixes) > _MOST:
            fixes, stride = fixes[::2], stride * 2
    return change(
        breach,
        last=here,
        worst=here if here.value > breach.worst.value else breach.worst,
        fixes=fixes,
        facts=look.facts,
        seen=scene.now,
        way=way,
        count=breach.count + 1,
        stride=stride,
        over_since=None,
        paused_since=None,
    )


def _in_order(rule: Rule, breach: Breach, scene: Scene, why: str) -> Step:
    since = scene.now if breach.over_since is None else breach.over_since
    if scene.now - since < scene.settings.limits.over_s * SECOND:
        return change(breach, seen=scene.now, over_since=since), []
    after, effects = _end(rule, breach, scene.settings, since, why)
    return after, [*effects, *(shot for e in effects for shot in _pictures(e, scene.settings))]


def _pictures(event: Effect, settings: Settings) -> list[Effect]:
    """A violation is pictured by the body cameras at its start and its end."""
    if not isinstance(event, Emit) or event.severity not in _PICTURED:
        return []
    return [Snapshot(camera, event.subject, event.type) for camera in settings.body_cameras]


def _started(rule: Rule, breach: Breach, scene: Scene) -> Emit:
    after_s, after_m = rule.after(scene.settings.limits)
    data = {
        **_account(rule, breach),
        "place": place(scene.fix),
        "zone": zone_of(scene.fix, scene.settings),
        "laden": scene.laden,
        "thresholds": {"after_s": after_s, "after_m": after_m, "error_m": round(scene.error_m, 1)},
        "authority": list(charge(scene.settings, rule.name).authority),
        **versions(scene.settings),
    }
    return _emit(rule, "started", breach, scene.settings, data)


def _end(rule: Rule, breach: Breach, settings: Settings, until: int, why: str) -> tuple[None, list[Effect]]:
    if breach.subject is None:
        return None, []
    data = {
        **_account(rule, breach),
        "until_us": microseconds(until),
        "reason": why,
        "authority": list(charge(settings, rule.name).authority),
        **versions(settings),
    }
    if why == "interrupted":
        data["boot"] = boot_of(breach.subject)
    return None, [_emit(rule, "ended", breach, settings, data)]


def _account(rule: Rule, breach: Breach) -> dict[str, Any]:
    """What is known of it so far."""
    worst = breach.worst
    newest = () if breach.fixes[-1] == breach.last else (breach.last,)
    return {
        "since_us": microseconds(breach.since),
        "last_seen_us": microseconds(breach.last.at),
        "worst": {"value": round(worst.value, 2), "unit": rule.unit, "at_us": microseconds(worst.at)},
        "way_m": round(breach.way, 1),
        "facts": _rounded(breach.facts),
        "fixes": {"count": breach.count, "kept": [_shown(fix) for fix in (*breach.fixes, *newest)]},
    }


def _shown(fix: Behind) -> dict[str, Any]:
    return {
        "at_us": microseconds(fix.at),
        "lat": round(fix.lat, 7),
        "lon": round(fix.lon, 7),
        "speed": None if fix.speed is None else round(fix.speed, 2),
        "value": round(fix.value, 2),
    }


def _rounded(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: round(v, 2) if isinstance(v, float) else v for name, v in facts.items()}


def _emit(rule: Rule, what: str, breach: Breach, settings: Settings, data: dict[str, Any]) -> Emit:
    severity = charge(settings, rule.name).severity
    return Emit("event", f"{rule.name}.{what}", breach.subject or "", data, severity)
