"""`sensor_conflict`: a switch and another sensor contradict each other for too long.

The cover's switch and the axles' load are held against the smoothed state of the load, the ignition against
motion. One of the two is wrong: broken, tampered with, or a camera that misreads a strange truck; the record
holds both and accuses nobody.

A switch that says closed over an open load is how one cheats, and counts anywhere and soon. One that says
open over a covered load deceives nobody, and is far more often an open load that the cameras misread, above
all where covers are opened and closed: that must be so under way, for long.
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
from agent.rules.zones import in_grace, place, zone_of
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
        known = conflicts.get(role)
        begun = known is not None and known.subject is not None
        against = look(scene) and (begun or not _says_open(scene, role) or _under_way(scene))
        now_held, turn = held.advance(_rule(scene, role), known, scene.settings, scene.now, against)
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


def _rule(scene: Scene, role: SwitchRole) -> held.Rule:
    limits = scene.settings.conflict
    return held.Rule(f"{NAME}-{role}", Times(_after_s(scene, role), limits.over_s, limits.unobserved_s))


def _after_s(scene: Scene, role: SwitchRole) -> float:
    limits = scene.settings.conflict
    return limits.open_after_s if _says_open(scene, role) else limits.after_s


def _says_open(scene: Scene, role: SwitchRole) -> bool:
    """Whether it is the cover's switch, and says open."""
    return role == "cover" and word(scene.switches, role, scene.now) is False


def _under_way(scene: Scene) -> bool:
    """Whether the truck is known to be outside the sites and not parked."""
    fix = fresh(scene.motion, scene.settings, scene.now)
    return fix is not None and not scene.motion.parked and not in_grace(fix, scene.settings)


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
        "thresholds": {"after_s": _after_s(scene, role), "over_s": settings.conflict.over_s},
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
