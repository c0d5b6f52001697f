"""The way to the platforms."""

from functools import partial

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient, sinks

_UP = ("up", "unknown")  # a modem's interface does not know
_NEAR = 95  # percent of the month's budget


def is_trouble(p: Patient, sink: str, code: str) -> Verdict:
    """Whether it is this that keeps a platform from being reached; another trouble has its own check."""
    link = p.link(sink)
    if link.trouble == code:
        return fault(reason=link.reason, url=p.sink(sink).url, host=p.sink(sink).host)
    return skip("needs", code=link.trouble) if link.trouble else ok()


def _interface(p: Patient) -> Verdict:
    states = {
        name.split("/")[-2]: p.machine.text(name) for name in p.machine.names("sys/class/net/*/operstate")
    }
    up = [name for name, state in states.items() if state in _UP and name != "lo"]
    if up or not states:
        return ok(", ".join(up)) if up else skip("absent")
    cut = [sink for sink in sinks(p) if p.link(sink).trouble.startswith("link.")]
    return fault_if(cut, names=", ".join(sorted(states)))


def _budget(p: Patient, sink: str) -> Verdict:
    level, limit = p.link(sink).level, p.sink(sink).budget.month_bytes
    if not limit:
        return skip("none")
    return skip("stopped") if p.status is None else fault_if(level >= _NEAR, percent=level)


_NETWORK = ("link.interface",)
CHECKS = (
    Check("link.interface", _interface),
    Check("link.name", partial(is_trouble, code="link.name"), sinks, needs=_NETWORK),
    Check("link.broker", partial(is_trouble, code="link.broker"), sinks, needs=_NETWORK),
    Check("link.budget", _budget, sinks),
)
