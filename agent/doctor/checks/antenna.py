"""The antenna, and who disturbs it."""

from functools import partial

from agent.doctor.checks.receiver import suspected
from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient

_WEAK_DBHZ = 30.0  # mean C/N0; under an open sky it is 40 to 50
_ENOUGH = 4
_FEW = 6  # satellites in use; an open sky gives three times as many


def _state(p: Patient, state: str) -> Verdict:
    health = p.receiver().health
    return fault_if(health is not None and health.antenna == state)


def _weak(p: Patient) -> Verdict:
    health = p.receiver().health
    heard = list(health.strength.values()) if health else []
    count = sum(s.count for s in heard)
    if count < _ENOUGH:
        return skip("early")
    mean = sum(s.count * s.mean for s in heard) / count
    return fault(mean=f"{mean:.0f}") if mean < _WEAK_DBHZ else ok(f"{mean:.0f} dB-Hz")


def _few(p: Patient) -> Verdict:
    fix = p.receiver().fix
    if fix is None or fix.satellites is None:
        return skip("early")
    return fault(count=fix.satellites) if fix.satellites < _FEW else ok(str(fix.satellites))


_HEARD = ("receiver.sentences",)
_WHOLE = (*_HEARD, "antenna.open", "antenna.short")
CHECKS = (
    Check("antenna.open", partial(_state, state="open"), needs=_HEARD),
    Check("antenna.short", partial(_state, state="short"), needs=_HEARD),
    Check("antenna.switch", partial(suspected, kind="hidden_switch"), needs=_WHOLE),
    Check("antenna.jamming", partial(suspected, kind="jamming"), needs=_WHOLE),
    Check("antenna.spoofing", partial(suspected, kind="spoofing"), needs=_WHOLE),
    Check("antenna.weak", _weak, needs=(*_WHOLE, "antenna.jamming", "antenna.switch")),
    Check("antenna.few", _few, needs=(*_WHOLE, "antenna.weak", "antenna.jamming", "receiver.fix")),
)
