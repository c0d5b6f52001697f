"""What time it is, and who says so."""

from datetime import UTC, datetime, timedelta

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient

_OFF_S = 5.0  # an epoch is up to a second old when it is heard


def _set(p: Patient) -> Verdict:
    origin = p.word().of("clock", "origin") or p.clock.stamp().origin
    return fault() if origin == "unsynced" else ok(origin)


def _offset(p: Patient) -> Verdict:
    """The system's time against that of the satellites: certificates and logs go by the former."""
    fix = p.receiver().fix
    if fix is None or fix.utc is None:
        return skip("early")
    heard = fix.utc + timedelta(seconds=fix.age_s)
    # Not the agent's clock, which takes the receiver's word itself.
    off_s = (datetime.now(UTC) - heard).total_seconds()
    return fault(seconds=f"{abs(off_s):.0f}") if abs(off_s) > _OFF_S else ok(f"{off_s:+.1f} s")


def _battery(p: Patient) -> Verdict:
    """A clock chip without its battery wakes up in 1970 or 2000."""
    times = p.machine.numbers("sys/class/rtc/rtc*/since_epoch")
    least = p.config.clock.not_before.timestamp()
    return fault_if(max(times.values()) < least) if times else skip("absent")


CHECKS = (
    Check("clock.set", _set, needs=("unit.answer",)),
    Check("clock.offset", _offset, needs=("clock.set", "receiver.fix")),
    Check("clock.battery", _battery),
)
