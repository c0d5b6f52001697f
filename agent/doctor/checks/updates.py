"""Whether what is installed is whole, and is what runs."""

from importlib.metadata import version

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient


def _restart(p: Patient) -> Verdict:
    if p.status is None:
        return skip("stopped")
    running, installed = str(p.status["version"]), version("haulwatch")
    return ok(installed) if running == installed else fault(running=running, installed=installed)


def _reboot(p: Patient) -> Verdict:
    """Debian's way of saying it: update-notifier-common(7), unattended-upgrades."""
    return fault_if(p.machine.names("run/reboot-required") or p.machine.names("var/run/reboot-required"))


def _interrupted(p: Patient) -> Verdict:
    """dpkg leaves numbered files there while it works: dpkg(1)."""
    return fault_if(
        [n for n in p.machine.names("var/lib/dpkg/updates/*") if n.rpartition("/")[2].isdecimal()]
    )


CHECKS = (
    Check("updates.restart", _restart),
    Check("updates.reboot", _reboot),
    Check("updates.interrupted", _interrupted),
)
