"""`haul_stop`: the truck stood with a load outside the sites, or in a risk zone; for hot spots."""

from typing import Any

import msgspec

from agent.model import Effect, Emit, Settings, Snapshot
from agent.rules.charges import versions
from agent.rules.motion import boot_of, microseconds, subject
from agent.rules.trip.ground import Stop
from agent.rules.trip.record import spot
from agent.rules.trip.state import Sight, Step, Trips

change = msgspec.structs.replace


def follow(trips: Trips, sight: Sight) -> Step:
    """The moment of a fit fix: tell of the present stop when it is long enough, and of its end."""
    stop, settings = trips.stop, sight.settings
    effects: list[Effect] = []
    if trips.told is not None and (stop is None or stop.over or not trips.told.endswith(_end_of(stop))):
        effects.append(_ended(trips, stop, sight, "drove_on"))
        trips = change(trips, told=None)
    if stop is None or stop.over or trips.told is not None or stop.seconds < settings.trips.stop_s:
        return trips, effects
    if not stop.risk and (trips.laden is not True or stop.loading or stop.disposal):
        return trips, effects
    name = subject("haul_stop", settings, stop.since.ns)
    data = _data(stop, trips, settings) | versions(settings)
    effects.append(Emit("event", "haul_stop.started", name, data))
    if stop.risk:
        effects += [Snapshot(camera, name, "haul_stop.started") for camera in settings.body_cameras]
    return change(trips, told=name), effects


def interrupt(trips: Trips, settings: Settings) -> Step:
    """The boot or the shift is over."""
    if trips.told is None:
        return trips, []
    stop, seen = trips.stop, trips.seen
    data: dict[str, Any] = {} if stop is None else _data(stop, trips, settings)
    until = 0 if seen is None else microseconds(seen.ns)
    data |= {"until_us": until, "reason": "interrupted", "boot": boot_of(trips.told)}
    return change(trips, told=None), [Emit("event", "haul_stop.ended", trips.told, data | versions(settings))]


def _end_of(stop: Stop) -> str:
    return f"-{stop.since.boot}-{microseconds(stop.since.ns)}"


def _ended(trips: Trips, stop: Stop | None, sight: Sight, why: str) -> Emit:
    data: dict[str, Any] = {} if stop is None else _data(stop, trips, sight.settings)
    until = sight.now if stop is None else stop.seen
    data |= {"until_us": microseconds(until.ns), "reason": why, **versions(sight.settings)}
    return Emit("event", "haul_stop.ended", trips.told or "", data)


def _data(stop: Stop, trips: Trips, settings: Settings) -> dict[str, Any]:
    return {
        "since_us": microseconds(stop.since.ns),
        "dwell_s": round(stop.seconds, 1),
        "laden": trips.laden,
        "trip": None if trips.trip is None else trips.trip.id,
        "risk": list(stop.risk),
        "lifted": stop.lifted,
        **spot(stop.place, stop.since, trips, settings),
    }
