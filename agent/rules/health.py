"""What the unit says of itself: each change of a device or worker, and a report every `health_every_s`."""

from typing import Any

import msgspec

from agent.model import Effect, Emit, JournalState, Observation, Settings, WorkerState
from agent.rules.account import views_of
from agent.rules.agreement import Load
from agent.rules.integrity import strength
from agent.rules.motion import SECOND, Motion, fresh, microseconds
from agent.rules.zones import place
from drivers.readings import CameraHealth, ReceiverHealth

_REASON_NS = 10 * SECOND  # another reason of the same trouble is told no sooner: it may change each second


class Told(msgspec.Struct, frozen=True):
    """What a device's last record said of it, and when (ns)."""

    connected: bool
    reason: str | None
    at: int


class Health(msgspec.Struct, frozen=True):
    """The newest word of each device, and what was told of it; when the last report went out."""

    receiver: ReceiverHealth | None = None
    cameras: dict[str, CameraHealth] = {}
    journal: str | None = None
    reported: int = 0
    told: dict[str, Told] = {}


def advance(health: Health, seen: Observation) -> tuple[Health, list[Effect]]:
    """Keep the newest word of a device and report a change of it."""
    if isinstance(seen, ReceiverHealth):
        return _compare(msgspec.structs.replace(health, receiver=seen), "receiver", seen)
    if isinstance(seen, CameraHealth):
        health = msgspec.structs.replace(health, cameras=health.cameras | {seen.camera: seen})
        return _compare(health, f"camera:{seen.camera}", seen)
    if isinstance(seen, JournalState):
        health = msgspec.structs.replace(health, journal=seen.reason)
        return health, [_changed("journal", seen.writable, seen.reason)]
    if isinstance(seen, WorkerState):
        data = {"state": seen.state, "reason": seen.reason}
        return health, [Emit("health", "worker.changed", f"worker:{seen.worker}", data)]
    return health, []


def report(
    health: Health, settings: Settings, motion: Motion, load: Load, now: int
) -> tuple[Health, list[Effect]]:
    """The regular report, when it is due."""
    if now - health.reported < settings.health_every_s * SECOND:
        return health, []
    data = {
        "receiver": _receiver(health.receiver),
        "cameras": {name: _camera(camera) for name, camera in sorted(health.cameras.items())},
        "load": {"state": load.state, "lasting": load.lasting, "views": views_of(load)},
        "moving": motion.moving,
        "parked": motion.parked,
        "place": place(fresh(motion, settings, now)),
    }
    return msgspec.structs.replace(health, reported=now), [Emit("health", "health.report", "unit", data)]


def _compare(health: Health, device: str, seen: ReceiverHealth | CameraHealth) -> tuple[Health, list[Effect]]:
    """Tell each loss and return at once, another reason after a while if it still holds."""
    now = Told(seen.connected, seen.reason, seen.mono_ns)
    last = health.told.get(device)
    same = last is not None and last.connected == now.connected
    if last is not None and same and (last.reason == now.reason or now.at - last.at < _REASON_NS):
        return health, []
    health = msgspec.structs.replace(health, told=health.told | {device: now})
    return health, [_changed(device, seen.connected, seen.reason)]


def _changed(device: str, connected: bool, reason: str | None) -> Emit:  # noqa: FBT001 - one word, one meaning
    return Emit("health", "device.changed", device, {"connected": connected, "reason": reason})


def _receiver(seen: ReceiverHealth | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {
        "connected": seen.connected,
        "reason": seen.reason,
        "sentences": seen.sentences,
        "checksum_errors": seen.checksum_errors,
        "epochs": seen.epochs,
        "opened": seen.opened,
        "lost": seen.lost,
        "antenna": seen.antenna,
        "antenna_inferred": seen.antenna_inferred,
        "strength": strength(seen),
        "rate_hz": None if seen.rate_hz is None else round(seen.rate_hz, 2),
        "checksum_error_rate": None
        if seen.checksum_error_rate is None
        else round(seen.checksum_error_rate, 4),
        "suspicions": [
            {"kind": s.kind, "since_us": microseconds(s.since_ns), "why": s.why} for s in seen.suspicions
        ],
    }


def _camera(seen: CameraHealth) -> dict[str, Any]:
    return {
        "role": seen.role,
        "connected": seen.connected,
        "reason": seen.reason,
        "fps": round(seen.fps, 2),
        "age_s": None if seen.age_s is None else round(seen.age_s, 1),
        "opened": seen.opened,
        "faults": [{"kind": f.kind, "since_us": microseconds(f.since_ns), "why": f.why} for f in seen.faults],
    }
