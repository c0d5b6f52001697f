"""What rest means for all the other rules: pictures, positions and the ledger of a unit that sleeps."""

import msgspec

from agent.model import Effect, Observation, Sampling, Settings
from agent.rules import blind, coverage, power, unit
from agent.rules.conflicts import Scene
from agent.rules.state import State
from agent.rules.trip import risk

Result = tuple[State, list[Effect]]
change = msgspec.structs.replace


def watching(state: State) -> bool:
    """Whether the truck is on duty and the unit awake, so that every second is accounted for."""
    return state.duty.on and not state.unit.power.asleep


def rate(state: State, settings: Settings) -> float:
    """Frames per second to judge of each body camera."""
    fps = power.rate(state.unit.power, settings, state.motion, on_duty=state.duty.on)
    return risk.rate(state.haulage.visits, settings, fps)


def advance(state: State, settings: Settings, seen: Observation, effects: list[Effect]) -> Result:
    """After all other rules of a step, whose `effects` come along: tampering, contradictions, rest."""
    scene = Scene(settings, state.switches, state.motion, state.load, seen.mono_ns)
    aboard, more = unit.advance(state.unit, scene, on_duty=state.duty.on)
    before = state.unit.power
    if aboard is not state.unit:
        state = change(state, unit=aboard)
    state, moved = _ledger(state, settings, before.asleep, seen.mono_ns)
    rested, effects = power.track(state.unit.power, settings, [*effects, *more, *moved])
    if rested is not state.unit.power:
        state = change(state, unit=change(state.unit, power=rested))
    turned = (before.asleep, before.off_since) != (rested.asleep, rested.off_since)
    return state, _paced(effects, rate(state, settings), turned=turned)


def _paced(effects: list[Effect], fps: float, *, turned: bool) -> list[Effect]:
    """Whatever a step says of the frame rate, what holds now is said once."""
    others = [e for e in effects if not isinstance(e, Sampling)]
    return [*others, Sampling(fps)] if turned or len(others) < len(effects) else effects


def _ledger(state: State, settings: Settings, slept: bool, now: int) -> Result:  # noqa: FBT001
    """Asleep only links and the journal are accounted for; awake again everything is awaited anew."""
    asleep = state.unit.power.asleep
    if asleep and any(not name.startswith("link:") for name in state.coverage.sources):
        ledger, effects = coverage.pause(state.coverage, now)
        counted, _ = blind.advance(state.blind, settings, state.coverage, ledger, now, None)
        return change(state, coverage=ledger, blind=counted), effects
    if slept and not asleep and state.duty.on:
        return change(state, coverage=coverage.proceed(state.coverage, settings, now)), []
    return state, []
