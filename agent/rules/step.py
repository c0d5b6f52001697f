"""The one pure function: a state and an observation give a state and effects."""

import msgspec

from agent.model import (
    Effect,
    Emit,
    LoadReading,
    Observation,
    Released,
    Restarted,
    Salvaged,
    Sampling,
    Settings,
    Skipped,
    Stopping,
    Track,
)
from agent.rules import (
    blind,
    cameras,
    charges,
    coverage,
    duty,
    evidence,
    fitness,
    health,
    integrity,
    layers,
    life,
    link,
    load,
    motion,
    pictures,
    refusals,
    rest,
    road,
    shadow,
    switches,
    timebase,
    totals,
    trips,
    uncovered,
    unit,
    warning,
)
from agent.rules.coverage import Coverage
from agent.rules.load import Load
from agent.rules.motion import SECOND, fresh
from agent.rules.smoothing import checked
from agent.rules.state import State
from agent.rules.uncovered import Uncovered
from drivers.readings import Fix, ReceiverHealth

Result = tuple[State, list[Effect]]
change = msgspec.structs.replace


def step(state: State, seen: Observation) -> Result:
    """Feed one observation; `now` is its own time.

    A start is `Restarted`, then `Settings`; before the first settings nothing else has an effect.
    """
    after, effects = _take(state, seen)
    return after, charges.judged(effects, after.settings)


def _take(state: State, seen: Observation) -> Result:
    if isinstance(seen, Restarted):
        return change(state, restarted=seen), []
    return totals.follow(state, *_step(state, seen), seen)


def _step(state: State, seen: Observation) -> Result:
    if isinstance(seen, Settings):
        return _settle_in(state, seen)
    if state.settings is None:
        return state, []
    if state.stopping:  # the farewell is the last word; only a fix that was under way is still kept
        return state, [Track(seen)] if isinstance(seen, Fix) and state.duty.on else []
    return _on_or_off(state, state.settings, seen)


def _settle_in(state: State, settings: Settings) -> Result:
    """New settings: the first after a start also write the birth and the agent's own gap."""
    restarted = state.restarted
    settings = evidence.same_unit(state.settings, settings)
    effects: list[Effect] = []
    if restarted is None:
        effects.append(life.settled(settings))
    else:
        state, effects = _restart(state, restarted, settings)
    effects += layers.told(None if restarted else state.settings, settings)
    effects.append(Sampling(rest.rate(state, settings)))
    watched, more = cameras.settle(state.cameras, settings)
    effects += more
    state = change(state, cameras=watched)
    ledger, more = coverage.resume(state.coverage, settings)
    if not rest.watching(state):
        ledger, _ = coverage.pause(ledger, settings.mono_ns)
    laden = load.settle(state.load, settings)
    proven = evidence.follow(state.evidence, settings, effects, settings.mono_ns)
    return change(state, settings=settings, load=laden, coverage=ledger, evidence=proven), effects + more


def _restart(state: State, seen: Restarted, settings: Settings) -> Result:
    """After a start nothing counts as seen; over a boot CLOCK_BOOTTIME begins anew, so what was open ends.

    The lasting load outlives only a short absence: a truck that was loaded meanwhile was not loaded here.
    """
    begun: list[Effect] = [life.birth(seen, settings)]
    begun += [] if seen.first else [coverage.agent_gap(seen, settings)]
    begun += pictures.give_up(state.pictures, seen.mono_ns)
    state, over = road.restart(state, settings)
    aboard, cut = unit.restart(state.unit, settings, seen)
    state, begun = change(state, unit=aboard), [*over, *begun, *cut]
    away_ns = seen.mono_ns - (seen.last_mono_ns or 0)
    if seen.new_boot or away_ns > uncovered.unobserved_ns(settings):
        _, ended = uncovered.interrupt(state.uncovered)
        if seen.new_boot:
            ended += [*coverage.interrupt(state.coverage), *integrity.interrupt(state.integrity, settings)]
            ended += [*duty.interrupt(state.duty), *cameras.interrupt(state.cameras, settings)]
        bare = State(
            links=link.restart(state.links),
            evidence=evidence.restart(state.evidence, new_boot=True),
            trips=state.trips,
        )
        kept = bare if seen.new_boot else change(state, load=Load(), uncovered=Uncovered())
        return _resume(kept), [*ended, *begun]
    open_load, ended = uncovered.resume(state.uncovered, settings, seen.mono_ns)
    kept = change(state, load=load.restart(state.load), uncovered=open_load)
    return _resume(kept), [*ended, *begun]


