"""Where in a picture the load is, and where the driver."""

from itertools import pairwise

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok
from agent.doctor.patient import Patient, bodies, cabs
from agent.geometry.rings import fault as ring_fault
from agent.geometry.rings import opened

_SMALL = 0.02  # of the picture: a bed that small is none


def _body(p: Patient, name: str) -> Verdict:
    return fault_if(not p.camera(name).roi, camera=name)


def _shape(p: Patient, name: str) -> Verdict:
    corners = opened(p.camera(name).roi)
    if wrong := ring_fault([corners]):
        return fault(why=wrong, camera=name)
    area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*corners, corners[0]]))) / 2
    return fault(why=f"{area:.1%}", camera=name) if area < _SMALL else ok(f"{area:.0%}")


def _reference(p: Patient, name: str) -> Verdict:
    return fault_if(not (p.config.vision.references / f"{name}.png").is_file(), camera=name)


def _driver(p: Patient, name: str) -> Verdict:
    return fault_if(len(p.camera(name).driver) < 3)


CHECKS = (
    Check("roi.body", _body, bodies),
    Check("roi.shape", _shape, bodies, needs=("roi.body",)),
    Check("roi.reference", _reference, bodies),
    Check("roi.driver", _driver, cabs),
)
