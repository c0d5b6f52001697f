"""When an accusation's evidence is complete, when the chain's head is to be signed, and the records of it.

An event of severity violation or higher opens a case. When as much time has passed after it as belongs to it
and its pictures are there or were given up, what there is is gathered (`Seal`) and listed in a chained record
`evidence.sealed`; then the head of the chain is signed (`Attest`), as it is at the start, once a day, and by
the daemon at a stop. Without a device key there is none of this.
"""

from typing import Any

import msgspec

from agent.model import (
    Accessed,
    Attest,
    Attested,
    Commissioned,
    Disputed,
    Effect,
    Emit,
    Gathered,
    KeyTurned,
    Observation,
    PictureFailed,
    PictureTaken,
    Seal,
    Settings,
    Snapshot,
)
from agent.model_evidence import AnchorWhy, Signed
from agent.rules.motion import SECOND, microseconds, subject

_GRAVE = ("violation", "critical")
_LATE_NS = 60 * SECOND  # after its time, pictures are given up
_AGAIN_NS = 60 * SECOND
_MOST, _FULL = (
    64,
    1024,
)  # open cases: beyond the first, the oldest are sealed at once; beyond the second, let go
change = msgspec.structs.replace


class Case(msgspec.Struct, frozen=True):
    """An event whose evidence is not sealed: how many of its pictures nobody has answered; when last asked.

    `late`: the boot it happened in is over.
    """

    subject: str
    event: str
    boot: str
    at_ns: int
    wanted: int = 0
    asked_ns: int | None = None
    late: bool = False


class Evidence(msgspec.Struct, frozen=True):
    """Open cases; when the head was last signed in this run, why it should be, when that was asked for."""

    cases: tuple[Case, ...] = ()
    signed_ns: int | None = None
    due: AnchorWhy | None = "begun"
    asked_ns: int | None = None


def same_unit(before: Settings | None, settings: Settings) -> Settings:
    """Settings that say nothing of the unit's key, as those that come from afar, change nothing about it."""
    if before is None or settings.device is not None:
        return settings
    return change(settings, device=before.device, identity=before.identity)


def follow(known: Evidence, settings: Settings, effects: list[Effect], now: int) -> Evidence:
    """Open a case for each accusation among the effects of a step, with the pictures that it wants."""
    if settings.device is None:
        return known
    cases = known.cases
    for effect in effects:
        if isinstance(effect, Emit) and effect.stream == "event" and effect.severity in _GRAVE:
            wanted = sum(
                isinstance(e, Snapshot) and (e.subject, e.why) == (effect.subject, effect.type)
                for e in effects
            )
            cases = (*cases, Case(effect.subject, effect.type, settings.boot, now, wanted))
    return known if cases is known.cases else change(known, cases=_crowded(cases))


