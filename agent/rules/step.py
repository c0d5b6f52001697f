"""The one pure function: a state and an observation give a state and effects."""

import msgspec

from agent.model import Effect, Emit, Observation, Restarted, Sampling, Settings, Skipped, Stopping, Track
from agent.rules import coverage, health, load, motion, timebase, uncovered
from agent.rules.coverage import Coverage
from agent.rules.health import Health
from agent.rules.load import Load
from agent.rules.motion import Motion
from agent.rules.timebase import Timebase
from agent.rules.uncovered import Uncovered
from drivers.readings import Fix


class State(msgspec.Struct, frozen=True):
    """All that the rules remember; it is journalled and read back at the next start."""

    settings: Settings | None = None
    restarted: Restarted | None = None
    motion: Motion = Motion()
    load: Load = Load()
    uncovered: Uncovered = Uncovered()
    timebase: Timebase = Timebase()
    coverage: Coverage = Coverage()
    health: Health = Health()


Result = tuple[State, list[Effect]]
change = msgspec.structs.replace


def step(state: State, seen: Observation) -> Result:
    """Feed one observation; `now` is its own time.

    A start is `Restarted`, then `Settings`; before the first settings nothing else has an effect.
    """
    if isinstance(seen, Restarted):
        return _restart(state, seen)
    if isinstance(seen, Settings):
        return _settle_in(state, seen)
    if state.settings is None:
        return state, []
    if isinstance(seen, Stopping):
        return state, [Emit("life", "stopped", "unit", {"reason": seen.reason})]
    if isinstance(seen, Skipped):
        return state, [_skipped(seen)]
    return _observe(state, state.settings, seen)


def _restart(state: State, seen: Restarted) -> Result:
    """Over a boot CLOCK_BOOTTIME begins anew: what was open ends as interrupted."""
    if not seen.new_boot:
        return change(state, restarted=seen), []
    _, ended = uncovered.interrupt(state.uncovered)
    ended += coverage.interrupt(state.coverage)
    kept = Load(lasting=state.load.lasting)
    return State(restarted=seen, load=kept), ended


def _settle_in(state: State, settings: Settings) -> Result:
    """New settings: the first after a start also write the birth and the agent's own gap."""
    effects: list[Effect] = []
    if state.restarted is not None:
        effects.append(_birth(state.restarted, settings))
        if not state.restarted.first:
            effects.append(coverage.agent_gap(state.restarted, settings))
    else:
        effects.append(Emit("life", "settings", "unit", {"hash": settings.hash}))
    effects.append(Sampling(settings.fps_parked if state.motion.parked else settings.fps_moving))
    ledger = coverage.resume(state.coverage, settings)
    return change(state, settings=settings, restarted=None, coverage=ledger), effects


def _birth(seen: Restarted, settings: Settings) -> Emit:
    data = {
        "version": seen.version,
        "settings": settings.hash,
        "new_boot": seen.new_boot,
        "clean": seen.clean,
        "state_readable": seen.readable,
        "journal_replaced": seen.replaced,
        "cameras": {"body": list(settings.body_cameras), "cab": list(settings.cab_cameras)},
        "sinks": list(settings.sinks),
        "zones": len(settings.zones),
    }
    return Emit("life", "birth", "unit", data)


def _skipped(seen: Skipped) -> Emit:
    data = {"stream": seen.stream, "from": seen.first, "to": seen.last, "why": seen.why}
    return Emit("life", "skipped", f"{seen.sink}/{seen.stream}", data, audience=seen.sink)


def _observe(state: State, settings: Settings, seen: Observation) -> Result:
    now = seen.mono_ns
    effects: list[Effect] = [Track(seen)] if isinstance(seen, Fix) else []
    moved, more = motion.advance(state.motion, settings, seen)
    effects += more
    base, more = timebase.advance(state.timebase, settings, seen)
    effects += more
    laden, more = load.advance(state.load, settings, moved, seen)
    effects += more
    open_load, more = uncovered.advance(state.uncovered, settings, moved, laden, now)
    effects += more
    ledger, more = coverage.advance(state.coverage, settings, seen)
    effects += more
    well, more = health.advance(state.health, seen)
    effects += more
    well, more = health.report(well, settings, moved, laden, now)
    effects += more
    return State(settings, None, moved, laden, open_load, base, ledger, well), effects
