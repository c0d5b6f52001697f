"""The load state over time: a belief per camera, agreement between cameras, changes that last."""

import msgspec

from agent.model import Effect, Emit, LoadReading, Observation, Settings, Snapshot
from agent.rules import trail
from agent.rules.account import changed
from agent.rules.agreement import Load, agree, counting, lasted, newest
from agent.rules.motion import Motion, fresh, knows_speed, subject
from agent.rules.smoothing import Belief, begin, observe
from agent.rules.transitions import Pace
from agent.rules.zones import place, zone_of
from drivers.readings import CameraHealth

__all__ = ["Load", "advance", "restart", "settle"]
_FAST_MPS = 5.0  # nothing is loaded or tipped at this speed; gravel is spread at less
change = msgspec.structs.replace


def settle(load: Load, settings: Settings) -> Load:
    """What is known goes on under new settings, but for cameras that are no longer there."""

    gone = {*load.views, *load.faulty} - {*settings.body_cameras}
    return change(
        load,
        views={camera: view for camera, view in load.views.items() if camera not in gone},
        trails={camera: trails for camera, trails in load.trails.items() if camera not in gone},
        faulty={camera: kind for camera, kind in load.faulty.items() if camera not in gone},
    )


def restart(load: Load) -> Load:
    """After a short absence of the agent: what lasted still holds, and nothing was seen since."""
    return Load(lasting=load.lasting, lasting_ns=load.lasting_ns)


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
    """Remember whether the camera has a fault that keeps its pictures from being judged.

    A camera that is gone says nothing of its faults: they go on until its pictures are back without them.
    """
    kind = seen.faults[0].kind if seen.faults else None
    if load.faulty.get(seen.camera) == kind or not seen.connected:
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
    if view is before:  # older than what is known
        return load, []
    old = load.trails.get(camera, trail.NONE)
    trails = trail.follow(old, view, seen)
    for i, new in trails.items():
        if new.zone is None:
            fix = fresh(motion, settings, seen.mono_ns)
            trails[i] = change(new, place=place(fix), zone=zone_of(fix, settings))
    load = change(load, views=load.views | {camera: view}, trails=load.trails | {camera: trails})
    return load, _retaught(camera, before, view)


def _retaught(camera: str, before: Belief, after: Belief) -> list[Effect]:
    """Note that another model, or other teaching, speaks from now on; its word counts on from half-way."""
    was, now = (before.model, before.teaching), (after.model, after.teaching)
    if was == now or not before.model:
        return []
    data = {"from": {"model": was[0], "teaching": was[1]}, "to": {"model": now[0], "teaching": now[1]}}
    return [Emit("health", "load.model_changed", f"camera:{camera}", data)]


def _together(load: Load, settings: Settings, now: int) -> Load:
    """The agreed state at this moment, since when, and by whose word."""
    views = counting(load, settings, now)
    state = agree(views)
    known = {name: view for name, view in views.items() if view.state != "unknown"}
    sure = {name: view for name, view in known.items() if view.state == state} or known
    if state == "unknown":
        sure = {}
    confidence = max((view.confidence for view in sure.values()), default=0.0)
    load = change(load, said_by=tuple(sorted(sure)), confidence=confidence)
    if state == load.state:
        return load
    at = newest(load)
    since = min(at, max((view.since for view in sure.values()), default=at))
    return change(load, state=state, since=since, sure_ns=at)


def _lasting(load: Load, settings: Settings) -> tuple[Load, list[Effect]]:
    """Another state that holds for `change_after_s` is the new lasting state."""
    if load.state == load.lasting and load.state != "unknown":
        return change(load, lasting_ns=newest(load)), []
    if load.state == "unknown" or not lasted(load, load.since, settings.change_after_s):
        return load, []
    name = subject("load", settings, load.since)
    event = Emit("event", "load.changed", name, changed(load, settings))
    shots = [Snapshot(camera, name, "load.changed") for camera in load.said_by]
    return change(load, lasting=load.state, lasting_ns=newest(load)), [event, *shots]
