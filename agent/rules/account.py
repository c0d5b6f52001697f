"""What an event of the load carries: what changed, and every reason to believe it."""

from typing import Any

import msgspec

from agent.model import LoadState, Settings
from agent.rules import trail
from agent.rules.agreement import Load, behind
from agent.rules.motion import microseconds
from agent.rules.trail import chances
from agent.rules.transitions import CLASSES


def changed(load: Load, settings: Settings) -> dict[str, Any]:
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
