"""Risk zones: more frames are judged inside, and the truck is pictured when it comes in."""

from agent.model import Effect, Emit, Sampling, Settings, Snapshot
from agent.rules.haul.visits import Visits


def rate(visits: Visits, settings: Settings, fps: float) -> float:
    """The frame rate that holds where `fps` would hold elsewhere; 0 stays 0."""
    return max(fps, settings.trips.risk_fps) if fps and _inside(visits) else fps


def heed(before: Visits, after: Visits, settings: Settings, effects: list[Effect]) -> list[Effect]:
    """What a step does, with what risk zones add; which frame rate holds then, `rest` says."""
    if before is after:
        return effects
    more: list[Effect] = [Sampling(0.0)] if _inside(before) != _inside(after) else []
    for effect in effects:
        if isinstance(effect, Emit) and _comes_in(effect):
            more += [Snapshot(camera, effect.subject, effect.type) for camera in settings.body_cameras]
    return [*effects, *more]


def _inside(visits: Visits) -> bool:
    return any(visit.role == "risk" and visit.subject is not None for visit in visits.values())


def _comes_in(event: Emit) -> bool:
    return event.type == "zone_visit.started" and event.data["zone"]["role"] == "risk"
