"""What the daemon says of itself, as one JSON document and as text for people."""

import base64
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from agent.app import App
from agent.evidence.access import answers as evidence_answers
from agent.model import PictureAsked
from agent.records import fix_data
from agent.rules.blind import totals
from agent.rules.state import State
from agent.rules.switches import word
from drivers.errors import DeviceMissing
from drivers.readings import Fix


def answers(app: App) -> dict[str, Any]:
    """The questions the control socket knows."""
    return {
        "status": lambda _: document(app),
        "snapshot": lambda question: picture(app, question),
        "picture": lambda question: record_picture(app, question),
        "reload": lambda _: reload(app),
        **evidence_answers(app.offer, app.clock),
    }


def reload(app: App) -> dict[str, Any]:
    """Take the configuration from its file again: what changed, and what waits for a restart."""
    changed, waiting = app.live.reload()
    return {"changed": changed, "after_restart": waiting}


def document(app: App) -> dict[str, Any]:
    """The status: unit, clock, receiver, load, cameras, journal, sinks, workers, and every present fault."""
    core = app.core.now
    state = core.state if core else None
    workers, layers = app.supervisor.status(), app.layers.now.layers
    sinks = {name: msgspec.to_builtins(u.now.status()) for name, u in app.uplinks.items() if u.now}
    body = {
        "version": app.version,
        "unit": msgspec.to_builtins(app.config.unit),
        "clock": msgspec.to_builtins(app.clock.stamp()),
        "receiver": msgspec.to_builtins(state.health.receiver) if state else None,
        "sky": msgspec.to_builtins(app.receiver.now.signals) if app.receiver.now else [],
        "fix": _fix(app, state.motion.fix) if state and state.motion.fix else None,
        "motion": {"moving": state.motion.moving, "parked": state.motion.parked} if state else None,
        "load": {"state": state.load.state, "lasting": state.load.lasting} if state else None,
        "trip": _trip(state) if state else None,
        "violations": _violations(state) if state else [],
        "gaps": _gaps(state) if state else {},
        "switches": _switches(app, state) if state else {},
        "supply": msgspec.to_builtins(state.switches.supply) if state else None,
        "asleep": state.unit.power.asleep if state else False,
        "warnings": app.aboard.warnings(),
        "cameras": msgspec.to_builtins(state.health.cameras) if state else {},
        "blind": totals(state.blind, state.coverage, app.clock.mono_ns()) if state else {},
        "vision": {"pid": app.vision.pid},
        "journal": msgspec.to_builtins(app.journal.stats()),
        "written": app.wear.report(),
        "recording": app.recorder.report(),
        "layers": msgspec.to_builtins(layers),
        "sinks": sinks,
        "commands": app.commands.status(),
        "remote": app.commands.configured(),
        "inbox": {"waiting": len(app.inbox), "replaced": app.inbox.replaced, "refused": app.inbox.refused},
        "workers": msgspec.to_builtins(workers),
    }
    faults = [f"worker {w.name}: {w.reason}" for w in workers if w.condition in ("waiting", "gave_up")]
    faults += [f"{name}: {layer.refused}" for name, layer in layers.items() if layer.refused]
    faults += [
        fault for fault in (core.fault if core else None, app.notary.fault, app.recorder.fault) if fault
    ]
    return body | {"faults": faults}


def _violations(state: State) -> list[str]:
    """The subjects of what is open."""
    loads = [state.uncovered.subject] if state.uncovered.subject else []
    case = state.unit.tamper.case
    loads += [case.subject] if case is not None and case.subject else []
    loads += [suspect.subject for suspect in state.trips.suspects.values()]
    return [*loads, *(b.subject for b in state.haulage.breaches.values() if b.subject)]


def _trip(state: State) -> dict[str, Any] | None:
    """The trip that lasts: its id and version, where it was loaded, how sure it is."""
    trip = state.trips.trip
    if trip is None:
        return None
    return {"id": trip.id, "version": trip.version, "site": trip.loaded[0].site, "sure": state.trips.sure}


def _switches(app: App, state: State) -> dict[str, Any]:
    """What each switch says, or why it says nothing."""
    now, said = app.clock.mono_ns(), state.switches.said
    return {
        role: {"on": word(state.switches, role, now), "fault": said[role].fault, "why": said[role].why}
        if role in said
        else {"on": None, "fault": None, "why": "not heard yet"}
        for role in (switch.role for switch in app.config.switches)
    }


def _gaps(state: State) -> dict[str, str]:
    """What is not observed now, and why."""
    gaps = {name: source.gap_why for name, source in state.coverage.sources.items() if source.gap}
    gaps |= {"ignition": "ignition off"} if state.unit.power.asleep else {}
    return gaps if state.duty.on else gaps | {"duty": "off duty"}


def _fix(app: App, fix: Fix) -> dict[str, Any]:
    """The last fit fix, with its age in s."""
    return fix_data(fix) | {"age_s": round((app.clock.mono_ns() - fix.mono_ns) / 1e9, 1)}


def _camera(app: App, question: dict[str, Any]) -> str:
    """The camera that a question is about; raises DeviceMissing when it isn't there or is off."""
    name = str(question.get("camera"))
    if name not in [camera.name for camera in app.config.cameras if camera.on]:
        raise DeviceMissing("no such camera", where=name, remedy="see `haulwatch camera list`")
    return name


def _on_duty(app: App, camera: str) -> None:
    """Raises DeviceMissing off duty, when nobody is photographed."""
    core = app.core.now
    if core and not core.state.duty.on:
        raise DeviceMissing("off duty", where=f"camera {camera}", remedy="wait for the hours of [duty]")


def record_picture(app: App, question: dict[str, Any]) -> dict[str, Any]:
    """Have a picture without an event taken and recorded; raises DeviceMissing for an unknown camera."""
    name = _camera(app, question)
    app.offer(PictureAsked(app.clock.mono_ns(), name, "technician"))
    return {"camera": name, "asked": True}


def picture(app: App, question: dict[str, Any]) -> dict[str, Any]:
    """A fresh picture of one camera as base64 JPEG, which is not kept; in a cab people are unrecognisable.

    Raises DeviceMissing for an unknown camera.
    """
    name = _camera(app, question)
    _on_duty(app, name)
    with tempfile.TemporaryDirectory(prefix="haulwatch-") as folder:
        path = Path(folder) / "picture.jpg"
        app.shoot(name, path)
        return {"camera": name, "jpeg": base64.b64encode(path.read_bytes()).decode()}
