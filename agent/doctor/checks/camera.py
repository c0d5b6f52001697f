"""The cameras and their pictures."""

from functools import partial
from typing import get_args

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient, bodies, cameras
from drivers.readings import CameraFaultKind

_REFUSED = "refuses this user and password"
_SLOW = 0.5  # of the frames that are to be judged each second
_DRIVING = ("dirty", "moved", "frozen")  # shows only over time


def _none(p: Patient) -> Verdict:
    return fault_if(not bodies(p))


def _reason(p: Patient, name: str) -> str | None:
    """Why there is no picture; None while there is."""
    health = p.health(name)
    if health is None:
        return "nothing heard yet"
    return None if health.connected else health.reason or "nothing heard yet"


def _login(p: Patient, name: str) -> Verdict:
    return fault_if(_REFUSED in (_reason(p, name) or ""), user=p.camera(name).username or "-")


def _picture(p: Patient, name: str) -> Verdict:
    reason, health = _reason(p, name), p.health(name)
    if reason:
        return fault(reason=reason)
    return ok(f"{health.width}x{health.height}" if health else "")


def _slow(p: Patient, name: str) -> Verdict:
    health, wanted = p.health(name), p.config.vision.fps_moving
    if health is None or not health.fps:
        return skip("early")
    return fault(fps=health.fps, wanted=wanted) if health.fps < _SLOW * wanted else ok(f"{health.fps}/s")


def _shows(p: Patient, name: str, kind: CameraFaultKind) -> Verdict:
    if kind in _DRIVING and not p.vision().live:
        return skip("stopped")
    health = p.health(name)
    found = [f.why for f in (health.faults if health else ()) if f.kind == kind]
    return fault(why=found[0]) if found else ok()


CHECKS = (
    Check("camera.none", _none),
    Check(
        "camera.login",
        _login,
        cameras,
        needs=("unit.answer", "config.secrets", "config.profiles", "model.runs"),
    ),
    Check("camera.picture", _picture, cameras, needs=("camera.login",)),
    Check("camera.slow", _slow, cameras, needs=("camera.picture",)),
    *(
        Check(f"camera.{kind}", partial(_shows, kind=kind), cameras, needs=("camera.picture",))
        for kind in get_args(CameraFaultKind)
    ),
)
