"""The load state over time: a belief per camera, agreement between cameras, changes that last."""

from typing import Any

import msgspec

from agent.model import Effect, Emit, LoadReading, LoadState, Observation, Settings, Snapshot
from agent.rules import trail
from agent.rules.motion import SECOND, Motion, fresh, knows_speed, microseconds, subject
from agent.rules.smoothing import Belief, begin, observe
from agent.rules.trail import Trail, Trails, chances
from agent.rules.transitions import CLASSES, Pace
from agent.rules.words import EXPOSED, leaning
from agent.rules.zones import place, zone_of
from drivers.readings import CameraHealth

_FAST_MPS = 5.0  # nothing is loaded or tipped at this speed; gravel is spread at less
_BLIND_LOOKS = 4  # without a usable frame for so many times `look_s` a load was not watched without a break
change = msgspec.structs.replace


class Load(msgspec.Struct, frozen=True):
    """Beliefs and their trails by camera; `state` what the cameras agree on now, `lasting` what held.

    `since`: when the evidence for the state began; `sure_ns`: since when it is sure without a break;
    `watched_ns`: since when usable frames come without a break; `faulty`: cameras with an open fault.
    """

    views: dict[str, Belief] = {}
    trails: dict[str, Trails] = {}
    faulty: dict[str, str] = {}
    state: LoadState = "unknown"
    confidence: float = 0.0
    since: int = 0
    sure_ns: int = 0
    watched_ns: int = 0
    lasting: LoadState = "unknown"
    lasting_ns: int | None = None


def settle(load: Load, settings: Settings) -> Load:
    """What is known goes on under new settings, but for cameras that are no longer there."""

    def of_body(known: dict[str, Any]) -> dict[str, Any]:
        return {camera: what for camera, what in known.items() if camera in settings.body_cameras}

    return change(load, views=of_body(load.views), trails=of_body(load.trails), faulty=of_body(load.faulty))


def restart(load: Load) -> Load:
    """After a short absence of the agent: what lasted still holds, and nothing was seen since."""
    return Load(lasting=load.lasting, lasting_ns=load.lasting_ns)


def newest(load: Load) -> int:
    """When a body camera was last usable: nothing that follows from the load is known to be so later."""
    return max((view.seen_ns or 0 for view in load.views.values()), default=0)


def suspects(load: Load) -> bool:
    """Whether frames of any camera speak for an exposed load just now."""
    return any(view.leads[i] > 0 for view in load.views.values() for i in EXPOSED)


def counting(load: Load, settings: Settings, now: int) -> dict[str, Belief]:
    """The beliefs of cameras that count: without an open fault and not stale."""
    limit = settings.stale_reading_s * SECOND
    return {
        name: view
        for name, view in load.views.items()
        if name not in load.faulty and view.seen_ns is not None and now - view.seen_ns <= limit
    }


def agree(views: dict[str, Belief]) -> LoadState:
    """What the cameras say together.

    One of them must be sure, and none may lean to anything else; of two neighbours in doubt it is the milder
    word. Otherwise unknown, which accuses nobody.
    """
    if all(view.state == "unknown" for view in views.values()):
        return "unknown"
    said = {view.state if view.state != "unknown" else leaning(view.evidence) for view in views.values()} - {
        "unknown"
    }
    if len(said) == 1:
        return said.pop()
    if said == {"uncovered", "partly"}:
        return "partly"
    return "covered" if said == {"partly", "covered"} else "unknown"


def pace(motion: Motion, settings: Settings, now: int) -> Pace:
    """What the truck does, as far as it matters to what can happen to its load."""
    if motion.fix is None or motion.fix.speed is None or not knows_speed(motion, settings, now):
        return "unknown"
    if motion.fix.speed >= _FAST_MPS:
        return "moving"
    return "unknown" if motion.moving else "standing"


def advance(load: Load, settings: Settings, motion: Motion, seen: Observation) -> tuple[Load, list[Effect]]:
    """Take a reading (or the passing of time) and report a change of the lasting state."""
    effects: list[Effect] = []
    if isinstance(seen, CameraHealth) and seen.camera in settings.body_cameras:
        load = _fault(load, seen)
    if isinstance(seen, LoadReading) and seen.camera in settings.body_cameras and not seen.shadow:
        load, effects = _look(load, settings, motion, seen)
    load = _together(load, settings, seen.mono_ns)
    load, more = _lasting(load, settings)
    return load, effects + more


def _fault(load: Load, seen: CameraHealth) -> Load:
    """Remember whether the camera has a fault that keeps its pictures from being judged."""
    kind = seen.faults[0].kind if seen.faults else None
    if load.faulty.get(seen.camera) == kind:
        return load
    rest = {name: why for name, why in load.faulty.items() if name != seen.camera}
    return change(load, faulty=rest if kind is None else rest | {seen.camera: kind})


