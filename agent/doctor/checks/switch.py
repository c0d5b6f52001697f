"""The switches of lift, cover, ignition, case and load."""

from collections.abc import Iterable
from functools import partial
from typing import get_args

from agent.doctor.findings import Check, Verdict, fault_if
from agent.doctor.patient import Patient
from drivers.readings import SwitchFault


def _roles(p: Patient) -> Iterable[str]:
    return sorted(p.switches())


def _is(p: Patient, role: str, kind: SwitchFault) -> Verdict:
    said = p.switches()[role]
    return fault_if(said["fault"] == kind, why=said["why"])


CHECKS = tuple(Check(f"switch.{kind}", partial(_is, kind=kind), _roles) for kind in get_args(SwitchFault))
