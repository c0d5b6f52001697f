"""Pictures as records: what was wanted, what came of it, and which episodes still need theirs.

A picture never holds up its event: the event is journalled first, `picture.taken` or `picture.failed` follows
in the `media` stream under the same subject. What was wanted when the agent stopped is recorded as failed at
its next start.
"""

from typing import Any

import msgspec

from agent.model import (
    Caption,
    Effect,
    Emit,
    Observation,
    PictureAsked,
    PictureFailed,
    PictureFile,
    PicturesDeleted,
    PictureTaken,
    PictureUnsent,
    Settings,
    Snapshot,
)
from agent.rules.load import Load
from agent.rules.motion import SECOND, Motion, fresh, knows_speed, microseconds, subject

_DECIDED_BY_A_FRAME = "uncovered_load."
_GRAVE = ("violation", "critical")
_MOST = 64  # episodes or wishes that are remembered
COMMAND = "command"
_RESTARTED = "the agent was restarted"


class Pictures(msgspec.Struct, frozen=True):
    """`wanted` pictures that nobody has answered yet; `open`: subjects of episodes that have not ended.

    `grave`: subjects of violations, whose pictures go before others.
    """

    wanted: tuple[Snapshot, ...] = ()
    open: tuple[str, ...] = ()
    grave: tuple[str, ...] = ()


def advance(
    pictures: Pictures, settings: Settings, seen: Observation, *, on_duty: bool
) -> tuple[Pictures, list[Effect]]:
    """Take a wish or what came of one; without duty nothing is photographed."""
    if isinstance(seen, PictureAsked):
        return pictures, [_asked(settings, seen, on_duty=on_duty)]
    if isinstance(seen, PictureTaken):
        return _answered(pictures, seen), [_taken(seen, grave=seen.subject in pictures.grave)]
    if isinstance(seen, PictureFailed):
        return _answered(pictures, seen), [_failed(seen)]
    if isinstance(seen, PictureUnsent):
        return pictures, [_unsent(seen)]
    return pictures, [_deleted(seen)] if isinstance(seen, PicturesDeleted) else []


def want(
    pictures: Pictures, settings: Settings, load: Load, effects: list[Effect]
) -> tuple[Pictures, list[Effect]]:
    """Complete what a step wants of the cameras, and remember it.

    An event that a frame decided is pictured by that frame and by the next one; events in `cab_events` by the
    cab cameras, too.
    """
    whole: list[Effect] = []
    wanted: list[Snapshot] = []
    for effect in effects:
        whole.append(effect)
        more = _of_cab(settings, effect) if isinstance(effect, Emit) else _deciding(load, effect)
        more = [*more, *_around(settings, effect, effects)]
        whole += more
        wanted += [e for e in [effect, *more] if isinstance(e, Snapshot)]
    opened = _open(pictures.open, effects)
    grave = _grave(pictures.grave, effects)
    if not wanted and (opened, grave) == (pictures.open, pictures.grave):
        return pictures, effects
    return Pictures((*pictures.wanted, *wanted)[-_MOST:], opened, grave), whole


def give_up(pictures: Pictures, mono_ns: int) -> list[Emit]:
    """After a start: what was wanted before it will not come any more."""
    lost = [
        PictureFailed(mono_ns, w.camera, w.subject, w.why, _RESTARTED, w.frame is not None, w.when)
        for w in pictures.wanted
    ]
    return [_failed(f) for f in lost]


def _asked(settings: Settings, seen: PictureAsked, *, on_duty: bool) -> Effect:
    name = subject("snapshot", settings, seen.mono_ns)
    known = seen.camera in settings.body_cameras + settings.cab_cameras
    if known and on_duty:
        return Snapshot(seen.camera, name, COMMAND)
    reason = "off duty" if known else "no such camera"
    return _failed(PictureFailed(seen.mono_ns, seen.camera, name, COMMAND, reason))


def _around(settings: Settings, effect: Effect, effects: list[Effect]) -> list[Snapshot]:
    """A picture of before and one of after the beginning of what an accusation is about."""
    if not isinstance(effect, Snapshot) or effect.camera not in settings.body_cameras:
        return []
    begins = any(
        isinstance(e, Emit) and e.severity in _GRAVE and (e.subject, e.type) == (effect.subject, effect.why)
        for e in effects
    )
    if not begins or not effect.why.endswith(".started"):
        return []
    bare = Snapshot(effect.camera, effect.subject, effect.why)
    before = [msgspec.structs.replace(bare, when="before")] if settings.before_s else []
    return before + ([msgspec.structs.replace(bare, when="after")] if settings.after_s else [])


