"""All that follows from where the truck is and what it carries: the rules of hauling, and trips."""

import msgspec

from agent.model import Effect, Observation, Settings
from agent.rules import haulage, trips
from agent.rules.haul.scene import scene_of
from agent.rules.load import Load
from agent.rules.state import State
from agent.rules.trip import risk

change = msgspec.structs.replace
Step = tuple[State, list[Effect]]


def advance(state: State, settings: Settings, load: Load, seen: Observation) -> Step:
    """Take an observation after motion has; `load` is what it leaves behind."""
    anchored = state.timebase.offset
    offset = state.haulage.clock if anchored is None else anchored
    scene = None
    if haulage.is_fit(state.motion, seen):
        scene = scene_of(settings, state.motion, load, offset, trips.spent(state.trips))
    others = {} if scene is None else trips.looks(state.trips, scene)
    hauled, effects = haulage.advance(state.haulage, settings, seen, scene, others)
    moment = (state.motion, load, state.switches)
    effects = risk.heed(state.haulage.visits, hauled.visits, settings, effects)
    known, more = trips.advance(state.trips, settings, moment, seen, (scene, offset))
    return change(state, haulage=hauled, trips=known), [*effects, *more]


def restart(state: State, settings: Settings) -> Step:
    """After a start: what `state.restarted` says of it."""
    seen = state.restarted
    if seen is None:
        return state, []
    hauled, effects = haulage.restart(state.haulage, settings, seen)
    known, more = trips.restart(state.trips, settings, seen)
    return change(state, haulage=hauled, trips=known), [*effects, *more]


def knock_off(state: State, settings: Settings) -> tuple[trips.Trips, list[Effect]]:
    """The shift is over: visits and violations end, and a trip is not watched any more."""
    known, effects = trips.leave(state.trips, settings, "off_duty", ends=True)
    return known, [*haulage.interrupt(state.haulage, settings), *effects]