def _look(load: Load, settings: Settings, motion: Motion, seen: LoadReading) -> tuple[Load, list[Effect]]:
    """One camera's reading into its belief and trails; of a camera with a fault it is unusable."""
    camera, how = seen.camera, settings.smoothing
    if camera in load.faulty:
        seen = change(seen, state="unknown", p=None, usable=False, reason=load.faulty[camera])
    before = load.views.get(camera) or begin(seen.mono_ns, how, load.lasting)
    view = observe(before, seen, how, pace(motion, settings, seen.mono_ns))
    old = load.trails.get(camera, trail.NONE)
    trails = trail.follow(old, view, seen)
    for i, new in trails.items():
        if new.zone is None:
            fix = fresh(motion, settings, seen.mono_ns)
            trails[i] = change(new, place=place(fix), zone=zone_of(fix, settings))
    watched = load.watched_ns
    if (view.seen_ns or 0) - newest(load) > _BLIND_LOOKS * how.look_s * SECOND:
        watched = view.seen_ns or 0
    load = change(
        load,
        views=load.views | {camera: view},
        trails=load.trails | {camera: trails},
        watched_ns=watched,
    )
    return load, _retaught(camera, before, view)


def _retaught(camera: str, before: Belief, after: Belief) -> list[Effect]:
    """Note that another model, or other teaching, speaks from now on; its word counts on from half-way."""
    was, now = (before.model, before.teaching), (after.model, after.teaching)
    if was == now or not before.model:
        return []
    data = {"from": {"model": was[0], "teaching": was[1]}, "to": {"model": now[0], "teaching": now[1]}}
    return [Emit("health", "load.model_changed", f"camera:{camera}", data)]


def _together(load: Load, settings: Settings, now: int) -> Load:
    """The agreed state at this moment, and since when."""
    views = counting(load, settings, now)
    state = agree(views)
    sure = [view for view in views.values() if view.state == state]
    confidence = max((view.confidence for view in sure), default=0.0)
    if state == load.state:
        return load if confidence == load.confidence else change(load, confidence=confidence)
    at = newest(load)
    since = min(at, max((view.since for view in sure), default=at))
    return change(load, state=state, confidence=confidence, since=since, sure_ns=at)


def lasted(load: Load, since: int, seconds: float) -> bool:
    """Whether the present state was seen since `since` for so long.

    A change is dated where its evidence began, before it was sure; so it must also have been sure, without a
    break, for half of the time.
    """
    at = newest(load)
    return at - since >= seconds * SECOND and at - load.sure_ns >= seconds / 2 * SECOND


def _lasting(load: Load, settings: Settings) -> tuple[Load, list[Effect]]:
    """Another state that holds for `change_after_s` is the new lasting state."""
    if load.state == load.lasting and load.state != "unknown":
        return change(load, lasting_ns=newest(load)), []
    if load.state == "unknown" or not lasted(load, max(load.since, load.watched_ns), settings.change_after_s):
        return load, []
    name = subject("load", settings, load.since)
    event = Emit("event", "load.changed", name, _changed(load, settings))
    shots = [Snapshot(camera, name, "load.changed") for camera in speakers(load)]
    return change(load, lasting=load.state, lasting_ns=newest(load)), [event, *shots]


def speakers(load: Load) -> list[str]:
    """The cameras whose word the present state is."""
    return [name for name, view in sorted(load.views.items()) if view.state == load.state]


def behind(load: Load) -> dict[str, Trail]:
    """The readings behind the present state, of each camera whose word it is."""
    found = ((camera, load.trails[camera].get(load.views[camera].claim)) for camera in speakers(load))
    return {camera: followed for camera, followed in found if followed is not None}


def _changed(load: Load, settings: Settings) -> dict[str, Any]:
    """What a change says of itself: between which moments it happened, where, and why it is believed."""
    begun = next(iter(behind(load).values()), None)
    before = None if load.lasting_ns is None else min(load.lasting_ns, load.since)
    return {
        "kind": _kind(load.lasting, load.state),
        "from": load.lasting,
        "to": load.state,
        "since_us": microseconds(load.since),
        "between_us": [None if before is None else microseconds(before), microseconds(load.sure_ns)],
        "zone": {"state": "unknown", "id": None, "role": None} if begun is None else begun.zone,
        "place": None if begun is None else begun.place,
        **reasons(load, settings),
        "thresholds": {"confidence": settings.smoothing.confidence, "after_s": settings.change_after_s},
    }


def _kind(before: LoadState, after: LoadState) -> str:
    if before == "unknown":
        return "first_seen"
    if before == "empty":
        return "became_loaded"
    if after == "empty":
        return "became_empty"
    return "cover_opened" if CLASSES.index(after) > CLASSES.index(before) else "cover_closed"


def reasons(load: Load, settings: Settings) -> dict[str, Any]:
    """Why the present state is believed: beliefs, readings, how they were smoothed, under which settings."""
    return {
        "confidence": round(load.confidence, 4),
        "views": views_of(load),
        "readings": {camera: trail.shown(found) for camera, found in behind(load).items()},
        "smoothing": msgspec.to_builtins(settings.smoothing),
        "settings": settings.hash,
    }


def views_of(load: Load) -> dict[str, Any]:
    """The beliefs per camera as they stand in records, with the model, teaching and frame behind them."""
    return {
        camera: {
            "state": view.state,
            "p": chances(view.p),
            "model": view.model,
            "teaching": view.teaching,
            "frame": view.frame,
            "at_us": microseconds(view.seen_ns or 0),
            "fault": load.faulty.get(camera),
        }
        for camera, view in sorted(load.views.items())
        if view.seen_ns is not None
    }