def _resume(kept: State) -> State:
    return change(
        kept,
        restarted=None,
        stopping=False,
        integrity=integrity.resume(kept.integrity),
        cameras=cameras.restart(kept.cameras),
        pictures=change(kept.pictures, wanted=()),
        evidence=evidence.restart(kept.evidence, new_boot=False),
    )


def _on_or_off(state: State, settings: Settings, seen: Observation) -> Result:
    """One observation on duty or off; then what it wants of the cameras."""
    shift, effects = duty.advance(state.duty, settings, seen, state.timebase.offset, state.health.receiver)
    if shift.on != state.duty.on:
        state, more = (_knock_on if shift.on else _knock_off)(state, settings, seen.mono_ns)
        effects = [*more, *effects]
    state, more = _observe(change(state, duty=shift), settings, seen)
    state, effects = rest.advance(state, settings, seen, effects + more)
    album, more = pictures.advance(state.pictures, settings, seen, on_duty=shift.on)
    state = change(state, trips=trips.follow(state.trips, effects))
    album, effects = pictures.want(album, settings, state.load, effects + more)
    proven, more = evidence.advance(state.evidence, settings, seen)
    proven = evidence.follow(proven, settings, effects, seen.mono_ns)
    return change(state, pictures=album, evidence=proven), effects + more


def _knock_off(state: State, settings: Settings, now: int) -> Result:
    """The shift is over: what is open ends, and all is forgotten but the unit's own health and its clock.

    What is not named here begins anew with the next shift, so that nothing new is kept by mistake.
    """
    _, ended = uncovered.interrupt(state.uncovered)
    ended += [*integrity.interrupt(state.integrity, settings), *cameras.interrupt(state.cameras, settings)]
    hauled, more = road.knock_off(state, settings)
    ended += [*more, *unit.interrupt(state.unit, settings)]
    ended += blind.finish(state.blind, settings, state.coverage, now)
    ledger, more = coverage.pause(state.coverage, now)
    rested = State(
        settings=settings,
        timebase=state.timebase,
        coverage=ledger,
        health=state.health,
        pictures=state.pictures,
        links=state.links,
        refusals=state.refusals,
        evidence=state.evidence,
        trips=hauled,
        switches=switches.off_duty(state.switches),
        unit=unit.off_duty(state.unit),
    )
    return rested, [*ended, *more, Sampling(0.0)]


def _knock_on(state: State, settings: Settings, now: int) -> Result:
    """A shift begins."""
    ledger = coverage.proceed(state.coverage, settings, now)
    return change(state, coverage=ledger), [Sampling(settings.fps_moving)]


def _rest(state: State, settings: Settings, seen: Observation) -> Result:
    """Off duty: a fix sets the clock and nothing else, a camera is only known to be there."""
    fix = seen if isinstance(seen, Fix) and not fitness.unfit(seen, settings, state.health.receiver) else None
    base, effects = timebase.advance(state.timebase, settings, fix)
    ledger, more = coverage.advance(state.coverage, settings, seen)
    effects += more
    well, more = health.advance(state.health, seen)
    effects += more
    well, more = health.report(well, settings, state.motion, state.load, seen.mono_ns)
    return change(state, timebase=base, coverage=ledger, health=well), effects + more


