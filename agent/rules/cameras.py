"""Faults of cameras as episodes, one subject per camera and kind, and what a frozen picture is.

The vision process tells what is wrong with pictures; only here is known that the truck moves, so that
pictures which never change are frozen, and that a dark one is no fault of a parked truck. A fault lasts while
its camera is gone: nobody has seen that it is over. In our table of violations severity is `notice`: a reason
to look, nobody's deed.
"""

from typing import Any

import msgspec

from agent.model import Effect, Emit, LoadReading, Observation, Settings, Snapshot
from agent.rules.charges import charge
from agent.rules.motion import SECOND, Motion, boot_of, knows_speed, microseconds, subject
from drivers.readings import CameraFault, CameraHealth

_THAWED_NS = 10 * SECOND  # pictures change again for so long
_TOLD_NS = 600 * SECOND  # between two updates of an episode
_LOST = "lost"
change = msgspec.structs.replace


class Fault(msgspec.Struct, frozen=True):
    """An open episode: its subject, since when (ns), the newest figures, when a record last told them."""

    camera: str
    kind: str
    subject: str
    since: int
    why: str
    told: int
    seen: int


class Cameras(msgspec.Struct, frozen=True):
    """Open faults by camera and kind; since when the truck moves; when a frozen picture began to change.

    `gone`: since when a camera gives no picture. `resuming`: cameras that have not spoken since a start.
    """

    open: dict[str, Fault] = {}
    moving_since: int | None = None
    thawed: dict[str, int] = {}
    gone: dict[str, int] = {}


def advance(
    cameras: Cameras, settings: Settings, motion: Motion, seen: Observation
) -> tuple[Cameras, Observation, list[Effect]]:
    """Take what a camera says; the observation comes back with the faults that hold, or as unusable."""
    moving = motion.moving and knows_speed(motion, settings, seen.mono_ns)
    since = (cameras.moving_since or seen.mono_ns) if moving else None
    if since != cameras.moving_since:
        cameras = change(cameras, moving_since=since)
    if isinstance(seen, LoadReading):
        return cameras, _reading(cameras, seen), []
    if not isinstance(seen, CameraHealth) or seen.camera not in settings.body_cameras + settings.cab_cameras:
        return cameras, seen, []
    cameras, held = _held(cameras, settings, motion, seen)
    cameras, effects = _compare(cameras, settings, seen, held)
    pictures = tuple(f for f in held if f.kind != _LOST)
    return cameras, change(seen, faults=pictures), effects


def interrupt(cameras: Cameras, settings: Settings) -> list[Effect]:
    """End what is open where it was last seen: the boot or the shift is over."""
    return [_ended(fault, settings, fault.seen, "interrupted") for _, fault in sorted(cameras.open.items())]


def restart(cameras: Cameras) -> Cameras:
    """After a start in the same boot what was open goes on until its camera says otherwise."""
    return Cameras(open=cameras.open)


def settle(cameras: Cameras, settings: Settings) -> tuple[Cameras, list[Effect]]:
    """Under new settings faults of cameras that are no longer there end."""
    known = settings.body_cameras + settings.cab_cameras
    kept = {key: fault for key, fault in cameras.open.items() if fault.camera in known}
    gone = Cameras({key: fault for key, fault in cameras.open.items() if key not in kept})
    return (change(cameras, open=kept) if gone.open else cameras), interrupt(gone, settings)


def _reading(cameras: Cameras, seen: LoadReading) -> LoadReading:
    """A reading of a camera with a fault says nothing; the fault is the reason."""
    kinds = [f.kind for f in cameras.open.values() if f.camera == seen.camera and f.kind != _LOST]
    if not kinds:
        return seen
    return change(seen, state="unknown", p=None, usable=False, reason=kinds[0])


def _held(
    cameras: Cameras, settings: Settings, motion: Motion, seen: CameraHealth
) -> tuple[Cameras, list["_Held"]]:
    """The faults that hold now; a camera that is gone keeps those it had."""
    name, now = seen.camera, seen.mono_ns
    mine = {f.kind: f for f in cameras.open.values() if f.camera == name}
    if not seen.connected:
        since = cameras.gone.get(name, now)
        cameras = change(cameras, gone=cameras.gone | {name: since})
        kept = [_Held(f.kind, f.since, f.why) for f in mine.values() if f.kind != _LOST]
        if _LOST in mine or now - since >= settings.camera_gap_s * SECOND:
            kept.append(_Held(_LOST, since, seen.reason or "no picture"))
        return cameras, kept
    gone = {n: since for n, since in cameras.gone.items() if n != name}
    cameras = change(cameras, gone=gone) if name in cameras.gone else cameras
    moving = cameras.moving_since is not None
    told = [
        _of(f) for f in seen.faults if f.kind != "dark" or ("dark" in mine and not motion.parked) or moving
    ]
    cameras, frozen = _frozen(cameras, settings, seen, mine.get("frozen"))
    return cameras, told + frozen