def _crowded(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """When there are too many, the oldest do not wait any longer for what belongs to them."""
    hurried = tuple(change(case, late=True) for case in cases[:-_MOST])
    return (*hurried, *cases[-_MOST:])[-_FULL:]


def restart(known: Evidence, *, new_boot: bool) -> Evidence:
    """After a start the head is signed anew, and pictures that were wanted will not come any more."""
    cases = tuple(change(c, wanted=0, asked_ns=None, late=c.late or new_boot) for c in known.cases)
    return Evidence(cases)


def advance(known: Evidence, settings: Settings, seen: Observation) -> tuple[Evidence, list[Effect]]:
    """Take what was gathered, signed, objected to, looked at or commissioned, and the passing of time."""
    if isinstance(seen, Accessed | Disputed | Commissioned):
        due: AnchorWhy | None = "disputed" if isinstance(seen, Disputed) else known.due
        return change(known, due=due), [*written(seen)]
    if settings.device is None:
        return known, []
    if isinstance(seen, PictureTaken | PictureFailed):
        return _answered(known, seen), []
    if isinstance(seen, Gathered | Attested | KeyTurned):
        return _done(known, settings, seen)
    return _wait(known, settings, seen.mono_ns)


def _done(
    known: Evidence, settings: Settings, seen: Gathered | Attested | KeyTurned
) -> tuple[Evidence, list[Effect]]:
    """What was asked for came; what is due meanwhile for another reason stays so."""
    if isinstance(seen, Gathered):
        return _sealed(known, settings, seen)
    if isinstance(seen, KeyTurned):
        return change(known, due="rotated"), [_rotated(seen)]
    later = None if seen.why in (known.due, "stopped") else known.due
    return change(known, signed_ns=seen.mono_ns, due=later, asked_ns=None), [_anchor(settings, seen)]


def _answered(known: Evidence, seen: PictureTaken | PictureFailed) -> Evidence:
    for at, case in enumerate(known.cases):
        if case.wanted and (case.subject, case.event) == (seen.subject, seen.why):
            fewer = change(case, wanted=case.wanted - 1)
            return change(known, cases=(*known.cases[:at], fewer, *known.cases[at + 1 :]))
    return known


def _wait(known: Evidence, settings: Settings, now: int) -> tuple[Evidence, list[Effect]]:
    effects: list[Effect] = []
    cases = known.cases
    for at, case in enumerate(cases):
        if _is_due(case, settings, now):
            cases = (*cases[:at], change(case, asked_ns=now), *cases[at + 1 :])
            effects.append(Seal(case.subject, case.event, case.boot, case.at_ns, settings.around_s))
    if cases is not known.cases:
        known = change(known, cases=cases)
    why = known.due
    if why is None and known.signed_ns is not None and now - known.signed_ns >= settings.anchor_s * SECOND:
        why = "daily"
    if why is not None and _may_ask(known.asked_ns, now):
        known = change(known, due=why, asked_ns=now)
        effects.append(Attest(why))
    return known, effects


def _is_due(case: Case, settings: Settings, now: int) -> bool:
    """Whether a case is ripe and nobody is at it; each minute it is tried again."""
    if not _may_ask(case.asked_ns, now):
        return False
    over = now - case.at_ns - settings.around_s * SECOND
    return case.late or over >= (_LATE_NS if case.wanted else 0)


def _may_ask(asked_ns: int | None, now: int) -> bool:
    return asked_ns is None or now - asked_ns >= _AGAIN_NS


def _sealed(known: Evidence, settings: Settings, seen: Gathered) -> tuple[Evidence, list[Effect]]:
    """The case is closed by the record of what there is."""
    key = (seen.subject, seen.event, seen.at_ns)
    case = next((c for c in known.cases if (c.subject, c.event, c.at_ns) == key), None)
    if case is None:
        return known, []  # it was gathered twice
    left = tuple(c for c in known.cases if c is not case)
    data: dict[str, Any] = {
        "event": seen.event,
        "boot": case.boot,
        "at_us": microseconds(seen.at_ns),
        "around_s": settings.around_s,
        "complete": not case.wanted and not case.late and not seen.failed,
        "pictures": [msgspec.to_builtins(p) for p in seen.pictures],
        "failed": [msgspec.to_builtins(f) for f in seen.failed],
        "observed": msgspec.to_builtins(seen.observed),
        "settings": settings.hash,
        "identity": dict(settings.identity),
    }
    sealed = Emit("event", "evidence.sealed", seen.subject, data)
    return change(known, cases=left, due="sealed", asked_ns=None), [sealed]


def _anchor(settings: Settings, seen: Attested) -> Emit:
    name = subject("chain", settings, seen.mono_ns)
    data = {"why": seen.why, **_signature(seen.signed)}
    if settings.device is not None and settings.device.kid == seen.signed.kid:
        data["key"] = settings.device.key  # the birth that named it may be let go
    return Emit("life", "chain.anchor", name, data)


def _rotated(seen: KeyTurned) -> Emit:
    return Emit("life", "device.key.rotated", "device", _signature(seen.signed))


def written(seen: Accessed | Disputed | Commissioned) -> list[Emit]:
    """The records of what a person did or said."""
    if isinstance(seen, Accessed):
        return [Emit("life", seen.what, seen.subject, {"by": seen.by, "sha256": seen.sha256})]
    if isinstance(seen, Commissioned):
        return _commissioned(seen)
    return [Emit("event", "dispute", seen.subject, {"key": seen.key, **_signature(seen.signed)}, "notice")]


def _commissioned(seen: Commissioned) -> list[Emit]:
    """The steps, chained; and the sheet's manifest."""
    data: dict[str, Any] = msgspec.to_builtins(seen)
    told = {name: data[name] for name in ("by", "kid", "complete", "sheet", "steps")}
    return [
        Emit("life", "unit.commissioned", seen.subject, told, "info" if seen.complete else "notice"),
        Emit("media", "commission.sheet", seen.subject, {**data["sheet"], "media_type": "text/html"}),
    ]


def _signature(signed: Signed) -> dict[str, Any]:
    return {"alg": signed.alg, "kid": signed.kid, "sig": signed.sig, "statement": signed.statement}
