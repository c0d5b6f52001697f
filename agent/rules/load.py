"""The load state over time: smoothing per camera, agreement between cameras, changes that last."""

import math
from typing import Any

import msgspec

from agent.model import Effect, Emit, LoadReading, LoadState, Observation, Probabilities, Settings
from agent.rules.motion import SECOND, Motion, fresh, microseconds, subject
from agent.rules.zones import place, zone_of

_CLASSES: tuple[LoadState, ...] = ("empty", "covered", "partly", "uncovered")


class View(msgspec.Struct, frozen=True):
    """One body camera's smoothed word: exponentially weighted probabilities since its last usable frame."""

    mono_ns: int
    p: Probabilities
    model: str
    frame: int


class Load(msgspec.Struct, frozen=True):
    """Views by camera; `state` what they agree on now; `lasting` the last state that held long enough."""

    views: dict[str, View] = {}
    state: LoadState = "unknown"
    lasting: LoadState = "unknown"
    candidate: LoadState = "unknown"
    candidate_since: int = 0
    place_then: dict[str, Any] | None = None
    zone_then: dict[str, Any] | None = None


def leaning(p: Probabilities) -> tuple[LoadState, float]:
    """The likeliest class and its probability."""
    state = max(_CLASSES, key=lambda name: float(getattr(p, name)))
    return state, float(getattr(p, state))


def smooth(view: View | None, reading: LoadReading, settings: Settings) -> View | None:
    """Mix a usable reading into a view with the time constant `smoothing_s`; a stale view is replaced."""
    if not reading.usable or reading.p is None:
        return view
    elapsed = 0 if view is None else (reading.mono_ns - view.mono_ns) / SECOND
    if view is None or view.model != reading.model or not 0 <= elapsed <= settings.stale_reading_s:
        return View(reading.mono_ns, reading.p, reading.model, reading.frame)
    share = 1 - math.exp(-elapsed / settings.smoothing.smoothing_s)
    old, new = view.p, reading.p
    mixed = (getattr(old, c) + share * (getattr(new, c) - getattr(old, c)) for c in _CLASSES)
    return View(reading.mono_ns, Probabilities(*mixed), reading.model, reading.frame)


def newest(load: Load) -> int:
    """When a body camera was last usable: nothing that follows from the load is known to be so later."""
    return max((view.mono_ns for view in load.views.values()), default=0)


def agree(views: dict[str, View], settings: Settings, now: int) -> LoadState:
    """What the usable cameras say together.

    One of them must be confident, and none may lean to anything else; `uncovered` and `partly` together are
    `partly`, the milder word. Otherwise unknown, which accuses nobody.
    """
    usable = [v for v in views.values() if now - v.mono_ns <= settings.stale_reading_s * SECOND]
    leanings = [leaning(v.p) for v in usable]
    said = {state for state, _ in leanings}
    if not any(confidence >= settings.smoothing.confidence for _, confidence in leanings):
        return "unknown"
    if len(said) == 1:
        return said.pop()
    return "partly" if said == {"uncovered", "partly"} else "unknown"


def advance(load: Load, settings: Settings, motion: Motion, seen: Observation) -> tuple[Load, list[Effect]]:
    """Take a reading (or the passing of time) and report a change of the lasting state."""
    if isinstance(seen, LoadReading) and seen.camera in settings.body_cameras:
        view = smooth(load.views.get(seen.camera), seen, settings)
        if view is not None:
            load = msgspec.structs.replace(load, views=load.views | {seen.camera: view})
    now = seen.mono_ns
    state = agree(load.views, settings, now)
    load = msgspec.structs.replace(load, state=state)
    if state in ("unknown", load.lasting):
        return msgspec.structs.replace(load, candidate="unknown"), []
    if state != load.candidate:
        fix = fresh(motion, settings, now)
        return msgspec.structs.replace(
            load,
            candidate=state,
            candidate_since=newest(load),
            place_then=place(fix),
            zone_then=zone_of(fix, settings),
        ), []
    if newest(load) - load.candidate_since < settings.change_after_s * SECOND:
        return load, []
    effect = _changed(load, settings, state)
    return msgspec.structs.replace(load, lasting=state, candidate="unknown"), [effect]


def _changed(load: Load, settings: Settings, state: LoadState) -> Emit:
    return Emit(
        "event",
        "load.changed",
        subject("load", settings, load.candidate_since),
        {
            "kind": _kind(load.lasting, state),
            "from": load.lasting,
            "to": state,
            "since_us": microseconds(load.candidate_since),
            "zone": load.zone_then,
            "place": load.place_then,
            "views": views_of(load),
        },
    )


def _kind(before: LoadState, after: LoadState) -> str:
    if before == "unknown":
        return "first_seen"
    if before == "empty":
        return "became_loaded"
    return "became_empty" if after == "empty" else "cover_changed"


def views_of(load: Load) -> dict[str, Any]:
    """The smoothed probabilities per camera as they stand in records, to 4 decimals, with model and frame."""
    return {
        camera: {
            "p": {c: round(getattr(v.p, c), 4) for c in _CLASSES},
            "model": v.model,
            "frame": v.frame,
            "at_us": microseconds(v.mono_ns),
        }
        for camera, v in sorted(load.views.items())
    }
