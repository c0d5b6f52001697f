"""Risk zones: more frames are judged inside, and the truck is pictured when it comes in."""

from agent.model import Effect, Emit, Sampling, Settings, Snapshot
from agent.rules.haul.visits import Visits


def rate(visits: Visits, settings: Settings, fps: float) -> float:
    """The frame rate that holds where `fps` would hold elsewhere; 0 stays 0."""
    inside = any(visit.role == "risk" and visit.subject is not None for visit in visits.values())
    return max(fps, settings.trips.risk_fps) if inside and fps else fps


def heed(
    before: Visits, after: Visits, settings: Settings, fps: float, effects: list[Effect]
) -> list[Effect]:
    """What a step does, with what risk zones add; `fps` is the rate elsewhere."""
    if before is after:
        return effects
    wanted = rate(after, settings, fps)
    more: list[Effect] = [] if rate(before, settings, fps) == wanted else [Sampling(wanted)]
    for effect in effects:
        if isinstance(effect, Emit) and _comes_in(effect):
            more += [Snapshot(camera, effect.subject, effect.type) for camera in settings.body_cameras]
    return [*effects, *more]


def _comes_in(event: Emit) -> bool:
    return event.type == "zone_visit.started" and event.data["zone"]["role"] == "risk"
