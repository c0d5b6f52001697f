"""The unit itself: the daemon and its workers, memory, heat."""

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient

_SAMPLE = ("example-fleet", "truck-001")
_LEAST_MEMORY = 0.05  # of all; below it the kernel begins to end processes
_HOT_MC = 85_000  # 1/1000 °C; most boards slow down here


def _answer(p: Patient) -> Verdict:
    return fault_if(p.word().mute)


def _daemon(p: Patient) -> Verdict:
    return fault() if p.status is None else ok(str(p.status["version"]))


def _workers(p: Patient) -> list[str]:
    return [worker["name"] for worker in p.word().of("workers") or ()]


def _worker(p: Patient, name: str) -> Verdict:
    worker = next(w for w in p.word().of("workers") if w["name"] == name)
    if worker["condition"] not in ("waiting", "gave_up"):
        return ok()
    if name == "vision" and "load model" in str(worker["reason"]):
        return skip("needs", code="model.runs")
    return fault(reason=worker["reason"])


def _name(p: Patient) -> Verdict:
    unit = p.config.unit
    name = f"{unit.fleet}/{unit.vehicle}"
    return fault(name=name) if (unit.fleet, unit.vehicle) == _SAMPLE else ok(name)


def _memory(p: Patient) -> Verdict:
    memory = p.machine.table("proc/meminfo")
    total, free = memory.get("MemTotal"), memory.get("MemAvailable")
    if not total or free is None:
        return skip("absent")
    free_mb = f"{free / 1000:.0f} MB"
    return fault(free=free_mb) if free < _LEAST_MEMORY * total else ok(free_mb)


def _killed(p: Patient) -> Verdict:
    count = p.machine.table("proc/vmstat").get("oom_kill")
    return skip("absent") if count is None else fault_if(count, count=count)


def _heat(p: Patient) -> Verdict:
    zones = p.machine.numbers("sys/class/thermal/thermal_zone*/temp")
    if not zones:
        return skip("absent")
    degrees = f"{max(zones.values()) / 1000:.0f} °C"
    return fault(degrees=degrees) if max(zones.values()) >= _HOT_MC else ok(degrees)


CHECKS = (
    Check("unit.answer", _answer),
    Check("unit.daemon", _daemon, needs=("unit.answer",)),
    Check("unit.worker", _worker, each=_workers),
    Check("unit.name", _name),
    Check("unit.memory", _memory),
    Check("unit.killed", _killed),
    Check("unit.heat", _heat),
)
