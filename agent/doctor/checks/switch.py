"""The switches of lift, cover, ignition, case and load."""

from agent.doctor.findings import Check, Verdict, skip
from agent.doctor.patient import Patient


def _none(p: Patient) -> Verdict:  # noqa: ARG001 - as every check
    return skip("none")


CHECKS = (Check("switch.line", _none),)
