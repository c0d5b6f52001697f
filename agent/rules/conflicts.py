"""`sensor_conflict`: a switch and another sensor contradict each other for too long.

The cover's switch and the axles' load are held against the smoothed state of the load, the ignition against
motion. One of the two is broken or has been tampered with; the record holds both and accuses nobody.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from agent.model import Effect, Emit, Settings, Snapshot
from agent.rules import held
from agent.rules.account import reasons
from agent.rules.agreement import Load
from agent.rules.charges import charge, versions
from agent.rules.held import Held, Times, Turn
from agent.rules.motion import Motion, boot_of, fresh, knows_speed, microseconds
from agent.rules.switches import Switches, shown, word
from agent.rules.zones import place, zone_of
from drivers.readings import SwitchRole

NAME = "sensor_conflict"
_LADEN = ("covered", "partly", "uncovered")


class Scene(msgspec.Struct, frozen=True):
    """What is compared in one moment."""

    settings: Settings
    switches: Switches
    motion: Motion
    load: Load
    now: int


Conflicts = dict[SwitchRole, Held]


def _cover(scene: Scene) -> bool | None:
    closed = word(scene.switches, "cover", scene.now)
    if closed is None or scene.load.state == "unknown":
        return None
    return scene.load.state == ("uncovered" if closed else "covered")


def _load(scene: Scene) -> bool | None:
    laden = word(scene.switches, "load", scene.now)
    if laden is None or scene.load.state == "unknown":
        return None
    return laden != (scene.load.state in _LADEN)


def _ignition(scene: Scene) -> bool | None:
    on = word(scene.switches, "ignition", scene.now)
    if on is None or not knows_speed(scene.motion, scene.settings, scene.now):
        return None
    return not on and scene.motion.moving


_LOOKS: dict[SwitchRole, Callable[[Scene], bool | None]] = {
    "cover": _cover,
    "load": _load,
    "ignition": _ignition,
}


def advance(conflicts: Conflicts, scene: Scene) -> tuple[Conflicts, list[Effect]]:
    """Compare what there is to compare."""
    effects: list[Effect] = []
    after = conflicts
    for role, look in _LOOKS.items():
        if role not in conflicts and role not in scene.switches.said:
            continue
        now_held, turn = held.advance(
            _rule(scene.settings, role), conflicts.get(role), scene.settings, scene.now, look(scene)
        )
        after = _put(after, role, now_held)
        effects += [] if turn is None else _told(scene, role, turn)
    return after, effects


def interrupt(conflicts: Conflicts, settings: Settings) -> list[Effect]:
    """End what is open where it was last seen: its boot or shift is over."""
    return [
        _emit(
            settings,
            "ended",
            open_.subject,
            {**_span(role, open_.since, open_.seen, "interrupted"), "boot": boot_of(open_.subject)},
        )
        for role, open_ in sorted(conflicts.items())
        if open_.subject is not None
    ]


def restart(conflicts: Conflicts) -> Conflicts:
    """After a start in the same boot what is open goes on."""
    kept = {role: held.resume(known) for role, known in conflicts.items()}
    return {role: known for role, known in kept.items() if known is not None}


def _rule(settings: Settings, role: SwitchRole) -> held.Rule:
    limits = settings.conflict
    return held.Rule(f"{NAME}-{role}", Times(limits.after_s, limits.over_s, limits.unobserved_s))


def _put(conflicts: Conflicts, role: SwitchRole, known: Held | None) -> Conflicts:
    if conflicts.get(role) == known:
        return conflicts
    rest = {name: other for name, other in conflicts.items() if name != role}
    return rest if known is None else rest | {role: known}


def _told(scene: Scene, role: SwitchRole, turn: Turn) -> list[Effect]:
    if turn.until is not None:
        ended = _span(role, turn.since, turn.until, turn.why)
        return [_emit(scene.settings, "ended", turn.subject, ended)]
    event = _emit(scene.settings, "started", turn.subject, _readings(scene, role, turn))
    if role == "ignition":
        return [event]
    return [event, *(Snapshot(camera, turn.subject, event.type) for camera in scene.settings.body_cameras)]


def _readings(scene: Scene, role: SwitchRole, turn: Turn) -> dict[str, Any]:
    """Both sides of the contradiction."""
    settings, load = scene.settings, scene.load
    fix = fresh(scene.motion, settings, scene.now)
    seen = None if role == "ignition" else {"state": load.state, **reasons(load, settings)}
    return {
        "what": role,
        "since_us": microseconds(turn.since),
        "switch": shown(scene.switches, role, scene.now),
        "load": seen,
        "moving": scene.motion.moving,
        "place": place(fix),
        "zone": zone_of(fix, settings),
        "thresholds": {"after_s": settings.conflict.after_s, "over_s": settings.conflict.over_s},
    }


def _span(role: SwitchRole, since: int, until: int, why: str) -> dict[str, Any]:
    return {
        "what": role,
        "since_us": microseconds(since),
        "until_us": microseconds(until),
        "reason": why,
    }


def _emit(settings: Settings, what: str, name: str | None, data: dict[str, Any]) -> Emit:
    charged = charge(settings, NAME, "notice")
    whole = {**data, "authority": list(charged.authority), **versions(settings)}
    return Emit("event", f"{NAME}.{what}", name or "", whole, charged.severity)