def moment(wish: Snapshot, settings: Settings, now: int) -> int:
    """Of when the picture is that is wanted at `now`, ns."""
    if wish.when == "at":
        return now
    return now + round(SECOND * (settings.after_s if wish.when == "after" else -settings.before_s))


def _of_cab(settings: Settings, event: Emit) -> list[Snapshot]:
    if event.stream != "event" or event.type not in settings.cab_events:
        return []
    return [Snapshot(camera, event.subject, event.type) for camera in settings.cab_cameras]


def _deciding(load: Load, effect: Effect) -> list[Snapshot]:
    """The frame that the load's newest view is of, for a picture of an event that it decided."""
    if not isinstance(effect, Snapshot) or not effect.why.startswith(_DECIDED_BY_A_FRAME):
        return []
    view = load.views.get(effect.camera)
    return [] if view is None else [msgspec.structs.replace(effect, frame=view.frame)]


def _open(before: tuple[str, ...], effects: list[Effect]) -> tuple[str, ...]:
    """Episodes open after these effects, oldest first."""
    after = list(before)
    for effect in effects:
        if isinstance(effect, Emit) and effect.stream == "event":
            if effect.type.endswith(".started") and effect.subject not in after:
                after.append(effect.subject)
            elif effect.type.endswith(".ended") and effect.subject in after:
                after.remove(effect.subject)
    return tuple(after[-_MOST:])


def _grave(before: tuple[str, ...], effects: list[Effect]) -> tuple[str, ...]:
    """With the subjects of violations among these effects, the newest last."""
    found = [e.subject for e in effects if isinstance(e, Emit) and e.severity in _GRAVE]
    return (*before, *(name for name in found if name not in before))[-_MOST:]


def _answered(pictures: Pictures, seen: PictureTaken | PictureFailed) -> Pictures:
    """Without the first wish that this answers."""
    key = (seen.camera, seen.subject, seen.why, seen.decided, seen.when)
    for at, wish in enumerate(pictures.wanted):
        if (wish.camera, wish.subject, wish.why, wish.frame is not None, wish.when) == key:
            return msgspec.structs.replace(pictures, wanted=pictures.wanted[:at] + pictures.wanted[at + 1 :])
    return pictures


def _taken(seen: PictureTaken, *, grave: bool) -> Emit:
    data = {
        "why": seen.why,
        "camera": seen.camera,
        "group": seen.group,
        "original": _file(seen.original),
        "overlay": None if seen.overlay is None else _file(seen.overlay),
        "concealed": seen.concealed,
        "may_leave": {"original": seen.group == "event", "overlay": seen.overlay is not None},
        "frame": seen.frame,
        "at_us": microseconds(seen.at_ns),
        "decided": seen.decided,
        "when": seen.when,
    }
    return Emit("media", "picture.taken", seen.subject, data, severity="violation" if grave else "info")


def _file(file: PictureFile) -> dict[str, Any]:
    return {"sha256": file.sha256, "bytes": file.bytes, "width": file.width, "height": file.height}


def _failed(seen: PictureFailed) -> Emit:
    data: dict[str, Any] = {
        "why": seen.why,
        "camera": seen.camera,
        "reason": seen.reason,
        "decided": seen.decided,
    }
    data["when"] = seen.when
    return Emit("media", "picture.failed", seen.subject, data)


def _unsent(seen: PictureUnsent) -> Emit:
    data = {"sink": seen.sink, "sha256": seen.sha256, "kind": seen.kind, "reason": seen.reason}
    return Emit("media", "picture.unsent", seen.subject, data)


def _deleted(seen: PicturesDeleted) -> Emit:
    data = {
        "group": seen.group,
        "why": seen.why,
        "files": [{"sha256": sha256, "kind": kind} for sha256, kind in seen.files],
    }
    return Emit("media", "picture.deleted", seen.subject, data)


def caption(motion: Motion, load: Load, settings: Settings, now: int, wish: Snapshot) -> Caption:
    """What is known now for a picture's line, nothing of another moment; the core adds UTC."""
    if wish.when != "at":
        return Caption()
    fix = fresh(motion, settings, now)
    known = load.state != "unknown"
    return Caption(
        lat=None if fix is None else fix.lat,
        lon=None if fix is None else fix.lon,
        speed=fix.speed if fix is not None and knows_speed(motion, settings, now) else None,
        state=load.state,
        confidence=round(load.confidence, 2) if known else None,
    )