def _observe(state: State, settings: Settings, seen: Observation) -> Result:
    if isinstance(seen, Stopping):
        stopped = Emit("life", "stopped", "unit", {"reason": seen.reason})
        last = blind.finish(state.blind, settings, state.coverage, seen.mono_ns) if state.duty.on else []
        return change(state, stopping=True), [*last, stopped]
    if isinstance(seen, Skipped):
        return state, [life.skipped(seen)]
    if isinstance(seen, Released):
        return state, [life.released(seen)]
    if isinstance(seen, Salvaged):
        return state, [life.salvaged(seen)]
    links, told = link.advance(state.links, settings, seen)
    refused, more = refusals.advance(state.refusals, settings, seen)
    heard, said = switches.advance(state.switches, seen, on_duty=state.duty.on)
    if links is not state.links or refused is not state.refusals or heard is not state.switches:
        state = change(state, links=links, refusals=refused, switches=heard)
    state, effects = _go_on(state, settings, seen)
    return state, told + more + said + warning.delivered(seen) + effects


def _go_on(state: State, settings: Settings, seen: Observation) -> Result:
    if not state.duty.on:
        return _rest(state, settings, seen)
    if isinstance(seen, LoadReading):
        return _read(state, settings, seen)
    return _sense(state, settings, seen)


def _read(state: State, settings: Settings, seen: LoadReading) -> Result:
    """A reading; one by a model on trial is compared and nothing else, impossible numbers are no reading."""
    trials, effects = shadow.advance(state.trials, settings, seen)
    if trials is not state.trials:
        state = change(state, trials=trials)
    if seen.shadow:
        return state, effects
    state, more = _sense(state, settings, checked(seen))
    return state, effects + more


def _sense(state: State, settings: Settings, seen: Observation) -> Result:
    effects: list[Effect] = []
    fix: Fix | None = None
    unfit: tuple[str, ...] = ()
    if isinstance(seen, Fix):
        fit, unfit = fitness.advance(state.fitness, settings, seen, state.health.receiver)
        state = change(state, fitness=fit)
        fix = None if unfit else fitness.usable(seen, state.health.receiver)
        effects.append(Track(seen, unfit))
    moved, more = motion.advance(state.motion, settings, fix)
    effects += more
    base, more = timebase.advance(state.timebase, settings, fix)
    effects += more
    watched, seen, more = cameras.advance(state.cameras, settings, moved, seen)
    effects += more
    state = change(state, motion=moved, timebase=base, cameras=watched)
    state, more = _judge(state, settings, seen)
    ledger, last = coverage.advance(state.coverage, settings, seen, unfit)
    state, day = _count_blind(state, settings, ledger, seen.mono_ns)
    last = [*last, *day]
    well, reported = _tend(state, settings, seen)
    return change(well, coverage=ledger), [*effects, *more, *last, *reported]


def _count_blind(state: State, settings: Settings, ledger: Coverage, now: int) -> Result:
    """How long each camera saw nothing, of a shift or a local day."""
    offset = state.duty.offset if state.timebase.offset is None else state.timebase.offset
    day = None if offset is None else duty.local_day(settings, (now + offset) // SECOND)
    counted, effects = blind.advance(state.blind, settings, state.coverage, ledger, now, day)
    return change(state, blind=counted), effects


def _judge(state: State, settings: Settings, seen: Observation) -> Result:
    """The load and what follows from it."""
    laden, effects = load.advance(state.load, settings, state.motion, seen)
    open_load, more = uncovered.advance(state.uncovered, settings, state.motion, laden, seen.mono_ns)
    state, last = road.advance(state, settings, laden, seen)
    return change(state, load=laden, uncovered=open_load), [*effects, *more, *last]


def _tend(state: State, settings: Settings, seen: Observation) -> Result:
    """The devices' health, the receiver's testimony, and the regular report."""
    well, effects = health.advance(state.health, seen)
    sound = state.integrity
    if isinstance(seen, ReceiverHealth):
        fixes = fresh(state.motion, settings, seen.mono_ns) is not None
        sound, more = integrity.advance(sound, settings, seen, fixes=fixes)
        effects += more
    well, more = health.report(well, settings, state.motion, state.load, seen.mono_ns)
    return change(state, health=well, integrity=sound), effects + more
