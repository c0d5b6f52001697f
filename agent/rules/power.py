"""Rest: the ignition is off, or the supply is low.

Ignition off: pictures come at the rate of a parked truck at once; after a while the unit sleeps: no pictures,
a position now and then, and its platforms know it. It may stop later. Nobody sleeps on a doubt: a switch that
says nothing, or a truck that moves, keeps the unit awake. A supply below its floor stops it whatever it does.
"""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Halt, Rest, Settings, Track
from agent.rules.motion import SECOND, Motion, boot_of, knows_speed, microseconds, subject
from agent.rules.switches import Switches, word
from drivers.readings import SupplyState

_STALE_NS = 60 * SECOND  # the supply is heard every ten seconds
change = msgspec.structs.replace


class Power(msgspec.Struct, frozen=True):
    """Since when the ignition is off and the truck stands; the open gap of a sleep and since when.

    `kept`: the newest position that was kept of a sleep; `low_since`: the supply is below its floor;
    `halted`: the agent was told to stop.
    """

    off_since: int | None = None
    gap: str | None = None
    slept: int = 0
    kept: int | None = None
    low_since: int | None = None
    halted: bool = False

    @property
    def asleep(self) -> bool:
        """Whether the unit sleeps."""
        return self.gap is not None


Step = tuple[Power, list[Effect]]


def advance(power: Power, settings: Settings, switches: Switches, motion: Motion, now: int) -> Step:
    """See whether it is time to sleep, to wake up or to stop."""
    power, effects = _supply(power, settings, switches.supply, now)
    if not _is_off(switches, settings, motion, now):
        after, more = _awake(power, now)
        return after, effects + more
    begun = now if power.off_since is None else power.off_since
    power = power if power.off_since == begun else change(power, off_since=begun)
    if not power.asleep and now - begun >= settings.power.sleep_after_s * SECOND:
        power = change(power, gap=subject("gap-ignition", settings, now), slept=now)
        effects += [_gap("gap.started", power, {}), Rest(asleep=True)]
    if _may_stop(power, settings, now):
        power = change(power, halted=True)
        effects.append(Halt("ignition", f"ignition off for {round((now - begun) / SECOND)} s"))
    return power, effects


def track(power: Power, settings: Settings, effects: list[Effect]) -> Step:
    """Of a sleep only a position now and then is kept."""
    if not power.asleep:
        return power, effects
    kept: list[Effect] = []
    for effect in effects:
        if isinstance(effect, Track):
            at = effect.fix.mono_ns
            if power.kept is not None and at - power.kept < settings.power.asleep_track_s * SECOND:
                continue
            power = change(power, kept=at)
        kept.append(effect)
    return power, kept


def rate(power: Power, settings: Settings, motion: Motion, *, on_duty: bool) -> float:
    """Frames per second to judge of each body camera."""
    if power.asleep or not on_duty:
        return 0.0
    return settings.fps_parked if power.off_since is not None or motion.parked else settings.fps_moving


def restart(power: Power) -> Step:
    """After a start the unit is awake."""
    if not power.asleep:
        return Power(), []
    data: dict[str, Any] = {"reason": "interrupted", "boot": boot_of(power.gap or "")}
    return Power(), [_gap("gap.ended", power, data), Rest(asleep=False)]


def _is_off(switches: Switches, settings: Settings, motion: Motion, now: int) -> bool:
    """Whether the ignition is off and the truck stands, as far as anybody knows."""
    moving = motion.moving and knows_speed(motion, settings, now)
    return word(switches, "ignition", now) is False and not moving


def _awake(power: Power, now: int) -> Step:
    if power.off_since is None:
        return power, []
    awake = change(power, off_since=None, gap=None, kept=None)
    if not power.asleep:
        return awake, []
    data = {"until_us": microseconds(now), "seconds": round((now - power.slept) / SECOND, 1)}
    return awake, [_gap("gap.ended", power, data), Rest(asleep=False)]


def _may_stop(power: Power, settings: Settings, now: int) -> bool:
    wanted = settings.power.then == "stop" and power.asleep and not power.halted
    return wanted and now - power.slept >= settings.power.stop_after_s * SECOND


def _supply(power: Power, settings: Settings, supply: SupplyState | None, now: int) -> Step:
    """Low for long enough: the agent stops."""
    if supply is None or not supply.low or now - supply.mono_ns > _STALE_NS:
        return (power if power.low_since is None else change(power, low_since=None)), []
    begun = supply.mono_ns if power.low_since is None else power.low_since
    power = change(power, low_since=begun) if power.low_since is None else power
    if power.halted or now - begun < settings.power.floor_after_s * SECOND:
        return power, []
    volts = round(supply.volts or 0.0, 2)
    told = {"volts": volts, "since_us": microseconds(begun), "after_s": settings.power.floor_after_s}
    halt = Halt("supply", f"supply low: {volts:g} V for {round((now - begun) / SECOND)} s")
    return change(power, halted=True), [Emit("health", "supply.low", "supply", told, "notice"), halt]


def _gap(kind: str, power: Power, more: dict[str, Any]) -> Emit:
    data = {"source": "ignition", "why": "ignition off", "since_us": microseconds(power.slept)}
    return Emit("coverage", kind, power.gap or "", data | more)
