"""What the body cameras say together, and since when."""

import msgspec

from agent.model import LoadState, Settings
from agent.rules.motion import SECOND
from agent.rules.smoothing import Belief
from agent.rules.trail import Trail, Trails
from agent.rules.words import EXPOSED, leaning


class Load(msgspec.Struct, frozen=True):
    """Beliefs and their trails by camera; `state` what the cameras agree on now, `lasting` what held.

    `said_by`: the cameras whose word it is, or whose words it is the milder of; `since`: when the evidence
    for it began; `sure_ns`: since when it is sure without a break; `faulty`: cameras with an open fault.
    """

    views: dict[str, Belief] = {}
    trails: dict[str, Trails] = {}
    faulty: dict[str, str] = {}
    state: LoadState = "unknown"
    said_by: tuple[str, ...] = ()
    confidence: float = 0.0
    since: int = 0
    sure_ns: int = 0
    lasting: LoadState = "unknown"
    lasting_ns: int | None = None


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


def lasted(load: Load, since: int, seconds: float) -> bool:
    """Whether the present state was watched since `since` for so long, by the cameras whose word it is.

    A change is dated where its evidence began, before it was sure; so it must also have been sure, without a
    break, for half of the time.
    """
    at = said_ns(load)
    since = max(since, watched_ns(load))
    return at - since >= seconds * SECOND and at - load.sure_ns >= seconds / 2 * SECOND


def said_ns(load: Load) -> int:
    """The newest usable frame of the cameras whose word the present state is."""
    return max((load.views[camera].seen_ns or 0 for camera in load.said_by), default=0)


def watched_ns(load: Load) -> int:
    """Since when one of these cameras sees the load without a break."""
    return min((load.views[camera].watched_ns for camera in load.said_by), default=0)


def behind(load: Load) -> dict[str, Trail]:
    """The readings behind the present state, of each camera whose word it is."""
    found = ((camera, load.trails[camera].get(load.views[camera].claim)) for camera in load.said_by)
    return {camera: followed for camera, followed in found if followed is not None}
