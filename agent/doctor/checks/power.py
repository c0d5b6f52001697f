"""What feeds the unit."""

from agent.doctor.findings import Check, Verdict, fault_if, skip
from agent.doctor.patient import Patient

_CUTS = 3  # unclean ends within a day: one is a flat battery, more is the wiring
_LOW = 20  # percent of a buffer battery


def _brownout(p: Patient) -> Verdict:
    """The kernel's own alarm, as a Raspberry Pi's firmware raises it."""
    alarms = p.machine.numbers("sys/class/hwmon/hwmon*/in*_lcrit_alarm")
    return fault_if(any(alarms.values())) if alarms else skip("absent")


def _readable(p: Patient) -> Verdict:
    supply = p.supply()
    return skip("none") if supply is None else fault_if(supply.volts is None, source=p.config.power.supply)


def _low(p: Patient) -> Verdict:
    supply = p.supply()
    if supply is None or supply.volts is None:
        return skip("none")
    return fault_if(supply.low, volts=f"{supply.volts:.1f}")


def _battery(p: Patient) -> Verdict:
    left = p.machine.numbers("sys/class/power_supply/*/capacity")
    if not left:
        return skip("absent")
    name, share = min(left.items(), key=lambda item: item[1])
    drains = p.machine.text(name.replace("capacity", "status")) != "Charging"
    return fault_if(drains and share < _LOW, share=share)


def _cuts(p: Patient) -> Verdict:
    count = p.journal().cuts
    return fault_if(count >= _CUTS, count=count)


CHECKS = (
    Check("power.brownout", _brownout),
    Check("power.supply", _readable),
    Check("power.low", _low, needs=("power.supply",)),
    Check("power.battery", _battery),
    Check("power.cuts", _cuts),
)