class _Held(msgspec.Struct, frozen=True):
    """A fault that holds: also `lost`, which is none of the picture."""

    kind: Any
    since_ns: int
    why: str


def _of(fault: CameraFault) -> _Held:
    return _Held(fault.kind, fault.since_ns, fault.why)


def _frozen(
    cameras: Cameras, settings: Settings, seen: CameraHealth, before: Fault | None
) -> tuple[Cameras, list[_Held]]:
    """Pictures that were one and the same for `frozen_s` of moving; over when they change for a while."""
    name, now, still = seen.camera, seen.mono_ns, seen.unchanged_s or 0.0
    moved_s = 0.0 if cameras.moving_since is None else (now - cameras.moving_since) / SECOND
    unchanged = still >= settings.frozen_s
    if before is None:
        if not unchanged or moved_s < settings.frozen_s:
            return cameras, []
        since = now - round(min(still, moved_s) * SECOND)
        return cameras, [
            _Held("frozen", since, f"unchanged for {still:.0f} s while moving for {moved_s:.0f} s")
        ]
    if unchanged:
        thawed = {n: at for n, at in cameras.thawed.items() if n != name}
        return change(cameras, thawed=thawed), [_Held("frozen", before.since, before.why)]
    since = cameras.thawed.get(name, now)
    if now - since >= _THAWED_NS:
        return change(cameras, thawed={n: at for n, at in cameras.thawed.items() if n != name}), []
    return change(cameras, thawed=cameras.thawed | {name: since}), [_Held("frozen", before.since, before.why)]


def _compare(
    cameras: Cameras, settings: Settings, seen: CameraHealth, held: list[_Held]
) -> tuple[Cameras, list[Effect]]:
    """Start, go on with and end episodes so that exactly those that hold are open."""
    now, open_ones, effects = seen.mono_ns, dict(cameras.open), list[Effect]()
    present = {f"{seen.camera}/{fault.kind}": fault for fault in held}
    for key, fault in cameras.open.items():
        if fault.camera == seen.camera and key not in present:
            effects.append(_ended(open_ones.pop(key), settings, now, "over"))
    for key, holding in present.items():
        if (known := open_ones.get(key)) is None:
            since = min(holding.since_ns, now)
            name = subject(f"camera-{seen.camera}-{holding.kind}", settings, now)
            open_ones[key] = Fault(seen.camera, holding.kind, name, since, holding.why, now, now)
            more = {"thresholds": settings.camera_limits, "settings": settings.hash}
            event = _emit(open_ones[key], settings, "started", more)
            effects += [event, *_snapshot(settings, seen, event)]
        else:
            due = holding.why != known.why and now - known.told >= _TOLD_NS
            open_ones[key] = change(known, why=holding.why, seen=now, told=now if due else known.told)
            effects += [_emit(open_ones[key], settings, "updated", {})] if due else []
    return change(cameras, open=open_ones), effects


def _snapshot(settings: Settings, seen: CameraHealth, event: Emit) -> list[Effect]:
    """A picture of the fault; not of the cab, whose faults are no event to photograph people for."""
    if not seen.connected or seen.camera not in settings.body_cameras:
        return []
    return [Snapshot(seen.camera, event.subject, event.type)]


def _ended(fault: Fault, settings: Settings, until: int, reason: str) -> Emit:
    more: dict[str, Any] = {
        "until_us": microseconds(until),
        "seconds": round((until - fault.since) / SECOND, 1),
        "reason": reason,
    }
    if reason == "interrupted":
        more["boot"] = boot_of(fault.subject)
    return _emit(fault, settings, "ended", more)


def _emit(fault: Fault, settings: Settings, what: str, more: dict[str, Any]) -> Emit:
    charged = charge(settings, "camera_fault", "notice")
    data = {
        "camera": fault.camera,
        "kind": fault.kind,
        "why": fault.why,
        "since_us": microseconds(fault.since),
        "authority": list(charged.authority),
    }
    return Emit("event", f"camera_fault.{what}", fault.subject, data | more, charged.severity)
